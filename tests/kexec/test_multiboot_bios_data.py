"""A BIOS's data for kernels that look for it on EFI, read back as Xen reads it."""

import struct

import pytest

from bootpy.kexec.memory_map import Region
from bootpy.kexec.multiboot.bios_data import made

POINTER = b"RSD PTR " + bytes(range(28))
ABOVE = Region(1 << 20, 1 << 30, 1)


def test_the_last_page_of_low_memory() -> None:
    pages, regions = made([Region(0, 0xA0000, 1), ABOVE], POINTER)
    (first, data), (second, extended) = pages
    assert (first, second) == (0, 0x9F000)
    segment, kibibytes = struct.unpack_from("<H3xH", data, 0x40E)
    assert (segment << 4, kibibytes << 10) == (0x9F000, 0x9F000)
    assert (extended[0], len(data), len(extended)) == (4, 4096, 4096)
    (at,) = (at for at in range(0, 1024, 16) if extended.startswith(b"RSD PTR ", at))
    assert extended[at : at + 36] == POINTER
    assert regions == [Region(0, 0x9F000, 1), Region(0x9F000, 0xA0000, 2), ABOVE]


def test_reserved_stretches_in_low_memory() -> None:
    taken = [Region(0x58000, 0x59000, 2), Region(0x9E800, 0xA0000, 2)]
    given = [Region(0, 0x58000, 1), taken[0], Region(0x59000, 0x9E800, 1), taken[1], ABOVE]
    pages, regions = made(given, b"")
    assert [at for at, _ in pages] == [0, 0x9D000]
    assert regions == [
        *given[:2],
        Region(0x59000, 0x9D000, 1),
        Region(0x9D000, 0x9E000, 2),
        Region(0x9E000, 0x9E800, 1),
        *given[3:],
    ]


@pytest.mark.parametrize(
    "regions",
    [
        [],
        [ABOVE],
        [Region(0x1000, 0xA0000, 1)],
        [Region(0, 0x1000, 2), Region(0x1000, 0xA0000, 1)],
        [Region(0, 0x30000, 1)],
        [Region(0, 0x1000, 1), Region(0x80400, 0x81000, 1)],
    ],
)
def test_no_place(regions: list[Region]) -> None:
    assert made(regions, POINTER) == ([], regions)
