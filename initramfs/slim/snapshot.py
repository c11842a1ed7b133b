"""Keeps a started interpreter in its program: all memory after the imports, as its data.

The program runs once (init.c), writes its memory, and that takes the place of the data in its
file. At each start the kernel maps what was kept; neither is Python initialised nor any of the
modules imported.
"""

import struct
from pathlib import Path

from elftools.elf.elffile import ELFFile

from bootpy.errors import BootError
from initramfs.programs import Program
from initramfs.sysroot import Sysroot

_ADDRESSES = struct.Struct("<QQ")
# Offsets in an ELF header and in a program header, of 64 bits (elf(5)).
_SECTION_HEADERS = 40  # e_shoff
_SECTION_COUNTS = 60  # e_shnum, e_shstrndx
_FILE_SIZE = 32  # p_filesz


def keep(program: Path, sysroot: Sysroot, early: Path) -> None:
    """Run `program` with the sysroot's libraries until all of `early` is imported; keep its memory.

    `early` is a file of freezing.py. BootError: the program fails, with what it said.
    """
    memory = program.with_name(f"{program.name}.memory")
    done = Program(sysroot, program).run("--keep", str(memory), str(early))
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-12:]
        raise BootError(
            "\n".join(["The slim userland's interpreter cannot be kept:", *said]),
            "Its modules are those of initramfs/boot-imports.txt.",
        )
    content = memory.read_bytes()
    start, end = _ADDRESSES.unpack_from(content)
    if end - start != len(content) - _ADDRESSES.size:
        raise BootError(f"{memory.name} is cut off", "Is the disk full that images are built on?")
    program.write_bytes(with_memory(program, start, content[_ADDRESSES.size :]))


def with_memory(program: Path, start: int, memory: bytes) -> bytes:
    """Return an ELF file's bytes with `memory` as what is loaded from address `start` on.

    `start` lies in its last segment, whose own data goes on to the file's end. Names of sections,
    which nothing reads that runs a program, are left out.
    """
    with program.open("rb") as file:
        elf = ELFFile(file)
        if elf.elfclass != 64 or not elf.little_endian:
            raise BootError(f"{program.name} is no ELF file of 64 bits, little-endian")
        table, size = elf["e_phoff"], elf["e_phentsize"]
        segments = list(elf.iter_segments())
        number, segment = next(
            (number, each)
            for number, each in enumerate(segments)
            if each["p_type"] == "PT_LOAD"
            and each["p_vaddr"] <= start < each["p_vaddr"] + each["p_memsz"]
        )
        offset = segment["p_offset"] + start - segment["p_vaddr"]
        file.seek(0)
        head = bytearray(file.read(offset))
    struct.pack_into("<Q", head, _SECTION_HEADERS, 0)
    struct.pack_into("<HH", head, _SECTION_COUNTS, 0, 0)
    struct.pack_into(
        "<Q", head, table + number * size + _FILE_SIZE, start - segment["p_vaddr"] + len(memory)
    )
    return bytes(head) + memory
