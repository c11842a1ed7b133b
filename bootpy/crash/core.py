"""The memory of a kernel that panicked, as an ELF core: /proc/vmcore, or a file copied from it.

Read by hand and not with pyelftools: the capture kernel has little memory, and needs of ELF two
tables of fixed layout. Sources: elf(5); Documentation/admin-guide/kdump/kdump.rst, fs/proc/vmcore.c
and crash_prepare_elf64_headers of kernel/kexec_file.c of Linux 6.1.
"""

import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

from bootpy.errors import BootError

_HEADER = 64  # bytes of an ELF64 header
_PROGRAM = 56  # bytes of an entry of the program header table
_CORE, _LOAD, _NOTE = 4, 1, 4  # ET_CORE, PT_LOAD, PT_NOTE
_MACHINES = {62: "x86_64", 183: "aarch64", 243: "riscv64", 21: "ppc64le", 22: "s390x"}

_MOST_NOTES = 64 << 20
"""Bytes of notes that are read: 4096 processors have 2 MB of them."""

_MOST_SEGMENTS = 1 << 16
"""Stretches of memory; firmware's map of it has some hundreds at most."""

_MOST_AT_ONCE = 64 << 20
"""Bytes that one read of a virtual address may ask for: lengths come out of the core itself."""


class Segment(NamedTuple):
    """A stretch of the crashed kernel's memory: its place in the file, its addresses, its size."""

    offset: int
    virtual: int
    physical: int
    size: int


class Note(NamedTuple):
    """An ELF note: whose it is ("CORE", "VMCOREINFO"), what (NT_PRSTATUS is 1), its content."""

    name: str
    kind: int
    content: bytes


class Core(NamedTuple):
    """An open core; `file` stays the caller's. `order` is struct's letter of its byte order.

    `segments` are in the file's order: the first one on x86_64 is the kernel's own text and data
    at the addresses that it was linked for; the others are all of memory.
    """

    file: int
    machine: str
    order: str
    notes: tuple[Note, ...]
    segments: tuple[Segment, ...]

    @property
    def size(self) -> int:
        """Bytes of a plain copy, to the end of the last segment."""
        return max((each.offset + each.size for each in self.segments), default=0)

    @property
    def processors(self) -> int:
        """How many processors left their registers (notes NT_PRSTATUS)."""
        return sum(note.name == "CORE" and note.kind == 1 for note in self.notes)

    def note(self, name: str) -> bytes:
        """Return the content of the note of that name; b"" where there is none."""
        return next((note.content for note in self.notes if note.name == name), b"")

    def at(self, address: int, size: int) -> bytes:
        """Read at a virtual address of the crashed kernel. BootError: it is not in the core."""
        for each in self.segments:
            if each.virtual <= address and address + size <= each.virtual + each.size:
                return self._read(each.offset + address - each.virtual, size, address)
        raise _not_there(address, size)

    def at_physical(self, address: int, size: int) -> bytes:
        """Read at a physical address, as `at` does."""
        for each in self.segments:
            if each.physical <= address and address + size <= each.physical + each.size:
                return self._read(each.offset + address - each.physical, size, address)
        raise _not_there(address, size)

    def _read(self, offset: int, size: int, address: int) -> bytes:
        if size > _MOST_AT_ONCE:
            raise BootError(
                f"the core asks for {size} bytes at {address:#x}, which no table of a kernel has",
                "it is damaged, or of a kernel that is laid out otherwise",
            )
        return read_whole(self.file, offset, size)


def read_core(file: int) -> Core:
    """Read headers and notes of the core open at `file`. BootError: what is wrong with it."""
    header = read_whole(file, 0, _HEADER)
    if header[:4] != b"\x7fELF":
        raise _damaged("it does not begin with ELF's mark")
    if header[4] != 2 or header[5] not in {1, 2}:
        raise _damaged("it is no 64-bit ELF file")
    order = "<" if header[5] == 1 else ">"
    kind, machine = struct.unpack_from(f"{order}HH", header, 16)
    table, sections = struct.unpack_from(f"{order}QQ", header, 32)
    entry_size, count, section_size = struct.unpack_from(f"{order}HHH", header, 54)
    if kind != _CORE:
        raise _damaged(f"its type is {kind}, where that of a core is {_CORE}")
    if entry_size != _PROGRAM:
        raise _damaged(f"its program headers have {entry_size} bytes, not {_PROGRAM}")
    if count == 0xFFFF and section_size == 64:  # PN_XNUM: elf(5)
        (count,) = struct.unpack_from(f"{order}I", read_whole(file, sections, 64), 44)
    if count > _MOST_SEGMENTS:
        raise _damaged(f"it is said to have {count} program headers")
    rows = _rows(read_whole(file, table, count * _PROGRAM), order)
    notes: list[Note] = []
    segments = []
    for row in rows:
        if row[0] == _NOTE:
            if row[5] > _MOST_NOTES:
                raise _damaged(f"its notes are said to have {row[5]} bytes")
            notes += _notes(read_whole(file, row[2], row[5]), order)
        elif row[0] == _LOAD:
            # What is in memory alone is not in the file.
            segments.append(Segment(row[2], row[3], row[4], row[5]))
    name = _MACHINES.get(machine, f"ELF machine {machine}")
    return Core(file, name, order, tuple(notes), tuple(segments))


def read_whole(file: int, offset: int, size: int) -> bytes:
    """Read exactly `size` bytes of a core at `offset`. BootError: it ends before, or fails."""
    parts = []
    while size:
        try:
            part = os.pread(file, size, offset)
        except (OSError, OverflowError) as error:
            raise _damaged(
                f"at byte {offset}: {getattr(error, 'strerror', None) or error}"
            ) from None
        if not part:
            raise _damaged(f"it ends at byte {offset}, where {size} more are to follow")
        parts.append(part)
        offset += len(part)
        size -= len(part)
    return b"".join(parts)


def _rows(table: bytes, order: str) -> Iterator[tuple[int, ...]]:
    """Give type, flags, offset, virtual and physical address, size, size in memory, alignment."""
    return struct.iter_unpack(f"{order}IIQQQQQQ", table)


def _notes(data: bytes, order: str) -> Iterator[Note]:
    """Take notes apart; what is cut off at the end is left out.

    Linux leaves gaps of zeros between the processors' where it merges them (fs/proc/vmcore.c).
    """
    at = 0
    while at + 12 <= len(data):
        name_size, size, kind = struct.unpack_from(f"{order}III", data, at)
        if not name_size:
            at += 4
            continue
        name = data[at + 12 : at + 12 + name_size]
        start = at + 12 + _four(name_size)
        at = start + _four(size)
        if start + size > len(data):
            return
        yield Note(
            name.split(b"\0")[0].decode("ascii", "replace"), kind, data[start : start + size]
        )


def _four(size: int) -> int:
    return size + -size % 4


def _not_there(address: int, size: int) -> BootError:
    return BootError(
        f"{size} bytes at {address:#x} of the crashed kernel are not in its core",
        "the core is damaged, or was filtered",
    )


def _damaged(why: str) -> BootError:
    return BootError(f"this is no core of a Linux kernel: {why}", "copy /proc/vmcore anew")
