"""The code between 64-bit mode and a Multiboot kernel."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from bootpy.kexec.memory_map import PAGE
from bootpy.kexec.multiboot import entry
from bootpy.kexec.multiboot.header import Version

SOURCE = Path(__file__).parent / "multiboot_entry.S"
GDT, VALUES = 0x60, 0x80


def test_the_bytes_are_what_the_assembler_makes_of_the_source(tmp_path: Path) -> None:
    if not (shutil.which("as") and shutil.which("objcopy")):
        pytest.skip("needs the package binutils")
    made, flat = tmp_path / "entry.o", tmp_path / "entry.bin"
    subprocess.run(["as", "--64", "-o", made, SOURCE], check=True)
    subprocess.run(["objcopy", "-O", "binary", "-j", ".text", made, flat], check=True)
    page = bytearray(entry.build(0, 1, 0, 0))
    assert len(page) == PAGE
    assert struct.unpack_from("<HQ", page, GDT) == (0x1F, GDT)
    struct.pack_into("<Q", page, GDT + 2, 0)
    struct.pack_into("<III", page, VALUES, 0, 0, 0)
    assert bytes(page) == flat.read_bytes().ljust(PAGE, b"\0")


@pytest.mark.parametrize(("version", "magic"), [(1, 0x2BADB002), (2, 0x36D76289)])
def test_values(version: Version, magic: int) -> None:
    at = 0xFFFFE000
    page = entry.build(at, version, 0xABCD1008, 0x200010)
    assert struct.unpack_from("<HQ", page, GDT) == (0x1F, at + GDT)
    assert struct.unpack_from("<III", page, VALUES) == (0xABCD1008, magic, 0x200010)
