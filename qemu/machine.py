"""What a machine is: firmware, processors, memory, disks, and what it starts.

These are descriptions only, immutable and comparable; `Machine.start` makes a running
`Guest` of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from qemu.architecture import PLATFORMS, Architecture, Platform

if TYPE_CHECKING:
    from qemu.guest import Guest


class Firmware(StrEnum):
    """What runs before anything of ours: a PC BIOS, or UEFI without Secure Boot.

    Other machines than a PC have no BIOS: there QEMU itself starts the kernel.
    """

    SEABIOS = "seabios"
    OVMF = "ovmf"


class Bus(StrEnum):
    """How a disk hangs on the machine."""

    VIRTIO = "virtio"
    NVME = "nvme"
    AHCI = "ahci"
    USB = "usb"
    SD = "sd"


@dataclass(frozen=True)
class Disk:
    """A disk image on a bus.

    With `snapshot` (the default) all that the guest writes goes to a throw-away overlay and
    the image's bytes never change. `format` is what qemu-img calls it; empty: detected.
    """

    path: Path
    bus: Bus = Bus.VIRTIO
    snapshot: bool = True
    format: str = ""


@dataclass(frozen=True)
class Machine:
    """A PC (QEMU's q35), or for arm64 QEMU's "virt" started by its device tree.

    `memory` is in MiB. With `kernel` the firmware starts that Linux kernel with `initrd`
    and `append` as command line; without it, it looks for a boot loader on the disks.
    There is no network, unless `extra` (more arguments for QEMU) describes one.
    `machine` "" takes the one that goes with the architecture. `accelerator` "" takes KVM where it
    works, else TCG, which arm64 always gets. `counted` makes guest time a count of
    instructions, 1 ns each (QEMU's -icount): figures then do not depend on how busy the host is.
    """

    disks: tuple[Disk, ...] = ()
    kernel: Path | None = None
    initrd: Path | None = None
    append: str = ""
    firmware: Firmware = Firmware.SEABIOS
    memory: int = 1024
    cpus: int = 2
    machine: str = ""
    accelerator: str = ""
    counted: bool = False
    extra: tuple[str, ...] = field(default=())
    architecture: Architecture = Architecture.AMD64

    @property
    def platform(self) -> Platform:
        """What differs from machines of another architecture."""
        return PLATFORMS[self.architecture]

    def with_disk(self, path: Path, bus: Bus = Bus.VIRTIO, *, snapshot: bool = True) -> Machine:
        """Return this machine with one more disk."""
        return replace(self, disks=(*self.disks, Disk(path, bus, snapshot)))

    def appended(self, words: str) -> Machine:
        """Return this machine with `words` added to the kernel's command line."""
        return replace(self, append=f"{self.append} {words}".strip())

    @contextmanager
    def start(self, *, log: Path | None = None) -> Iterator[Guest]:
        """Run it: a `Guest` while the `with` block lasts; then QEMU is ended.

        The whole console is written to `log`; without one, it is kept in memory only.
        """
        from qemu.guest import Guest

        guest = Guest(self, log)
        try:
            yield guest
        finally:
            guest.close()
