"""Machines that start the loader: its image, built where anything changed, and a command line."""

import os
from pathlib import Path

from initramfs.kernel import KernelOf
from initramfs.userlands import DEFAULT
from qemu.architecture import PLATFORMS, Architecture
from qemu.machine import Bus, Disk, Firmware, Machine

CMDLINE = "console={} quiet loglevel=4 no_timer_check"
"""Of the kernel's own messages warnings alone, so that the loader's lines stand out.

The kernel's test of its timer fails on a busy host, and panics; machines in QEMU need none.
"""


USERLAND = "BOOTPY_USERLAND"
"""The environment variable that names the userland of machines that ask for none."""


def loader_machine(
    *disks: Path | Disk,
    bus: Bus | str = Bus.VIRTIO,
    append: str = "",
    profile: str = "cloud",
    userland: str = "",
    kernel: KernelOf = KernelOf.DEBIAN,
    architecture: Architecture | str = Architecture.AMD64,
    firmware: Firmware | str = Firmware.SEABIOS,
    memory: int = 1024,
    cpus: int = 2,
) -> Machine:
    """Return a machine that starts the image of `profile` and `userland`, `disks` on `bus`.

    Without `userland` it is the one that the environment names, so that all tests can be run
    with each. `append` is added to the kernel command line. A kernel of the loader's own is one
    file, with the initramfs inside. BootError: the image cannot be built.
    """
    # The builder takes a moment to import, and not all that describe machines build images.
    from initramfs.build import build

    userland = userland or os.environ.get(USERLAND) or DEFAULT
    architecture = Architecture(architecture)
    image = build(profile=profile, userland=userland, kernel=kernel, architecture=architecture)
    cmdline = CMDLINE.format(PLATFORMS[architecture].console)
    return Machine(
        kernel=image.kernel,
        initrd=image.initramfs if kernel is KernelOf.DEBIAN else None,
        append=f"{cmdline} {append}".strip(),
        disks=tuple(disk if isinstance(disk, Disk) else Disk(disk, Bus(bus)) for disk in disks),
        firmware=Firmware(firmware),
        memory=memory,
        cpus=cpus,
        architecture=architecture,
    )
