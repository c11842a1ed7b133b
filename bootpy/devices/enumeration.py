"""Block devices of this machine: each as pyudev and the kernel describe it, probed by libblkid.

Works with and without udevd: nothing rests on the properties that udevd adds.
"""

import os
import re
import time
from contextlib import ExitStack
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from bootpy.devices import gpt, sysfs
from bootpy.devices.device import ANDROID, Device, order, partition_number
from bootpy.devices.opening import OpenDevices, Opened
from bootpy.linux import blkid
from bootpy.timeline import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pyudev

    from bootpy.linux.blkid import Entry

_ANDROID_MAGICS = (b"ANDROID!", b"VNDRBOOT")
_SKIPPED = re.compile(r"(ram|zram|fd)\d")


def devices(
    known: "Iterable[Device]" = (),
    spans: "list[Span] | None" = None,
    *,
    lock: bool = False,
    held: "ExitStack | None" = None,
) -> list[Device]:
    """List the machine's block devices that hold anything, in the order of their names.

    One that is in `known` and still has its size is not probed again. What each probe took is
    added to `spans`. With `lock` the kernel is told to refuse every write to those probed. With
    `held` they stay open until that is closed: what was read of a disk stays in memory until it is
    mounted. The list is taken from the kernel's folder: libudev's enumeration would look into each
    device that is on the way to a disk, a hundred folders for each.
    """
    before = {device.name: device for device in known}
    names = sorted(sysfs.names(), key=order)
    kept = [
        before[name] for name in names if name in before and before[name].size == sysfs.size(name)
    ]
    same = {device.name for device in kept}
    fresh = [name for name in names if name not in same and not _SKIPPED.match(name)]
    partitioned = frozenset(
        one for one, other in pairwise(names) if partition_number(other, one) is not None
    )
    with ExitStack() as ours:
        open_devices = OpenDevices(fresh, partitioned, lock=lock, held=held is not None)
        (held or ours).callback(open_devices.close)
        recorded = [] if spans is None else spans
        found = [*kept, *_described(fresh, frozenset(names), open_devices, recorded)]
    places = {name: place for place, name in enumerate(names)}
    return sorted(found, key=lambda device: places[device.name])


class _Disk(NamedTuple):
    """What a disk and its partitions have in common; `entries` are its table's, by number."""

    bus: str
    removable: bool
    model: str
    entries: "Mapping[int, Entry]"


def _described(
    fresh: list[str], names: frozenset[str], open_devices: OpenDevices, spans: list[Span]
) -> "Iterator[Device]":
    """Describe those of the fresh devices that hold anything; `names` are those of all."""
    import pyudev

    at_path = partial(pyudev.Devices.from_sys_path, pyudev.Context())
    disks: dict[str, _Disk] = {}
    for at, name in enumerate(fresh):
        opened = open_devices[at]
        if opened.size:
            begun = time.monotonic()
            try:
                yield _describe(at_path, name, names, opened, disks)
            except pyudev.DeviceNotFoundAtPathError:
                continue  # it is gone meanwhile
            spans.append(Span("devices", name, begun, time.monotonic()))


def _describe(
    at_path: "Callable[[str], pyudev.Device]",
    name: str,
    names: frozenset[str],
    opened: Opened,
    disks: dict[str, _Disk],
) -> Device:
    """Describe one block device; `disks` are those that were looked at, by their folder.

    The kernel makes a disk the parent of its partitions, so that they are in its folder, and of
    nothing else that is called so: an eMMC's boot areas are in there too.
    DeviceNotFoundAtPathError: a disk is gone.
    """
    path = sysfs.place(name)
    folder = path.rpartition("/")[0]
    parent = sysfs.of_sys(folder.rpartition("/")[2])
    kind, node = "partition", f"/dev/{name}"
    number = None
    if parent in names:
        number = partition_number(name, parent)
    elif path.startswith(sysfs.BLOCK):
        number = sysfs.number(path, "partition")
    if number is not None:
        disk = disks.get(folder) or _disk(folder, {})
        values, problem, _ = _probe(opened, partition=True, entry=disk.entries.get(number))
    else:
        raw = at_path(path)
        kind, node = raw.device_type or "disk", raw.device_node or node
        # Of a mapped device the kernel does not tell whether it is a partition (kpartx's are).
        values, problem, entries = _probe(opened, partition=name.startswith("dm-"))
        disk = disks[path] = _disk(path, entries)
    return Device(
        name=name,
        node=node,
        kind=kind,
        size=opened.size,
        parent=None if number is None else parent,
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


def _disk(folder: str, entries: "Mapping[int, Entry]") -> _Disk:
    return _Disk(
        sysfs.bus(folder.removeprefix("/sys")),
        bool(sysfs.number(folder, "removable")),
        sysfs.text(folder, "device/model") or sysfs.text(folder, "device/name"),
        entries,
    )


def _probe(
    opened: Opened, partition: bool, entry: "Entry | None" = None
) -> "tuple[dict[str, str], str, Mapping[int, Entry]]":
    """Return libblkid's values and ours, why the device cannot be read, and its table's entries.

    The entry in its disk's table is taken for a partition's where it has that size.
    """
    entries: Mapping[int, Entry] = {}
    try:
        if isinstance(opened.file, OSError):
            raise opened.file
        if partition:
            known = entry is not None and entry.size == opened.size
            values = blkid.probe_open(opened.file, entry if known else None)
        else:
            table = gpt.entries(opened.file, opened.size)
            values, entries = blkid.probe_disk(opened.file, table)
        if not (values.get("TYPE") or values.get("PTTYPE")):
            values["TYPE"] = _raw_image(opened.file)
    except OSError as error:
        return {}, error.strerror or str(error), entries
    return values, "", entries


def _raw_image(file: int) -> str:
    """Say which of the images that take up a whole partition stands on a device, "" for none.

    libblkid does not know them: they are no file systems.
    """
    try:
        return ANDROID if os.pread(file, 8, 0) in _ANDROID_MAGICS else ""
    except OSError:
        return ""
