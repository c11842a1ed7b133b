"""What a Multiboot kernel is handed: one structure in version 1, tags in version 2.

Sources: Multiboot Specification 0.6.96, section 3.3; Multiboot2 Specification 2.0, section 3.6.
"""

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bootpy.kexec.memory_map import RAM, RESERVED, Region
from bootpy.kexec.multiboot.header import Version
from bootpy.kexec.screen_info import Screen

MAGIC: dict[Version, int] = {1: 0x2BADB002, 2: 0x36D76289}
"""What a kernel of each version finds in EAX; EBX has the address of the information."""

_MIB = 1 << 20
_NAMED = {RAM, 3, 4, 5}  # memory's types that Multiboot has as e820 has them

# Which of version 1's fields are valid.
_MEMORY, _CMDLINE, _MODULES, _MAP, _LOADER, _SCREEN = 0x1, 0x4, 0x8, 0x40, 0x200, 0x1000
_FIXED = 116


class Module(NamedTuple):
    """A module in memory: physical addresses (`end` not in it), and its argument string."""

    start: int
    end: int
    cmdline: bytes


class Told(NamedTuple):
    """All that a kernel is told, version apart.

    `loader` is the boot loader's name; `rsdp` is ACPI's root pointer as it lies in memory (b""
    for none); `base` is where a kernel that can be moved was put, None for others; `system_table`
    is EFI's, 0 for none. `sections` makes, for the address at which it is put, the tag's content
    about ELF's sections, and what it refers to behind it.
    """

    cmdline: bytes
    loader: bytes
    regions: Sequence[Region]
    modules: Sequence[Module] = ()
    screen: Screen | None = None
    rsdp: bytes = b""
    base: int | None = None
    system_table: int = 0
    sections: Callable[[int], tuple[bytes, bytes]] | None = None


def build(version: Version, told: Told, at: int) -> bytes:
    """Return the information to be put at physical address `at`, a multiple of 8.

    How much is returned does not depend on addresses.
    """
    return _build_1(told, at) if version == 1 else _build_2(told, at)


def memory_sizes(regions: Sequence[Region]) -> tuple[int, int]:
    """Return KiB of memory from 0 on, and from 1 MiB on, up to the first hole."""
    lower = next((one.end for one in regions if one.type == RAM and not one.start), 0)
    upper = next(
        (one.end for one in regions if one.type == RAM and one.start <= _MIB < one.end), _MIB
    )
    return min(lower >> 10, 640), min(upper - _MIB >> 10, 0xFFFFFFFF)


def _build_1(told: Told, at: int) -> bytes:
    modules, rows = len(told.modules), len(told.regions)
    mods_at = at + _FIXED + 4
    map_at = mods_at + 16 * modules
    texts = bytearray()

    def text(content: bytes) -> int:
        start = map_at + 24 * rows + len(texts)
        texts.extend(content + b"\0")
        return start

    page = bytearray(_FIXED + 4)
    flags = _MEMORY | _CMDLINE | _MAP | _LOADER | (_MODULES if modules else 0)
    struct.pack_into("<4x3I", page, 0, *memory_sizes(told.regions), 0)
    struct.pack_into("<3I", page, 16, text(told.cmdline), modules, mods_at if modules else 0)
    struct.pack_into("<2I", page, 44, 24 * rows, map_at)
    struct.pack_into("<I", page, 64, text(told.loader))
    if told.screen:
        flags |= _SCREEN
        fields = told.screen.packed() + told.screen.colours
        page[88 : 88 + len(fields)] = fields
    struct.pack_into("<I", page, 0, flags)
    for start, end, cmdline in told.modules:
        page += struct.pack("<4I", start, end, text(cmdline), 0)
    for one in told.regions:
        page += struct.pack("<IQQI", 20, one.start, one.end - one.start, _type(one))
    return bytes(page + texts)


def _build_2(told: Told, at: int) -> bytes:
    lower, upper = memory_sizes(told.regions)
    memory = b"".join(
        struct.pack("<QQII", one.start, one.end - one.start, _type(one), 0) for one in told.regions
    )
    tags = [
        (1, told.cmdline + b"\0"),
        (2, told.loader + b"\0"),
        *(
            (3, struct.pack("<II", start, end) + cmdline + b"\0")
            for start, end, cmdline in told.modules
        ),
        (4, struct.pack("<II", lower, upper)),
        (6, struct.pack("<II", 24, 0) + memory),
    ]
    if told.screen:
        tags.append((8, told.screen.packed() + b"\0\0" + told.screen.colours))
    if told.system_table:
        tags.append((12, struct.pack("<Q", told.system_table)))
    if told.rsdp:
        # Of ACPI 1.0 it has 20 bytes; later ones say themselves how many.
        tags.append((14, told.rsdp) if told.rsdp[15] < 2 else (15, told.rsdp))
    if told.base is not None:
        tags.append((21, struct.pack("<I", told.base)))
    parts = b"".join(map(_tag, tags))
    if not told.sections:
        return _ended(parts)
    length = len(_ended(parts + _tag((9, told.sections(0)[0]))))
    described, content = told.sections(at + length)
    return _ended(parts + _tag((9, described))) + content


def _tag(one: tuple[int, bytes]) -> bytes:
    kind, content = one
    return struct.pack("<II", kind, 8 + len(content)) + content + bytes(-len(content) % 8)


def _ended(tags: bytes) -> bytes:
    return struct.pack("<II", 16 + len(tags), 0) + tags + struct.pack("<II", 0, 8)


def _type(one: Region) -> int:
    return one.type if one.type in _NAMED else RESERVED
