"""From what a machine is to QEMU's command line."""

import json
from pathlib import Path

from bootpy.errors import BootError
from qemu import firmware
from qemu.accelerator import arguments, counted_arguments
from qemu.architecture import Architecture
from qemu.machine import Bus, Disk, Machine
from qemu.places import call

HOTPLUG_PORTS = 4
"""PCI Express root ports that stand empty, so that disks can be plugged in later."""


def command(machine: Machine, work: Path) -> list[str]:
    """Return the command that runs `machine`, without consoles and monitors.

    `work` is a folder that lives as long as the machine does: overlays of disks and
    UEFI's variables go there. BootError for an image that is missing or no image.
    """
    platform = machine.platform
    words = [platform.program, "-no-user-config", "-nodefaults", "-display", "none"]
    words += ["-machine", machine.machine or platform.machine]
    if machine.counted:
        words += counted_arguments(platform)
    else:
        words += arguments(machine.accelerator, platform)
    words += ["-m", str(machine.memory), "-smp", str(machine.cpus), "-nic", "none"]
    words += ["-device", "virtio-rng-pci"]
    words += firmware.arguments(machine, work)
    for port in range(HOTPLUG_PORTS):
        words += ["-device", f"pcie-root-port,id=port{port},chassis={port + 1},slot={port + 1}"]
    words += ["-device", "qemu-xhci,id=xhci"]
    for number, disk in enumerate(machine.disks):
        name = f"disk{number}"
        if disk.bus is Bus.AHCI and machine.architecture is not Architecture.AMD64:
            raise BootError(
                f"{machine.architecture} machines have no {disk.bus}", "Choose another bus."
            )
        words += ["-blockdev", json.dumps(blockdev(disk, name, work))]
        if disk.bus is Bus.SD:
            words += ["-device", f"sdhci-pci,id=sdhci-{name}"]
        words += ["-device", json.dumps(device(disk, name))]
    if machine.kernel:
        words += ["-kernel", str(machine.kernel)]
        words += ["-initrd", str(machine.initrd)] if machine.initrd else []
        words += ["-append", machine.append] if machine.append else []
    return [*words, *machine.extra]


def blockdev(disk: Disk, name: str, work: Path) -> dict[str, object]:
    """Return the block node `name` for a disk, as -blockdev and blockdev-add take it."""
    layout = disk.format or image_format(disk.path)
    path = disk.path.resolve()
    if not disk.snapshot:
        return {"node-name": name, "driver": layout, "file": _file(path)}
    overlay = work / f"{name}.qcow2"
    call(["qemu-img", "create", "-q", "-f", "qcow2", "-F", layout, "-b", path, overlay])
    if disk.bus is Bus.SD:
        _round_up(overlay)
    return {"node-name": name, "driver": "qcow2", "file": _file(overlay)}


def device(disk: Disk, name: str, port: str = "") -> dict[str, object]:
    """Return the device of a disk, as -device and device_add take it.

    `port` is the PCI Express root port that it is plugged into; empty: the root bus.
    """
    settings: dict[str, object] = {"id": f"{name}-device", "drive": name}
    match disk.bus:
        case Bus.VIRTIO:
            settings |= {"driver": "virtio-blk-pci", "serial": name}
        case Bus.NVME:
            settings |= {"driver": "nvme", "serial": name}
        case Bus.AHCI:
            settings |= {"driver": "ide-hd", "serial": name}
        case Bus.USB:
            settings |= {"driver": "usb-storage", "bus": "xhci.0", "serial": name}
        case Bus.SD:
            settings |= {"driver": "sd-card"}
    return settings | ({"bus": port} if port else {})


def image_format(path: Path) -> str:
    """Return what kind of image a file is ("raw", "qcow2"), as qemu-img detects it.

    BootError: it is no file, or holds nothing.
    """
    remedy = "Name a raw or qcow2 image of a disk."
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not there" if not path.exists() else "no file"
        raise BootError(f"{path}: no disk image: it is {kind}", remedy)
    if path.stat().st_size == 0:
        raise BootError(f"{path}: no disk image: it is empty", remedy)
    try:
        found = json.loads(call(["qemu-img", "info", "-U", "--output=json", path]))
    except BootError as error:
        raise BootError(f"{path}: no disk image: {error.message}", remedy) from error
    return str(found["format"])


def looks_like_text(path: Path) -> bool:
    """Say whether a file begins as no disk does: with lines of text."""
    with path.open("rb") as file:
        start = file.read(512)
    return b"\0" not in start and all(byte >= 0x20 or byte in b"\t\n\r\f" for byte in start)


def _round_up(overlay: Path) -> None:
    """Make the disk as large as the next power of two: SD cards exist in such sizes only."""
    info = json.loads(call(["qemu-img", "info", "-U", "--output=json", overlay]))
    size = max(1 << 20, 1 << (int(info["virtual-size"]) - 1).bit_length())
    call(["qemu-img", "resize", "-q", overlay, str(size)])


def _file(path: Path) -> dict[str, object]:
    return {"driver": "file", "filename": str(path)}
