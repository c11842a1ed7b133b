import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootpy.kexec import trampoline
from bootpy.kexec.memory_map import PAGE, Region

GIB = 1 << 30
SOURCE = Path(__file__).parent / "trampoline.S"
FOUR, FIVE, PARAMETERS, ENTRY = (0x80 + 8 * number for number in range(4))


def test_the_bytes_are_what_the_assembler_makes_of_the_source(tmp_path: Path) -> None:
    if not (shutil.which("as") and shutil.which("objcopy")):
        pytest.skip("needs the package binutils")
    made, flat = tmp_path / "trampoline.o", tmp_path / "trampoline.bin"
    subprocess.run(["as", "--64", "-o", made, SOURCE], check=True)
    subprocess.run(["objcopy", "-O", "binary", "-j", ".text", made, flat], check=True)
    page = bytearray(trampoline.build(0, 0, 0, ())[:PAGE])
    assert struct.unpack_from("<HQ", page, 0x60) == (0x1F, 0x60)
    struct.pack_into("<Q", page, 0x62, 0)
    struct.pack_into("<QQ", page, FOUR, 0, 0)
    assert bytes(page) == flat.read_bytes().ljust(PAGE, b"\0")


def test_addresses() -> None:
    at = 0x123456000
    page = trampoline.build(at, 0xAAAA000, 0xBBBB200, ())
    assert struct.unpack_from("<HQ", page, 0x60) == (0x1F, at + 0x60)
    assert struct.unpack_from("<4Q", page, FOUR) == (
        at + 2 * PAGE,
        at + PAGE,
        0xAAAA000,
        0xBBBB200,
    )


def walk(content: bytes, at: int, address: int, levels: int) -> int | None:
    """Translate an address as a processor does by the tables in `content`, put `at`."""
    page = struct.unpack_from("<Q", content, FIVE if levels == 5 else FOUR)[0]
    for level in range(levels, 0, -1):
        shift = 12 + 9 * (level - 1)
        (entry,) = struct.unpack_from("<Q", content, page - at + 8 * (address >> shift & 0x1FF))
        if not entry & 1:
            return None
        assert entry & 2, "it is not writable"
        assert not entry >> 63, "it is not executable"
        if entry & 0x80:
            assert level in (2, 3)
            large = 1 << shift
            return int((entry & 0xFFFFFFFFFF000) // large * large + address % large)
        page = entry & 0xFFFFFFFFFF000
    raise AssertionError("a page of 4 KiB")


REGIONS = [Region(1 << 20, 2 * GIB, 1), Region(7 * GIB, 9 * GIB + 5, 1)]


@pytest.mark.parametrize("levels", [4, 5])
@given(address=st.integers(0, 512 * GIB - 1), at=st.integers(0, 1 << 26).map(lambda n: n * PAGE))
def test_with_large_pages_all_is_mapped_to_itself(levels: int, address: int, at: int) -> None:
    content = trampoline.build(at, 0, 0, REGIONS)
    assert len(content) == trampoline.size(REGIONS, large=True)
    assert walk(content, at, address, levels) == address


@pytest.mark.parametrize("levels", [4, 5])
@given(address=st.integers(0, 12 * GIB), at=st.integers(0, 1 << 26).map(lambda n: n * PAGE))
def test_without_them_memory_is_and_the_lowest_4_gib(levels: int, address: int, at: int) -> None:
    content = trampoline.build(at, 0, 0, REGIONS, large=False)
    assert len(content) == trampoline.size(REGIONS, large=False)
    assert len(content) == (4 + 4 + 3) * PAGE
    inside = address < 4 * GIB or 7 * GIB <= address < 10 * GIB
    assert walk(content, at, address, levels) == (address if inside else None)


def test_more_memory_than_the_tables_reach() -> None:
    regions = [Region(0, 600 * GIB, 1)]
    content = trampoline.build(0, 0, 0, regions, large=False)
    assert len(content) == (4 + 512) * PAGE
    assert walk(content, 0, 512 * GIB - 1, 4) == 512 * GIB - 1
