"""What /sys tells of block devices: their names, places, sizes, buses and attributes."""

import os
import re

BLOCK = "/sys/class/block"
"""The kernel's own list of block devices, partitions among them."""

_SECTOR = 512  # the kernel's unit in /sys/class/block/*/size, whatever the disk's own is


def names() -> list[str]:
    """Return the names of all block devices, partitions among them, as /dev has them."""
    try:
        return [of_sys(name) for name in os.listdir(BLOCK)]
    except OSError:
        return []  # a kernel without block devices


def place(name: str) -> str:
    """Return a device's folder below /sys/devices: libudev would resolve the link step by step."""
    path = f"{BLOCK}/{_in_sys(name)}"
    try:
        return f"/sys/{os.readlink(path).removeprefix('../../')}"
    except OSError:
        return path  # gone, or a folder as of old kernels


def of_sys(name: str) -> str:
    """Return a name in /sys as /dev has it: the kernel writes a slash as in cciss!c0d0."""
    return name.replace("!", "/")


def _in_sys(name: str) -> str:
    return name.replace("/", "!")


def text(folder: str, attribute: str) -> str:
    """Return the text of a device's attribute below /sys, "" where it has none."""
    try:
        file = os.open(f"{folder}/{attribute}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(file, 4096).decode(errors="replace").strip()
    except OSError:
        return ""
    finally:
        os.close(file)


def number(folder: str, attribute: str) -> int | None:
    """Return a number that is an attribute, None where there is none."""
    found = text(folder, attribute)
    return int(found) if found.isdigit() else None


def size(name: str) -> int:
    """Return a device's size in bytes, 0 where it has none, as a drive without a medium."""
    return (number(f"{BLOCK}/{_in_sys(name)}", "size") or 0) * _SECTOR


# A path in /sys names every bus on the way; the one that a person would name comes first. Nearly
# all are passed over by the text that is before the number, which is quicker than an expression.
_BUSES = tuple(
    (name, text, re.compile(text + number))
    for name, text, number in (
        ("usb", "/usb", r"\d+/"),
        ("mmc", "/mmc_host/", ""),
        ("nvme", "/nvme/", ""),
        ("ata", "/ata", r"\d+/"),
        ("virtio", "/virtio", r"\d+/"),
        ("scsi", "/host", r"\d+/"),
        ("virtual", "/devices/virtual/", ""),
    )
)


def bus(device_path: str) -> str:
    """Name the bus of a disk by its path below /sys; "" where none is known."""
    for name, text, pattern in _BUSES:
        if text in device_path and pattern.search(device_path):
            return name
    return ""
