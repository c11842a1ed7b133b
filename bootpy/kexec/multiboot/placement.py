"""Where a Multiboot kernel goes, and behind it its modules and what it is told.

Everything lies below 4 GiB. Modules begin at a page, in order and above the kernel.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bootpy.kexec.memory_map import PAGE, within, without
from bootpy.kexec.multiboot.header import Relocation
from bootpy.kexec.multiboot.kernel import Kernel
from bootpy.kexec.placement import NoRoomError, Stretches, fits, no_room, pages

LIMIT = 1 << 32
"""The first address that Multiboot does not know."""


class Placement(NamedTuple):
    """Physical addresses: how far the kernel is moved, each module, code with information."""

    moved: int
    modules: tuple[int, ...]
    handover: int


def place(
    free: Stretches,
    kernel: Kernel,
    relocation: Relocation | None,
    modules: Sequence[int],
    handover: int,
) -> Placement:
    """Find room in `free` for a kernel, modules and a handover of these sizes in bytes.

    BootError: there is no room, or the place that a kernel is bound to is taken.
    """
    extent = kernel.end - kernel.start
    start = _moved(free, kernel, relocation, extent)
    if start is None:
        if relocation:
            raise no_room("the kernel", extent, free)
        raise NoRoomError(
            f"the kernel's own place in memory, {kernel.start:#x} to {kernel.end:#x}, is not free "
            "on this machine, and it does not say that it can be put elsewhere",
            "start it with the boot loader that it was made for",
        )
    room = without(free, start, start + extent)
    found = []
    lowest = start + extent
    for number, size in enumerate(modules, start=1):
        begin = _lowest(room, size, lowest)
        if begin is None:
            raise no_room(f"module {number}", pages(size), free)
        found.append(begin)
        lowest = begin + pages(size)
        room = without(room, begin, lowest)
    begin = _lowest(room, handover, lowest) or _lowest(room, handover, 0)
    if begin is None:
        raise no_room("what the kernel is told", pages(handover), free)
    return Placement(start - kernel.start, tuple(found), begin)


def _moved(
    free: Stretches, kernel: Kernel, relocation: Relocation | None, extent: int
) -> int | None:
    """Return where the kernel starts: where it was linked for, if that is free."""
    if fits(free, kernel.start, extent):
        return kernel.start
    if relocation is None:
        return None
    step = max(relocation.alignment, PAGE)
    room = within(free, relocation.lowest, min(relocation.highest + 1, LIMIT))
    starts = [-(-low // step) * step for low, _ in room]
    found = [start for start in starts if fits(room, start, extent)]
    return min(found, default=None)


def _lowest(room: Stretches, size: int, least: int) -> int | None:
    """Return the lowest page from `least` on with `size` bytes behind it."""
    for low, high in room:
        start = max(low, least)
        if start + pages(size) <= high:
            return start
    return None
