"""Where a Multiboot kernel, its modules and what it is told go, and in which segments."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_images import memory_file

from bootpy.errors import BootError
from bootpy.kexec.initrds import Part as FilePart
from bootpy.kexec.multiboot.header import Relocation
from bootpy.kexec.multiboot.kernel import Kernel, Part
from bootpy.kexec.multiboot.placement import Placement, place
from bootpy.kexec.multiboot.segments import kernel_segments, module_segments
from bootpy.kexec.placement import NoRoomError, pages
from bootpy.kexec.planned import Plan
from bootpy.linux.kexec import Mapping, Segment

MIB = 1 << 20
XEN = Kernel((Part(0x80, 0x271920, 2 * MIB, 0x3A7000),), 2 * MIB)
ANYWHERE = Relocation(2 * MIB, 0xFFFFFFFF, 2 * MIB, 2)
FREE = [(MIB, 512 * MIB)]


def test_the_kernel_where_it_was_linked_for_and_the_rest_behind_it() -> None:
    assert place(FREE, XEN, None, [0x1001, 5], 0x2800) == Placement(
        0, (0x5A7000, 0x5A9000), 0x5AA000
    )


def test_a_kernel_that_can_be_moved_stays_where_that_is_possible() -> None:
    assert place(FREE, XEN, ANYWHERE, [], 1).moved == 0


def test_a_kernel_that_can_be_moved_is_where_its_place_is_taken() -> None:
    free = [(MIB, 3 * MIB), (5 * MIB + 1, 64 * MIB)]
    assert place(free, XEN, ANYWHERE, [], 1).moved == 4 * MIB
    with pytest.raises(NoRoomError, match="the kernel"):
        place(free, XEN, ANYWHERE._replace(highest=9 * MIB), [], 1)
    with pytest.raises(NoRoomError, match="the kernel"):
        place(free, XEN, ANYWHERE._replace(lowest=63 * MIB), [], 1)
    with pytest.raises(BootError, match="0x200000 to 0x5a7000, is not free") as refused:
        place(free, XEN, None, [], 1)
    assert refused.value.hint


def test_modules_pass_over_what_is_taken() -> None:
    free = [(2 * MIB, 8 * MIB), (16 * MIB, 20 * MIB), (32 * MIB, 64 * MIB)]
    found = place(free, XEN, None, [2 * MIB, 3 * MIB, 8 * MIB, MIB], MIB)
    assert found.modules == (0x5A7000, 16 * MIB, 32 * MIB, 40 * MIB)
    assert found.handover == 41 * MIB


def test_the_handover_is_below_the_kernel_where_nothing_is_free_behind_it() -> None:
    free = [(MIB, 2 * MIB), (2 * MIB, XEN.end + 4096)]
    assert place(free, XEN, None, [4096], 4096) == Placement(0, (XEN.end,), MIB)
    with pytest.raises(NoRoomError, match="what the kernel is told"):
        place(free, XEN, None, [4096], MIB + 1)


def test_no_room_for_a_module() -> None:
    with pytest.raises(NoRoomError, match="module 2"):
        place(FREE, XEN, None, [MIB, 511 * MIB], MIB)


@given(
    st.lists(st.integers(1, 200 * MIB), max_size=6),
    st.integers(4097, MIB),
    st.lists(st.integers(0, 1 << 20), max_size=12),
    st.booleans(),
)
def test_nothing_overlaps_and_all_is_free(
    modules: list[int], handover: int, bounds: list[int], moves: bool
) -> None:
    edges = sorted({one * 4096 for one in bounds})
    free = list(zip(edges[::2], edges[1::2], strict=False))
    try:
        found = place(free, XEN, ANYWHERE if moves else None, modules, handover)
    except BootError:
        return
    places = [
        (XEN.start + found.moved, XEN.end - XEN.start),
        *zip(found.modules, map(pages, modules), strict=True),
        (found.handover, pages(handover)),
    ]
    for start, size in places:
        assert start % 4096 == 0
        assert any(low <= start and start + size <= high for low, high in free)
    ordered = sorted(places)
    assert all(a + size <= b for (a, size), (b, _) in pairwise(ordered))
    assert list(found.modules) == sorted(found.modules)


@contextmanager
def plan_of(kernel: bytes, *modules: bytes) -> Iterator[Plan]:
    fds = [memory_file(content) for content in (kernel, *modules)]
    parts = tuple(
        (FilePart(fd, 0, len(content), "m"), "")
        for fd, content in zip(fds[1:], modules, strict=True)
    )
    plan = Plan(fds[0], -1, "", "k", "multiboot", "", len(kernel), 0, 0, modules=parts)
    yield plan
    plan.close()


def test_parts_that_share_a_page_or_touch_are_one_segment() -> None:
    kernel = Kernel(
        (
            Part(0, 3, 0x100010, 0x20),
            Part(3, 2, 0x100800, 0x1000),  # ends in the next page
            Part(5, 1, 0x102000, 0x2001),  # begins where that page ends
            Part(6, 0, 0x110000, 0x10),
            Part(6, 4, 0x120004, 4),
        ),
        0x100010,
    )
    with plan_of(b"abcDEfGHIJ") as plan:
        found = kernel_segments(plan, kernel, 0x1000)
    assert [(one.destination, one.memory) for one in found] == [
        (0x101000, 0x5000),
        (0x111000, 0x1000),
        (0x121000, 0x1000),
    ]
    first = bytearray(0x2001)
    first[0x10:0x13], first[0x800:0x802], first[0x2000] = b"abc", b"DE", ord("f")
    assert [one.content for one in found] == [bytes(first), b"", b"\0\0\0\0GHIJ"]
    assert all(one.size == len(one.content) for one in found if isinstance(one.content, bytes))


def content(segment: Segment) -> bytes:
    assert isinstance(segment.content, Mapping)
    return ctypes.string_at(segment.content.address + segment.offset, segment.size)


def test_modules_are_mapped_or_joined_where_they_are_too_many() -> None:
    modules = (b"a" * 5000, b"b" * 4096, b"c", b"d" * 9)
    places = Placement(0, (0x200000, 0x202000, 0x203000, 0x300000), 0)
    with plan_of(b"", *modules) as plan:
        for left, expected in (
            (4, [(start, one) for start, one in zip(places.modules, modules, strict=True)]),
            (
                3,
                [
                    (0x200000, modules[0].ljust(0x2000, b"\0") + modules[1] + modules[2]),
                    (0x300000, modules[3]),
                ],
            ),
        ):
            mapped: list[Mapping] = []
            before = len(os.listdir("/proc/self/fd"))
            found = module_segments(plan, places, left, mapped)
            assert len(os.listdir("/proc/self/fd")) == before
            assert [(one.destination, content(one)) for one in found] == expected
            assert all(one.memory == pages(one.size) for one in found)
            for mapping in mapped:
                mapping.close()
