"""Multiboot kernels for the tests, built field by field after the two specifications."""

import struct
from collections.abc import Sequence

MAGIC_1, MAGIC_2 = 0x1BADB002, 0xE85250D6
LINKED = 0x100000


def header_1(flags: int = 0, fields: Sequence[int] = (), *, checksum: int | None = None) -> bytes:
    """Build a header of version 1; `fields` are what follows the checksum."""
    if checksum is None:
        checksum = -(MAGIC_1 + flags) & 0xFFFFFFFF
    return struct.pack(f"<{3 + len(fields)}I", MAGIC_1, flags, checksum, *fields)


def tag(kind: int, *fields: int, optional: bool = False, size: int | None = None) -> bytes:
    """Build a tag of a header of version 2; all its fields have 32 bits."""
    content = struct.pack(f"<{len(fields)}I", *fields)
    length = 8 + len(content) if size is None else size
    return struct.pack("<HHI", kind, optional, length) + content + bytes(-len(content) % 8)


END = tag(0)


def header_2(*tags: bytes, architecture: int = 0, length: int | None = None) -> bytes:
    """Build a header of version 2 around tags, the end's put behind them."""
    content = b"".join((*tags, END))
    length = 16 + len(content) if length is None else length
    checksum = -(MAGIC_2 + architecture + length) & 0xFFFFFFFF
    return struct.pack("<4I", MAGIC_2, architecture, length, checksum) + content


def elf(
    header: bytes,
    parts: Sequence[tuple[int, int, int, int, int]] = ((0x1000, LINKED, LINKED, 0x800, 0x3000),),
    *,
    entry: int = LINKED + 0x10,
    wide: bool = False,
    machine: int | None = None,
    sections: Sequence[Sequence[int]] = (),
) -> bytes:
    """Build an ELF kernel; `parts` are offset, virtual, physical, bytes in the file, in memory.

    The header of Multiboot stands at 0x400. `sections` are section headers, field by field.
    """
    machine = (62 if wide else 3) if machine is None else machine
    image = bytearray(0x3000)
    image[:7] = b"\x7fELF" + bytes((2 if wide else 1, 1, 1))
    form, step, rows, section_step = ("Q", 56, 64, 64) if wide else ("I", 32, 52, 40)
    struct.pack_into("<HHI", image, 16, 2, machine, 1)
    struct.pack_into(f"<3{form}", image, 24, entry, rows, 0x2000 if sections else 0)
    counts = (rows, step, len(parts), section_step, len(sections), 1 if sections else 0)
    struct.pack_into("<6H", image, 52 if wide else 40, *counts)
    for number, (offset, virtual, physical, stored, memory) in enumerate(parts):
        row = (
            struct.pack("<II6Q", 1, 7, offset, virtual, physical, stored, memory, 0)
            if wide
            else struct.pack("<8I", 1, offset, virtual, physical, stored, memory, 7, 0)
        )
        image[rows + number * step : rows + (number + 1) * step] = row
    for number, fields in enumerate(sections):
        row = struct.pack("<II4QIIQQ" if wide else "<10I", *fields)
        at = 0x2000 + number * section_step
        image[at : at + section_step] = row
    image[0x400 : 0x400 + len(header)] = header
    image[0x1000:0x1800] = bytes(range(256)) * 8
    return bytes(image)
