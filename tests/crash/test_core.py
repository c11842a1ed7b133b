"""Headers and notes of a core, against pyelftools; and cores that are damaged."""

import io
import os
import random
import struct
from collections.abc import Iterator

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import NoteSegment
from recorded_core import core_bytes, opened

from bootpy.crash.core import Core, read_core
from bootpy.crash.vmcoreinfo import NOTE, parse
from bootpy.errors import BootError


@pytest.fixture(scope="module")
def core() -> Iterator[Core]:
    file = opened(core_bytes())
    yield read_core(file)
    os.close(file)


def test_notes_and_segments_are_those_that_pyelftools_sees(core: Core) -> None:
    elf = ELFFile(io.BytesIO(core_bytes()))
    segments = list(elf.iter_segments())
    notes = [
        note for each in segments if isinstance(each, NoteSegment) for note in each.iter_notes()
    ]
    assert [(note.name, len(note.content)) for note in core.notes] == [
        (note["n_name"], note["n_descsz"]) for note in notes
    ]
    loads = [each.header for each in segments if each["p_type"] == "PT_LOAD"]
    assert [tuple(each) for each in core.segments] == [
        (each.p_offset, each.p_vaddr, each.p_paddr, each.p_filesz) for each in loads
    ]
    assert core.size == len(core_bytes())


def test_what_the_kernel_says_of_itself(core: Core) -> None:
    assert (core.machine, core.order, core.processors) == ("x86_64", "<", 2)
    info = parse(core.note(NOTE))
    assert info.release.startswith("6.1.0-")
    assert info.size("printk_info") == 88
    # The kernel was moved (KASLR), and says by how much.
    moved = int(info.text("KERNELOFFSET"), 16)
    assert info.symbol("_stext") == 0xFFFFFFFF81000000 + moved
    with pytest.raises(BootError, match=r"has no OFFSET\(printk_info.nothing\)"):
        info.offset("printk_info.nothing")


def test_memory_by_either_address(core: Core) -> None:
    first = core.segments[0]
    content = core.at(first.virtual + 8, 100)
    assert content == core.at_physical(first.physical + 8, 100)
    assert content == bytes(core_bytes()[first.offset + 8 :][:100])
    with pytest.raises(BootError, match=r"16 bytes at 0x7fff0000 of the crashed kernel are not"):
        core.at(0x7FFF0000, 16)
    with pytest.raises(BootError, match="are not in its core"):
        core.at(first.virtual + first.size - 8, 1 << 62)


@pytest.mark.parametrize(
    ("offset", "content", "said"),
    [
        (0, b"MZ", "does not begin with ELF's mark"),
        (4, b"\1", "no 64-bit ELF"),
        (16, b"\2", "its type is 2"),
        (54, b"\x20", "program headers have 32 bytes"),
        (32, b"\xff" * 8, r"at byte 18446744073709551615"),
        (64 + 32, b"\xff" * 8, "its notes are said to have"),
    ],
)
def test_damage_is_named(offset: int, content: bytes, said: str) -> None:
    damaged = core_bytes()
    damaged[offset : offset + len(content)] = content
    with pytest.raises(BootError, match=said):
        read_core(opened(damaged))


def test_more_segments_than_a_header_counts_are_bounded() -> None:
    """Their number is then in the first section header (elf(5), PN_XNUM)."""
    whole = core_bytes()
    (count,) = struct.unpack_from("<H", whole, 56)
    struct.pack_into("<HH", whole, 56, 0xFFFF, 64)
    struct.pack_into("<Q", whole, 40, len(whole))
    section = bytearray(64)
    struct.pack_into("<I", section, 44, count)
    assert len(read_core(opened(whole + section)).segments) > 1
    struct.pack_into("<I", section, 44, 0xFFFFFFFF)
    with pytest.raises(BootError, match="said to have 4294967295 program headers"):
        read_core(opened(whole + section))


def test_what_is_cut_off_is_said_with_its_place() -> None:
    whole = core_bytes()
    for length in (0, 63, 64, 100, 1000):
        with pytest.raises(BootError, match=rf"it ends at byte {length}, where \d+ more"):
            read_core(opened(whole[:length]))


def test_notes_are_apart_by_zeros_too(core: Core) -> None:
    """As a kernel leaves them of processors that saved nothing."""
    gap = bytes(64)
    whole = core_bytes()
    at, size = struct.unpack_from("<Q", whole, 64 + 8)[0], 0
    (size,) = struct.unpack_from("<Q", whole, 64 + 32)
    moved = len(whole)
    struct.pack_into("<Q", whole, 64 + 8, moved)
    struct.pack_into("<Q", whole, 64 + 32, size + len(gap))
    whole += gap + whole[at : at + size]
    assert read_core(opened(whole)).notes == core.notes


def test_random_damage_is_an_answer_or_an_error() -> None:
    chance = random.Random(1)
    whole = core_bytes()
    refused = 0
    for _ in range(500):
        damaged = whole.copy()
        for _ in range(chance.randrange(1, 8)):
            damaged[chance.randrange(0, 4096)] = chance.randrange(256)
        file = opened(damaged)
        try:
            read_core(file)
        except BootError:
            refused += 1
        finally:
            os.close(file)
    assert 0 < refused < 500
