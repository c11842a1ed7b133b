"""Block devices of this machine: pyudev's enumeration, each probed by libblkid.

Works with and without udevd: nothing rests on the properties that udevd adds.
"""

import os
import re
import time
from typing import TYPE_CHECKING

from bootpy.devices.device import ANDROID, Device
from bootpy.timeline import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyudev

_SECTOR = 512  # the kernel's unit in /sys/class/block/*/size, whatever the disk's own is
_ANDROID_MAGICS = (b"ANDROID!", b"VNDRBOOT")
_SKIPPED = re.compile(r"(ram|zram|fd)\d")


def devices(known: "Iterable[Device]" = (), spans: "list[Span] | None" = None) -> list[Device]:
    """List the machine's block devices that hold anything, in the order of their names.

    One that is in `known` and still has its size is not probed again. What each probe took is
    added to `spans`.
    """
    import pyudev

    before = {device.name: device for device in known}
    found = []
    for raw in pyudev.Context().list_devices(subsystem="block"):
        same = before.get(_name(raw))
        begun = time.monotonic()
        device = same if same and same.size == _size(raw) else describe(raw)
        if spans is not None and device is not same:
            spans.append(Span("devices", _name(raw), begun, time.monotonic()))
        if device:
            found.append(device)
    return sorted(found, key=lambda device: order(device.name))


def order(name: str) -> tuple[object, ...]:
    """Sort key of a device name in which sdb2 comes before sdb10 and before sdaa."""
    letters = re.match(r"[a-z]*", name)
    return (
        len(letters.group()) if letters else 0,
        *(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)),
    )


def describe(raw: "pyudev.Device") -> Device | None:
    """Describe one block device; None where it is no place to boot from (RAM disks, no medium)."""
    name = _name(raw)
    size = _size(raw)
    if not size or _SKIPPED.match(name):
        return None
    parent = raw.find_parent("block", "disk") if raw.device_type == "partition" else None
    disk = raw if parent is None else parent
    values, problem = _probe(raw.device_node or f"/dev/{name}")
    if not (problem or values.get("TYPE") or values.get("PTTYPE")):
        values["TYPE"] = _raw_image(raw.device_node or f"/dev/{name}")
    return Device(
        name=name,
        node=raw.device_node or f"/dev/{name}",
        kind=raw.device_type or "disk",
        size=size,
        parent=None if parent is None else _name(parent),
        number=_number(raw, "partition"),
        bus=bus(disk.device_path),
        removable=bool(_number(disk, "removable")),
        model=(_text(disk, "device/model") or _text(disk, "device/name")),
        table=values.get("PTTYPE", ""),
        filesystem=values.get("TYPE", ""),
        uuid=values.get("UUID", ""),
        label=values.get("LABEL", ""),
        partuuid=values.get("PART_ENTRY_UUID", ""),
        partlabel=values.get("PART_ENTRY_NAME", ""),
        parttype=values.get("PART_ENTRY_TYPE", ""),
        problem=problem,
    )


def _name(raw: "pyudev.Device") -> str:
    return str(raw.sys_name).replace("!", "/")  # the kernel writes a slash so: cciss!c0d0


def _size(raw: "pyudev.Device") -> int:
    return (_number(raw, "size") or 0) * _SECTOR


# A path in /sys names every bus on the way; the one that a person would name comes first.
_BUSES = (
    ("usb", re.compile(r"/usb\d+/")),
    ("mmc", re.compile(r"/mmc_host/")),
    ("nvme", re.compile(r"/nvme/")),
    ("ata", re.compile(r"/ata\d+/")),
    ("virtio", re.compile(r"/virtio\d+/")),
    ("scsi", re.compile(r"/host\d+/")),
    ("virtual", re.compile(r"/devices/virtual/")),
)


def bus(device_path: str) -> str:
    """Name the bus of a disk by its path below /sys; "" where none is known."""
    return next((name for name, pattern in _BUSES if pattern.search(device_path)), "")


def _probe(node: str) -> tuple[dict[str, str], str]:
    from bootpy.linux import blkid

    try:
        return blkid.probe(node), ""
    except OSError as error:
        return {}, error.strerror or str(error)


def _raw_image(node: str) -> str:
    """Say which of the images that take up a whole partition stands on a device, "" for none.

    libblkid does not know them: they are no file systems.
    """
    try:
        fd = os.open(node, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        return ANDROID if os.pread(fd, 8, 0) in _ANDROID_MAGICS else ""
    except OSError:
        return ""
    finally:
        os.close(fd)


def _text(raw: "pyudev.Device", attribute: str) -> str:
    try:
        value: bytes = raw.attributes.get(attribute)
    except OSError:
        return ""
    return value.decode(errors="replace").strip() if value else ""


def _number(raw: "pyudev.Device", attribute: str) -> int | None:
    text = _text(raw, attribute)
    return int(text) if text.isdigit() else None
