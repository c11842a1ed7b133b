"""Headers of Multiboot kernels: what they say, and what is damaged or not to be had."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multiboot_images import MAGIC_1, header_1, header_2, tag

from bootpy.errors import BootError
from bootpy.kexec.multiboot.header import (
    SEARCHED,
    Addresses,
    Header,
    Relocation,
    Version,
    find,
)

SEGMENT = (0x100010, 0x100000, 0x101000, 0x104000)


def test_version_1() -> None:
    assert find(header_1(3), 1, "k") == Header(1, 0)
    assert find(bytes(8188 - 8) + header_1(4), 1, "k") == Header(1, 8180, screen=True)


def test_version_1_with_addresses() -> None:
    found = find(bytes(16) + header_1(0x10003, (*SEGMENT, 0x100020)), 1, "k")
    assert found == Header(1, 16, Addresses(*SEGMENT), 0x100020)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        bytes(100),
        bytes(2) + header_1(),  # not at a multiple of 4
        bytes(8184) + header_1(),  # not whole within 8192 bytes
        header_1(checksum=1),
        header_1()[:11],
        header_2(),
    ],
)
def test_no_version_1(head: bytes) -> None:
    assert find(head, 1, "k") is None


def test_a_magic_number_by_chance_before_the_header() -> None:
    assert find(struct.pack("<III", MAGIC_1, 0, 0) + header_1(), 1, "k") == Header(1, 12)


def test_version_2() -> None:
    found = find(
        bytes(8)
        + header_2(
            tag(1, 4, 6),
            tag(1, 9, 10, optional=True),  # APM is none, and need not be
            tag(3, 0x100020),
            tag(2, *SEGMENT),
            tag(5, 1024, 768, 32),
            tag(6),
            tag(7),
            tag(9, 0x100100),
            tag(10, 0x200000, 0xFFFFFFFF, 0x200000, 2),
            tag(77, 1, 2, 3, optional=True),
        ),
        2,
        "k",
    )
    assert found == Header(
        2,
        8,
        Addresses(*SEGMENT),
        0x100020,
        Relocation(0x200000, 0xFFFFFFFF, 0x200000, 2),
        screen=True,
        requests=frozenset({4, 6, 9, 10}),
    )


def test_version_2_that_asks_for_nothing() -> None:
    assert find(bytes(32736) + header_2(), 2, "k") == Header(2, 32736)


@pytest.mark.parametrize(
    "head",
    [b"", bytes(4) + header_2(), bytes(32760) + header_2(), header_2()[:15], header_1()],
)
def test_no_version_2(head: bytes) -> None:
    assert find(head, 2, "k") is None


@pytest.mark.parametrize(
    ("head", "version", "message"),
    [
        (header_1(0x8), 1, "flags 0x8 in its Multiboot header"),
        (header_1(0x10000), 1, "k is damaged: its Multiboot header is cut off"),
        (header_1(0x10000, (0x1000, 0x2000, 0, 0, 0)), 1, "in no order"),
        (header_1(0x10000, (0x2000, 0x1000, 0x900, 0, 0)), 1, "in no order"),
        (header_1(0x10000, (0x2000, 0x1000, 0x3000, 0x2900, 0)), 1, "in no order"),
        (header_2(architecture=4), 2, "architecture 4 in its Multiboot2 header"),
        (header_2(tag(1, 4, 7)), 2, "does not hand over: information 7"),
        (header_2(tag(1, 99, 13)), 2, "does not hand over: information 13, 99"),
        (header_2(tag(11)), 2, "the tag 11 in its Multiboot2 header"),
        (header_2(tag(6, size=7)), 2, "the tag 6 in its Multiboot2 header has 7 bytes"),
        (header_2(tag(6, size=0)), 2, "the tag 6 in its Multiboot2 header has 0 bytes"),
        (header_2(tag(6, size=1 << 31)), 2, "the tag 6 in its Multiboot2 header has 2147483648"),
        (header_2(tag(10, 0, 0, 0)), 2, "the tag 10 in its Multiboot2 header has 20 bytes"),
        (header_2(tag(3)), 2, "the tag 3 in its Multiboot2 header has 8 bytes"),
        (header_2(length=1 << 20), 2, "its Multiboot2 header is cut off"),
        (header_2(tag(6), length=24), 2, "its Multiboot2 header does not end"),
        (header_2(length=16), 2, "its Multiboot2 header does not end"),
    ],
)
def test_refusals(head: bytes, version: Version, message: str) -> None:
    with pytest.raises(BootError) as refused:
        find(head, version, "k")
    assert message in refused.value.message
    assert refused.value.hint


@given(
    st.binary(max_size=200),
    st.sampled_from((1, 2)),
    st.one_of(
        st.just(b""),
        st.builds(header_1, st.integers(0, 0x1FFFF), st.lists(st.integers(0, 99), max_size=5)),
        st.builds(
            header_2,
            st.builds(tag, st.integers(0, 12), st.integers(0, 30), optional=st.booleans()),
            st.builds(tag, st.integers(0, 12), size=st.integers(0, 40)),
            length=st.one_of(st.none(), st.integers(0, 70)),
        ),
    ),
)
def test_whatever_it_is_it_is_read_or_refused(noise: bytes, version: Version, head: bytes) -> None:
    content = bytearray(head + noise)
    for at, byte in enumerate(noise[:4]):
        if content:
            content[(byte * 7 + at) % len(content)] ^= byte
    try:
        found = find(bytes(content), version, "k")
    except BootError:
        return
    assert found is None or (found.version == version and 0 <= found.offset < SEARCHED)
