"""The BIOS's data in low memory, for kernels that look for it on a machine that has no BIOS.

A Multiboot kernel that EFI's loader starts finds boot services; one that is started after them
takes the machine for one with a BIOS. Xen then puts its first code below the end of low memory as
the BIOS's data say it (zeros, on EFI: it starts over at once), and looks for ACPI's root pointer
where a BIOS has it. Source: arch/x86/boot/head.S of Xen 4.17; ACPI Specification 6.5, section
5.2.5.1; the BIOS's data area by IBM's PC/AT Technical Reference.
"""

import struct
from collections.abc import Sequence

from bootpy.kexec.memory_map import PAGE, RAM, RESERVED, Region

_END = 0xA0000  # of low memory
_LEAST = 0x40000  # where the extended area may be at the lowest, for Xen to believe it
_EXTENDED_AREA = 0x40E  # its segment
_BASE_MEMORY = 0x413  # KiB below it
_POINTER = 0x10  # where in the extended area, at a multiple of 16


def made(
    regions: Sequence[Region], root_pointer: bytes
) -> tuple[list[tuple[int, bytes]], list[Region]]:
    """Return pages with the addresses that they go to, and the map of memory with them in it.

    `regions` is the firmware's map. No pages: the map has no place for them.
    """
    low = [one for one in regions if one.type == RAM and one.start < _END]
    place = max((min(one.end, _END) // PAGE * PAGE - PAGE for one in low), default=0)
    first = any(not one.start and one.end >= PAGE for one in low)
    inside = any(one.start <= place for one in low if one.end >= place + PAGE)
    if not (first and inside and place >= _LEAST):
        return [], list(regions)
    data, extended = bytearray(PAGE), bytearray(PAGE)
    struct.pack_into("<H", data, _EXTENDED_AREA, place >> 4)
    struct.pack_into("<H", data, _BASE_MEMORY, place >> 10)
    extended[0] = PAGE >> 10
    extended[_POINTER : _POINTER + len(root_pointer)] = root_pointer
    return [(0, bytes(data)), (place, bytes(extended))], _with(regions, place)


def _with(regions: Sequence[Region], place: int) -> list[Region]:
    """Return the map with the page at `place` as reserved."""
    found = []
    for one in regions:
        if not one.start <= place < one.end:
            found.append(one)
            continue
        pieces = (
            Region(one.start, place, one.type),
            Region(place, place + PAGE, RESERVED),
            Region(place + PAGE, one.end, one.type),
        )
        found += [piece for piece in pieces if piece.start < piece.end]
    return found
