"""Where in physical memory the parts of a boot go: kernel, initrd, and what goes with them.

Source: Documentation/x86/boot.rst of Linux 6.1. The kernel's call checks no destination
against the machine's memory, so that all of it is decided, and checked, here.
"""

from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.kexec.bzimage import ABOVE_4G, Header
from bootpy.kexec.memory_map import PAGE, without

Stretches = list[tuple[int, int]]

REACH = 512 << 30
"""Nothing is put above: what the tables of `bootpy.kexec.trampoline` reach."""

_OLD_DEVICES = 16 << 20  # ISA's DMA ends there


class NoRoomError(BootError):
    """No stretch of memory is free that is large enough."""


class Stretch(NamedTuple):
    """Bytes of the kernel's file, and how far from the kernel's place they go.

    They take up `memory` bytes there, in whole pages, those behind `size` being zero.
    """

    offset: int
    size: int
    place: int
    memory: int


class Kernel(NamedTuple):
    """A kernel to be placed: its header, where from its start it is entered, its parts."""

    header: Header
    entry: int
    stretches: tuple[Stretch, ...]


class Placement(NamedTuple):
    """Physical addresses, each of a whole page; `initrd` is 0 where there is none."""

    kernel: int
    initrd: int
    handover: int


def pages(size: int) -> int:
    """Return `size` rounded up to whole pages."""
    return -(-size // PAGE) * PAGE


def place(
    free: Stretches, header: Header, initrd: int, handover: int, running: int = 0
) -> Placement:
    """Find room in `free` for a kernel, an initrd and a handover of these sizes in bytes.

    `running` is where this kernel's own code is: the place of the new one where it fits, as
    none of the pages that the load takes can be among those that it is to be put into (Linux
    would go through all pages taken so far for each that is). BootError: there is no room.
    """
    if running:
        try:
            return _place(free, header, initrd, handover, running)
        except BootError:
            pass  # it may be in the middle of the one stretch that an initrd fits into
    return _place(free, header, initrd, handover, 0)


def _place(free: Stretches, header: Header, initrd: int, handover: int, running: int) -> Placement:
    reach = REACH if header.flags & ABOVE_4G else 1 << 32
    room = [(start, min(end, reach)) for start, end in free if start < reach]
    extent = pages(max(header.init_size, header.code_size))
    kernel = _kernel(room, header, extent, running)
    if kernel is None:
        raise no_room("the kernel", extent, free)
    room = without(room, kernel, kernel + extent)
    found = []
    for what, size in (("the initrd", pages(initrd)), ("the boot parameters", pages(handover))):
        start = _lowest(room, size, header.initrd_max + 1) if size else 0
        if start is None:
            raise no_room(what, size, free)
        room = without(room, start, start + size)
        found.append(start)
    return Placement(kernel, *found)


def _kernel(room: Stretches, header: Header, extent: int, running: int) -> int | None:
    """Return the start for a kernel that takes up `extent` bytes while it unpacks itself."""
    if not header.relocatable:
        return header.preferred if fits(room, header.preferred, extent) else None
    step = max(header.alignment, PAGE)
    # Below its preferred address a kernel unpacks itself to there all the same.
    for start in (running, header.preferred):
        aligned = -(-start // step) * step
        if aligned >= header.preferred and start and fits(room, aligned, extent):
            return aligned
    for start, _ in room:
        aligned = -(-max(start, header.preferred) // step) * step
        if fits(room, aligned, extent):
            return aligned
    return None


def fits(room: Stretches, start: int, size: int) -> bool:
    """Whether `size` bytes from `start` on lie in one stretch of `room`."""
    return any(low <= start and start + size <= high for low, high in room)


def _lowest(room: Stretches, size: int, below: int) -> int | None:
    """Return the lowest page for `size` bytes, if it can be between 16 MiB and `below`.

    Low, since EFI leaves tables that a later kernel reads in what it calls free memory, and
    takes its memory from the top. Not lower, since Linux needs some there for old devices.
    """
    for least, most in ((_OLD_DEVICES, below), (0, below), (0, REACH)):
        for low, high in room:
            start = max(low, least)
            if start + size <= min(high, most):
                return start
    return None


def no_room(what: str, size: int, free: Stretches) -> NoRoomError:
    """Make the error for `what`, of `size` bytes, for which `free` has no room."""
    largest = max((end - start for start, end in free), default=0)
    return NoRoomError(
        f"there is no place in memory for {what}: it takes {size / 1e6:.1f} MB in one piece, and "
        f"the largest free stretch has {largest / 1e6:.1f} MB",
        "give the machine more memory, or choose an entry with a smaller initrd",
    )
