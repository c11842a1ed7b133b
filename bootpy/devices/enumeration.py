"""Block devices of this machine: each as pyudev and the kernel describe it, probed by libblkid.

Works with and without udevd: nothing rests on the properties that udevd adds.
"""

import os
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from bootpy.devices.device import ANDROID, Device
from bootpy.timeline import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyudev

BLOCK = "/sys/class/block"
"""The kernel's own list of block devices, partitions among them."""

_SECTOR = 512  # the kernel's unit in /sys/class/block/*/size, whatever the disk's own is
_ANDROID_MAGICS = (b"ANDROID!", b"VNDRBOOT")
_SKIPPED = re.compile(r"(ram|zram|fd)\d")

# How many devices are read ahead, a megabyte of each at most, and how many stay open.
_AHEAD, _BEHIND = 48, 16


def devices(known: "Iterable[Device]" = (), spans: "list[Span] | None" = None) -> list[Device]:
    """List the machine's block devices that hold anything, in the order of their names.

    One that is in `known` and still has its size is not probed again. What each probe took is
    added to `spans`. The list is taken from the kernel's folder: libudev's enumeration would
    look into each device that is on the way to a disk, a hundred folders for each.
    """
    before = {device.name: device for device in known}
    found: list[Device] = []
    fresh: list[tuple[str, int]] = []
    names = sorted(_names(), key=order)
    for name in names:
        size = (_number(f"{BLOCK}/{_in_sys(name)}", "size") or 0) * _SECTOR
        same = before.get(name)
        if same and same.size == size:
            found.append(same)
        elif size and not _SKIPPED.match(name):
            fresh.append((name, size))
    found += _described(fresh, [] if spans is None else spans)
    places = {name: place for place, name in enumerate(names)}
    return sorted(found, key=lambda device: places[device.name])


def order(name: str) -> tuple[object, ...]:
    """Sort key of a device name in which sdb2 comes before sdb10 and before sdaa."""
    letters = re.match(r"[a-z]*", name)
    return (
        len(letters.group()) if letters else 0,
        *(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)),
    )


def _described(fresh: list[tuple[str, int]], spans: list[Span]) -> "Iterator[Device]":
    """Describe devices of these names and sizes, in the order of their names.

    The next ones are told to read ahead meanwhile, so that a disk turns while another one
    answers. The last ones stay open: what is read of a disk to probe it is still in memory when
    its partitions are probed.
    """
    import pyudev

    context = pyudev.Context()
    disks: dict[str, _Disk] = {}
    files: list[int | OSError] = []
    closed = 0
    try:
        for at, (name, size) in enumerate(fresh):
            for ahead, length in fresh[len(files) : at + _AHEAD]:
                files.append(_opened(f"/dev/{ahead}", length))
            begun = time.monotonic()
            with suppress(pyudev.DeviceNotFoundAtPathError):  # it is gone meanwhile
                yield _describe(context, name, size, files[at], disks)
                spans.append(Span("devices", name, begun, time.monotonic()))
            while closed < at - _BEHIND:
                _close(files[closed])
                closed += 1
    finally:
        for file in files[closed:]:
            _close(file)


class _Disk(NamedTuple):
    """What a disk and its partitions have in common."""

    bus: str
    removable: bool
    model: str


def _describe(
    context: "pyudev.Context", name: str, size: int, file: int | OSError, disks: dict[str, _Disk]
) -> Device:
    """Describe one block device that is open at `file`, or cannot be opened.

    `disks` are those that were looked at, by their folder. The kernel makes a disk the parent
    of its partitions, so that they are in its folder, and only they have a number.
    DeviceNotFoundAtPathError: a disk is gone.
    """
    path = _place(name)
    number = _number(path, "partition")
    folder, kind, node = path, "partition", f"/dev/{name}"
    if number is None:
        from pyudev import Devices

        raw = Devices.from_sys_path(context, path)
        kind, node = raw.device_type or "disk", raw.device_node or node
    else:
        folder = path.rpartition("/")[0]
    disk = disks.get(folder)
    if disk is None:
        disk = disks[folder] = _Disk(
            bus(folder.removeprefix("/sys")),
            bool(_number(folder, "removable")),
            _text(folder, "device/model") or _text(folder, "device/name"),
        )
    # Of a mapped device the kernel does not tell whether it is a partition (kpartx makes such).
    values, problem = _probe(file, partition=number is not None or name.startswith("dm-"))
    return Device(
        name=name,
        node=node,
        kind=kind,
        size=size,
        parent=None if number is None else _of_sys(folder.rpartition("/")[2]),
        number=number,
        bus=disk.bus,
        removable=disk.removable,
        model=disk.model,
        table=values.get("PTTYPE", ""),
        filesystem=values.get("TYPE", ""),
        uuid=values.get("UUID", ""),
        label=values.get("LABEL", ""),
        partuuid=values.get("PART_ENTRY_UUID", ""),
        partlabel=values.get("PART_ENTRY_NAME", ""),
        parttype=values.get("PART_ENTRY_TYPE", ""),
        problem=problem,
    )


def _names() -> list[str]:
    try:
        return [_of_sys(name) for name in os.listdir(BLOCK)]
    except OSError:
        return []  # a kernel without block devices


def _place(name: str) -> str:
    """Return a device's folder below /sys/devices: libudev would resolve the link step by step."""
    path = f"{BLOCK}/{_in_sys(name)}"
    try:
        return f"/sys/{os.readlink(path).removeprefix('../../')}"
    except OSError:
        return path  # gone, or a folder as of old kernels


def _of_sys(name: str) -> str:
    return name.replace("!", "/")  # the kernel writes a slash so: cciss!c0d0


def _in_sys(name: str) -> str:
    return name.replace("/", "!")


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


def _opened(node: str, size: int) -> int | OSError:
    from bootpy.linux import blkid

    try:
        return blkid.open_ahead(node, size)
    except OSError as error:
        return error


def _close(file: int | OSError) -> None:
    if isinstance(file, int):
        os.close(file)


def _probe(file: int | OSError, partition: bool) -> tuple[dict[str, str], str]:
    """Return libblkid's values and ours, or why the device cannot be read."""
    from bootpy.linux import blkid

    try:
        if isinstance(file, OSError):
            raise file
        values = blkid.probe_open(file, partition)
        if not (values.get("TYPE") or values.get("PTTYPE")):
            values["TYPE"] = _raw_image(file)
    except OSError as error:
        return {}, error.strerror or str(error)
    return values, ""


def _raw_image(file: int) -> str:
    """Say which of the images that take up a whole partition stands on a device, "" for none.

    libblkid does not know them: they are no file systems.
    """
    try:
        return ANDROID if os.pread(file, 8, 0) in _ANDROID_MAGICS else ""
    except OSError:
        return ""


def _text(folder: str, attribute: str) -> str:
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


def _number(folder: str, attribute: str) -> int | None:
    text = _text(folder, attribute)
    return int(text) if text.isdigit() else None
