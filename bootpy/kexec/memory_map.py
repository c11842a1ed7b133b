"""The machine's memory: as its firmware told it, and where of it a new kernel may go.

Source: Documentation/ABI/testing/sysfs-firmware-memmap, arch/x86/kernel/e820.c and
kernel/resource.c of Linux 6.1.
"""

import os
from collections.abc import Iterable
from typing import NamedTuple

MEMMAP = "sys/firmware/memmap"
RAM = 1
RESERVED = 2
PAGE = 4096

# Types of the BIOS's call e820, by what the kernel calls them; "reserved" before Linux 5.7.
_TYPES = {
    "System RAM": RAM,
    "Reserved": RESERVED,
    "reserved": RESERVED,
    "ACPI Tables": 3,
    "ACPI Non-volatile Storage": 4,
    "Unusable memory": 5,
    "Persistent Memory": 7,
    "Persistent Memory (legacy)": 12,
    "Soft Reserved": 0xEFFFFFFF,
}
_LOW = 1 << 20  # below it are the BIOS's data, and where Linux starts the other processors


class Region(NamedTuple):
    """A stretch of physical addresses, `end` not in it, and its type of e820."""

    start: int
    end: int
    type: int


def firmware_map(root: str = "/") -> list[Region]:
    """Read the map with which this kernel was started; empty where the kernel keeps none."""
    folder = os.path.join(root, MEMMAP)
    try:
        numbers = os.listdir(folder)
    except OSError:
        return []
    found = []
    for number in numbers:
        place = f"{folder}/{number}"
        start, last, name = (_line(f"{place}/{field}") for field in ("start", "end", "type"))
        # What is of no known type is certainly not for a kernel to use.
        found.append(Region(int(start, 16), int(last, 16) + 1, _TYPES.get(name, RESERVED)))
    return _merged(found)


def usable(regions: Iterable[Region], iomem: str) -> list[tuple[int, int]]:
    """Return the stretches (start, end) of whole pages that a new kernel may be put into.

    RAM by both the firmware's map and this kernel's /proc/iomem, less what the latter marks
    within it: reserved stretches, a crash kernel's. This kernel itself is no obstacle, as
    nothing is put in its place before the jump. The first MiB is left alone.
    """
    free = [(max(each.start, _LOW), each.end) for each in regions if each.type == RAM]
    here, taken = _iomem(iomem)
    free = [
        (max(start, low), min(end, high))
        for start, end in free
        for low, high in here
        if max(start, low) < min(end, high)
    ]
    for stretch in taken:
        free = without(free, *stretch)
    whole = ((-(-start // PAGE) * PAGE, end // PAGE * PAGE) for start, end in free)
    return sorted((start, end) for start, end in whole if start < end)


def usable_by_iomem(iomem: str) -> list[tuple[int, int]]:
    """Return the stretches that a new kernel may be put into, by /proc/iomem alone.

    RAM less what is marked within it; but what lies between this kernel's own code and data, and
    is marked as reserved on arm64, is its own start-up code, and goes with it.
    """
    memory, taken = _iomem(iomem)
    first, behind = running_kernel(iomem)
    for start, end in taken:
        if not first <= start < end <= behind:
            memory = without(memory, start, end)
    return sorted(memory)


def without(free: Iterable[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches less what lies from `start` to before `end`."""
    return [
        (low, high)
        for one in free
        for low, high in ((one[0], min(one[1], start)), (max(one[0], end), one[1]))
        if low < high
    ]


def within(free: Iterable[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """Return the whole pages of the stretches that lie from `start` to before `end`."""
    low, high = -(-start // PAGE) * PAGE, end // PAGE * PAGE
    return [(max(a, low), min(b, high)) for a, b in free if max(a, low) < min(b, high)]


def running_kernel(iomem: str) -> tuple[int, int]:
    """Return where in memory this kernel itself is, from its code to its data's end.

    (0, 0) where /proc/iomem does not tell.
    """
    places = [
        [int(part, 16) for part in addresses.split("-")]
        for addresses, _, name in (line.partition(" : ") for line in iomem.splitlines())
        if name.startswith("Kernel ")
    ]
    if not places:
        return 0, 0
    return min(start for start, _ in places), max(last for _, last in places) + 1


def all_processors_run(root: str = "/") -> bool:
    """Say whether no processor of the machine is switched off."""
    folder = os.path.join(root, "sys/devices/system/cpu")
    try:
        return _line(f"{folder}/present") == _line(f"{folder}/online")
    except OSError:
        return False


def _iomem(text: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the stretches of RAM of /proc/iomem, and those in them that are taken."""
    memory, taken = [], []
    inside = False
    for line in text.splitlines():
        addresses, _, name = line.partition(" : ")
        start, _, last = addresses.strip().partition("-")
        stretch = (int(start, 16), int(last, 16) + 1)
        if not addresses.startswith(" "):
            inside = name.startswith("System RAM")
            if inside:
                memory.append(stretch)
        elif inside and not name.startswith("Kernel "):
            taken.append(stretch)
    return memory, taken


def _merged(regions: list[Region]) -> list[Region]:
    """Sort, and join neighbours of one type."""
    found: list[Region] = []
    for region in sorted(regions):
        if found and found[-1].end == region.start and found[-1].type == region.type:
            found[-1] = found[-1]._replace(end=region.end)
        else:
            found.append(region)
    return found


def _line(path: str) -> str:
    with open(path, encoding="ascii") as file:
        return file.readline().strip()
