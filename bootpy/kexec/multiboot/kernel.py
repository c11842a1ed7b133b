"""What of a Multiboot kernel's file goes where in memory: ELF of 32 or 64 bits, or plain bytes.

Sources: elf(5); Multiboot Specification 0.6.96, section 3.1.3; Multiboot2 Specification 2.0,
section 3.1.5.
"""

import struct
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.kexec.image import read_at, refuse_truncated
from bootpy.kexec.memory_map import PAGE
from bootpy.kexec.multiboot.header import Addresses, Header, damaged

_HEAD = 64
_PT_LOAD = 1
_MOST_PARTS = 64
_ALLOCATED = 0x2  # SHF_ALLOC
_NO_BITS = 8  # SHT_NOBITS
_MOST_SECTIONS = 1024
_MACHINES = {3, 62}  # EM_386, EM_X86_64


class Part(NamedTuple):
    """Bytes of the file and the physical address they go to; `memory` bytes are taken there."""

    offset: int
    size: int
    place: int
    memory: int


class Sections(NamedTuple):
    """ELF's section headers: the table as it is in the file, its entries' size, the names' index.

    `wide` is whether it is ELF of 64 bits.
    """

    table: bytes
    entry_size: int
    names: int
    wide: bool


class Kernel(NamedTuple):
    """A kernel to be placed: its parts by rising address, and where it is entered.

    `entry` is a physical address. `sections` is None where there are none, or it is not ELF.
    """

    parts: tuple[Part, ...]
    entry: int
    sections: Sections | None = None

    @property
    def start(self) -> int:
        """The lowest address, rounded down to a page."""
        return self.parts[0].place // PAGE * PAGE

    @property
    def end(self) -> int:
        """The first address behind all parts, rounded up to a page."""
        return -(-max(one.place + one.memory for one in self.parts) // PAGE) * PAGE


def read(fd: int, size: int, header: Header, name: str) -> Kernel:
    """Read the kernel of `size` bytes open at `fd`, whose header was found.

    BootError where it contradicts itself, or is neither ELF nor says where it goes.
    """
    if header.addresses is not None:
        if header.entry is None:
            raise damaged(name, "its header says where it goes, and not where it is entered")
        found = Kernel((_plain(header.addresses, header.offset, size, name),), header.entry)
    else:
        found = _elf(fd, size, name)
        if header.entry is not None:
            found = found._replace(entry=header.entry)
    last = found.start
    for part in found.parts:
        if part.place < last:
            raise damaged(name, f"two of its segments are to be at {part.place:#x}")
        last = part.place + part.memory
    if last > 1 << 32:
        raise BootError(
            f"{name} is to be placed at {last:#x}, above the 4 GiB that Multiboot knows",
            "start it with the boot loader that it was made for",
        )
    if not any(one.place <= found.entry < one.place + one.memory for one in found.parts):
        raise damaged(name, f"its entry {found.entry:#x} is in none of its segments")
    return found


def _plain(places: Addresses, offset: int, size: int, name: str) -> Part:
    start = offset - (places.header - places.load)
    if start < 0:
        raise damaged(name, "its Multiboot header says that it begins before its file")
    stored = places.load_end - places.load if places.load_end else size - start
    refuse_truncated(name, size, start + stored)
    behind = places.bss_end - places.load if places.bss_end else 0
    return Part(start, stored, places.load, max(stored, behind))


def _elf(fd: int, size: int, name: str) -> Kernel:
    head = read_at(fd, 0, _HEAD, name)
    wide = head[4:5] == b"\2"
    if len(head) < 52 or head[:4] != b"\x7fELF" or head[5] != 1 or (wide and len(head) < 64):
        raise BootError(
            f"{name} has a Multiboot header, and is neither an ELF file nor says where it goes",
            "install that kernel again, or choose another entry",
        )
    if (machine := struct.unpack_from("<H", head, 18)[0]) not in _MACHINES:
        raise BootError(
            f"{name} is for another machine than a PC (ELF machine {machine})",
            "choose an entry for this machine",
        )
    entry, table, sections = struct.unpack_from("<QQQ" if wide else "<III", head, 24)
    step, count, section_size, section_count, names = struct.unpack_from(
        "<5H", head, 54 if wide else 42
    )
    least, form = (56, "<IIQQQQQ") if wide else (32, "<IIIIIII")
    if step < least or count > _MOST_PARTS:
        raise damaged(name, "its program headers are not where they should be")
    refuse_truncated(name, size, table + step * count)
    rows = read_at(fd, table, step * count, name)
    parts = []
    entered = None
    for number in range(count):
        fields = struct.unpack_from(form, rows, number * step)
        # The flags are the second field of 64 bits, and the last of 32.
        if wide:
            kind, _, offset, virtual, physical, stored, memory = fields
        else:
            kind, offset, virtual, physical, stored, memory, _ = fields
        if kind != _PT_LOAD or not memory:
            continue
        if stored > memory:
            raise damaged(name, "a segment has more bytes in its file than in memory")
        refuse_truncated(name, size, offset + stored)
        parts.append(Part(offset, stored, physical, memory))
        if virtual <= entry < virtual + memory:
            entered = entry - virtual + physical
    if not parts:
        raise damaged(name, "it has nothing to load")
    found = Kernel(tuple(sorted(parts, key=lambda one: one.place)), entered or entry)
    length = section_size * section_count
    whole = section_size >= (64 if wide else 40) and sections + length <= size
    if 0 < section_count <= _MOST_SECTIONS and whole:
        rows = read_at(fd, sections, length, name)
        return found._replace(sections=Sections(rows, section_size, names, wide))
    return found


def content(fd: int, part: Part, name: str) -> bytes:
    """Read what the file holds of a part; BootError where it has become shorter."""
    found = bytearray()
    while len(found) < part.size:
        piece = read_at(fd, part.offset + len(found), part.size - len(found), name)
        if not piece:
            raise damaged(name, f"it ended {part.size - len(found)} bytes early")
        found += piece
    return bytes(found)


def told_sections(
    file: tuple[int, int, str], sections: Sections, at: int, moved: int
) -> tuple[bytes, bytes]:
    """Return the tag's content about ELF's sections, and what it refers to beside the kernel.

    `file` is the kernel's: a descriptor, how many bytes it has, what messages call it.
    Sections that no segment brings into memory (symbols, names) go to `at`, one behind the other;
    the others are `moved` bytes from where the kernel was linked for. BootError: they are more
    than the file.
    """
    fd, size, name = file
    table, step = bytearray(sections.table), sections.entry_size
    word = "<Q" if sections.wide else "<I"
    places = (8, 16, 24, 32) if sections.wide else (8, 12, 16, 20)
    content = bytearray()
    taken = 0
    for start in range(0, len(table), step):
        (kind,) = struct.unpack_from("<I", table, start + 4)
        flags, place, offset, length = (
            struct.unpack_from(word, table, start + field)[0] for field in places
        )
        if flags & _ALLOCATED:
            struct.pack_into(word, table, start + places[1], place + moved)
        elif kind and kind != _NO_BITS and length and offset + length <= size:
            taken += length
            if taken > size:
                raise damaged(name, "its sections overlap")
            content += bytes(-len(content) % 16)
            struct.pack_into(word, table, start + places[1], at + len(content))
            content += read_at(fd, offset, length, name)
    described = struct.pack("<III", len(table) // step, step, sections.names)
    return described + table, bytes(content)
