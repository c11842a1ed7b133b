"""What of a Multiboot kernel goes where, by its ELF header or by its own addresses."""

import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_images import memory_file
from multiboot_images import LINKED, elf, header_1, header_2, tag

from bootpy.errors import BootError
from bootpy.kexec.multiboot.header import Version, find
from bootpy.kexec.multiboot.kernel import Kernel, Part, content, read, told_sections


def kernel(image: bytes, version: Version = 1) -> Kernel:
    header = find(image, version, "k")
    assert header
    fd = memory_file(image)
    try:
        return read(fd, len(image), header, "k")
    finally:
        os.close(fd)


@pytest.mark.parametrize("wide", [False, True])
def test_elf(wide: bool) -> None:
    parts = ((0x1000, LINKED, LINKED, 0x10, 0x20), (0x1010, 0x5000, 0x200345, 0x7F0, 0x1000))
    found = kernel(elf(header_1(), parts, wide=wide))
    assert found == Kernel(
        (Part(0x1000, 0x10, LINKED, 0x20), Part(0x1010, 0x7F0, 0x200345, 0x1000)), LINKED + 0x10
    )
    assert (found.start, found.end) == (LINKED, 0x202000)


def test_parts_are_sorted() -> None:
    parts = ((0x1000, 0, 0x300000, 1, 1), (0x1001, LINKED, LINKED, 1, 0x100))
    assert [one.place for one in kernel(elf(header_1(), parts)).parts] == [LINKED, 0x300000]


def test_an_entry_in_virtual_memory_is_turned_into_a_physical_one() -> None:
    high = 0xFFFF800000000000
    image = elf(header_1(), ((0x1000, high, LINKED, 0x800, 0x800),), entry=high + 0x44, wide=True)
    assert kernel(image).entry == LINKED + 0x44


def test_the_entry_of_version_2s_header_goes_before_elfs() -> None:
    assert kernel(elf(header_2(tag(3, LINKED + 0x77))), 2).entry == LINKED + 0x77


def test_addresses_in_the_header() -> None:
    head = bytes(0x40) + header_1(0x10000, (0x8040, 0x8000, 0x8080, 0x9000, 0x8070))
    found = kernel(head + bytes(0x100))
    assert found == Kernel((Part(0, 0x80, 0x8000, 0x1000),), 0x8070)
    head = bytes(0x40) + header_1(0x10000, (0x8040, 0x8020, 0, 0, 0x8070))
    found = kernel(head + bytes(0x100))
    assert found == Kernel((Part(0x20, len(head) + 0xE0, 0x8020, len(head) + 0xE0),), 0x8070)
    both = header_2(tag(2, 0x8400, 0x8000, 0, 0), tag(3, 0x8400))
    assert kernel(elf(both), 2).parts == (Part(0, 0x3000, 0x8000, 0x3000),)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (header_1() + bytes(100), "neither an ELF file nor says where it goes"),
        (elf(header_1(), machine=40), "another machine than a PC (ELF machine 40)"),
        (elf(header_1(), ()), "it has nothing to load"),
        (elf(header_1(), ((0x1000, 0, 0, 8, 4),)), "more bytes in its file than in memory"),
        (elf(header_1(), ((0x2FFF, 0, 0, 2, 2),)), "k is truncated"),
        (elf(header_1(), entry=0), "its entry 0x0 is in none of its segments"),
        (
            elf(header_1(), ((0x1000, 0, LINKED, 9, 9), (0x1000, 0, LINKED + 8, 9, 9))),
            "two of its segments are to be at 0x100008",
        ),
        (
            elf(header_1(), ((0x1000, 0, 1 << 32, 9, 9),), entry=0, wide=True),
            "above the 4 GiB that Multiboot knows",
        ),
        (header_1(0x10000, (0x8000, 0x7000, 0, 0, 0x8000)), "it begins before its file"),
        (header_1(0x10000, (0x8000, 0x8000, 0x9000, 0, 0x8000)), "k is truncated"),
    ],
)
def test_refusals(image: bytes, message: str) -> None:
    with pytest.raises(BootError) as refused:
        kernel(image)
    assert message in refused.value.message
    assert refused.value.hint


def test_addresses_without_an_entry() -> None:
    with pytest.raises(BootError, match="and not where it is entered"):
        kernel(header_2(tag(2, 0x8000, 0x8000, 0, 0)), 2)


@given(st.lists(st.tuples(st.integers(0, 0x90), st.integers(0, 255)), max_size=6), st.booleans())
def test_a_damaged_file_is_read_or_refused(flips: list[tuple[int, int]], wide: bool) -> None:
    image = bytearray(elf(header_1(), wide=wide))
    for at, byte in flips:
        image[at] = byte
    try:
        found = kernel(bytes(image))
    except BootError:
        return
    assert all(part.offset + part.size <= len(image) for part in found.parts)
    assert found.start < found.end <= 1 << 32


SECTIONS = (
    (0,) * 10,
    (1, 3, 0, 0, 0x1700, 0x20, 0, 0, 1, 0),  # names
    (9, 1, 6, LINKED, 0x1000, 0x800, 0, 0, 16, 0),  # code, in a segment
    (17, 2, 0, 0, 0x1730, 0x30, 1, 0, 4, 16),  # symbols
    (25, 8, 3, LINKED + 0x900, 0, 0x100, 0, 0, 4, 0),  # no bits
    (33, 1, 0, 0, 0x2FF0, 0x1000, 0, 0, 1, 0),  # behind the end of the file
)


@pytest.mark.parametrize("sixty_four", [False, True])
def test_sections(sixty_four: bool) -> None:
    image = elf(header_2(tag(1, 9)), wide=sixty_four, sections=SECTIONS)
    found = kernel(image, 2).sections
    assert found
    fd = memory_file(image)
    described, behind = told_sections((fd, len(image), "k"), found, 0x500000, 0x1000)
    os.close(fd)
    step, form, address = (64, "<II4Q", 3) if sixty_four else (40, "<6I", 3)
    assert struct.unpack_from("<III", described) == (6, step, 1)
    rows = [struct.unpack_from(form, described, 12 + step * number) for number in range(6)]
    assert [row[address] for row in rows] == [
        0,
        0x500000,
        LINKED + 0x1000,
        0x500020,
        LINKED + 0x1900,
        0,
    ]
    assert behind == image[0x1700:0x1720] + image[0x1730:0x1760]


def test_sections_that_are_more_than_the_file_are_refused() -> None:
    whole = (1, 1, 0, 0, 0, 0x3000, 0, 0, 1, 0)
    image = elf(header_2(tag(1, 9)), wide=True, sections=(whole, whole))
    found = kernel(image, 2).sections
    assert found
    fd = memory_file(image)
    with pytest.raises(BootError, match="k is damaged: its sections overlap"):
        told_sections((fd, len(image), "k"), found, 0x500000, 0)
    os.close(fd)


def test_a_file_that_became_shorter() -> None:
    fd = memory_file(b"abc")
    with pytest.raises(BootError, match="it ended 2 bytes early"):
        content(fd, Part(1, 4, 0, 4), "k")
    os.close(fd)
