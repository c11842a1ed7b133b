"""What a Multiboot kernel is handed, read back as such a kernel reads it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multiboot_reading import Memory, read_1, read_2

from bootpy.kexec.memory_map import Region
from bootpy.kexec.multiboot.information import Module, Told, build, memory_sizes
from bootpy.kexec.screen_info import Screen

MIB = 1 << 20
REGIONS = (
    Region(0, 0x9FC00, 1),
    Region(0x9FC00, 0xA0000, 2),
    Region(MIB, 0x3FFDC000, 1),
    Region(0x3FFDC000, 0x3FFE0000, 3),
    Region(0x3FFE0000, 0x40000000, 4),
    Region(0x50000000, 0x50001000, 7),
    Region(0x60000000, 0x60001000, 0xEFFFFFFF),
    Region(1 << 32, 5 << 30, 1),
)
MAP = [
    *((one.start, one.end, one.type) for one in REGIONS[:5]),
    *((one.start, one.end, 2) for one in REGIONS[5:7]),
    (1 << 32, 5 << 30, 1),
]
COLOURS = bytes((16, 8, 8, 8, 0, 8))
SCREEN = Screen(0xC000000000, 4096, 1024, 768, 32, 1, COLOURS)
TOLD = Told(
    b"console=com1 a=\xff",
    b"bootpy",
    REGIONS,
    (Module(0x200000, 0x200123, b"/k root=x"), Module(0x201000, 0x300000, b"")),
    SCREEN,
)
AT = 0x7654000


def test_version_1() -> None:
    assert read_1(Memory(AT, build(1, TOLD, AT))) == {
        "mem_lower": 639,
        "mem_upper": (0x3FFDC000 - MIB) >> 10,
        "cmdline": b"console=com1 a=\xff",
        "boot_loader_name": b"bootpy",
        "modules": [(0x200000, 0x200123, b"/k root=x"), (0x201000, 0x300000, b"")],
        "map": MAP,
        "screen": (0xC000000000, 4096, 1024, 768, 32, 1, *COLOURS),
    }


def test_version_1_with_little_to_say() -> None:
    said = read_1(Memory(AT, build(1, Told(b"", b"x", ()), AT)))
    assert said == {
        "mem_lower": 0,
        "mem_upper": 0,
        "cmdline": b"",
        "boot_loader_name": b"x",
        "map": [],
    }


def test_version_2() -> None:
    said = read_2(Memory(AT, build(2, TOLD._replace(base=0x200000, system_table=0x12345678), AT)))
    assert list(said) == [1, 2, 3, 4, 6, 8, 12, 21]
    assert said[1] == [b"console=com1 a=\xff\0"]
    assert said[2] == [b"bootpy\0"]
    assert said[3] == [
        struct.pack("<II", 0x200000, 0x200123) + b"/k root=x\0",
        struct.pack("<II", 0x201000, 0x300000) + b"\0",
    ]
    assert said[4] == [struct.pack("<II", 639, (0x3FFDC000 - MIB) >> 10)]
    size, version = struct.unpack_from("<II", said[6][0])
    rows = [struct.unpack("<QQII", said[6][0][at : at + size]) for at in range(8, 8 + 24 * 8, size)]
    assert (version, len(said[6][0])) == (0, 8 + 24 * 8)
    assert [(start, start + length, kind) for start, length, kind, _ in rows] == MAP
    # Behind the kind are two bytes that are not used, before the colours.
    assert struct.unpack("<QIIIBBH6B", said[8][0]) == (
        *(0xC000000000, 4096, 1024, 768, 32, 1, 0),
        *COLOURS,
    )
    assert said[12] == [struct.pack("<Q", 0x12345678)]
    assert said[21] == [struct.pack("<I", 0x200000)]


@pytest.mark.parametrize(("revision", "kind", "length"), [(0, 14, 20), (2, 15, 36)])
def test_acpi(revision: int, kind: int, length: int) -> None:
    pointer = (b"RSD PTR \0BOCHS " + bytes((revision,))).ljust(length, b"x")
    said = read_2(Memory(AT, build(2, Told(b"", b"", (), rsdp=pointer), AT)))
    assert said[kind] == [pointer]
    assert 29 - kind not in said


def test_sections_lie_behind_the_tags() -> None:
    def sections(at: int) -> tuple[bytes, bytes]:
        return struct.pack("<IIIQ", 1, 64, 0, at), b"symbols"

    content = build(2, Told(b"", b"", (), sections=sections), AT)
    said = read_2(Memory(AT, content))
    (at,) = struct.unpack_from("<Q", said[9][0], 12)
    assert content[at - AT :] == b"symbols"
    assert at - AT == struct.unpack_from("<I", content)[0]


@pytest.mark.parametrize(
    ("regions", "sizes"),
    [
        ((), (0, 0)),
        ((Region(0, 0x9FFFF, 1),), (639, 0)),
        ((Region(0, 1 << 30, 1),), (640, (1 << 20) - 1024)),
        ((Region(0x1000, 0x9FC00, 1), Region(0x100001, 1 << 30, 1)), (0, 0)),
        ((Region(MIB, 1 << 60, 1),), (0, 0xFFFFFFFF)),
        ((Region(0, 0x9FC00, 2), Region(MIB, 2 * MIB, 2)), (0, 0)),
    ],
)
def test_sizes_of_memory(regions: tuple[Region, ...], sizes: tuple[int, int]) -> None:
    assert memory_sizes(regions) == sizes


texts = st.binary(max_size=40).map(lambda text: text.replace(b"\0", b""))
addresses = st.integers(0, (1 << 32) - 1)
tolds = st.builds(
    Told,
    texts,
    texts,
    st.lists(
        st.tuples(st.integers(0, 1 << 40), st.integers(1, 1 << 40), st.integers(1, 20)).map(
            lambda one: Region(one[0], one[0] + one[1], one[2])
        ),
        max_size=150,
    ),
    st.lists(st.builds(Module, addresses, addresses, texts), max_size=20),
    st.sampled_from((None, SCREEN, SCREEN._replace(kind=2, colours=b""))),
    st.just(b""),
    st.none(),
    st.just(0),
    st.none(),
)


@given(tolds, st.integers(0, (1 << 20) - 16).map(lambda n: n * 4096))
def test_both_versions_tell_the_same_wherever_they_are(told: Told, at: int) -> None:
    first, second = build(1, told, at), build(2, told, at)
    assert (len(first), len(second)) == (len(build(1, told, 0)), len(build(2, told, 0)))
    one, two = read_1(Memory(at, first)), read_2(Memory(at, second))
    assert [one["cmdline"] + b"\0"] == two[1]
    assert [one["boot_loader_name"] + b"\0"] == two[2]
    assert [struct.pack("<II", *row[:2]) + row[2] + b"\0" for row in one.get("modules", [])] == (
        two.get(3, [])
    )
    assert len(one["map"]) == (len(two[6][0]) - 8) // 24 == len(told.regions)
    assert ("screen" in one) == (8 in two) == (told.screen is not None)
