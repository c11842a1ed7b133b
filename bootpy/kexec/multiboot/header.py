"""The header by which a kernel says that it is a Multiboot kernel, and what it wants.

Sources: Multiboot Specification 0.6.96, section 3.1; Multiboot2 Specification 2.0, section 3.1.
"""

import struct
from typing import Literal, NamedTuple

from bootpy.entry import Kind
from bootpy.errors import BootError

Version = Literal[1, 2]

KINDS: dict[Version, Kind] = {1: "multiboot", 2: "multiboot2"}
"""The kinds of entries by version of the specification."""

VERSIONS: dict[str, Version] = {kind: version for version, kind in KINDS.items()}

SEARCHED = 32768
"""Bytes at the start of the file within which either version's header lies."""

_SEARCHED = {1: 8192, 2: SEARCHED}
_STEP = {1: 4, 2: 8}
_MAGIC = {1: b"\x02\xb0\xad\x1b", 2: b"\xd6\x50\x52\xe8"}

# Version 1's flags. Bits 0 to 15 are demands: a loader that does not know one has to refuse.
_KNOWN = 0x7
_VIDEO = 0x4
_ADDRESSES = 0x10000

_I386 = 0  # version 2's architecture: 32-bit protected mode
_OPTIONAL = 0x1  # in a tag's flags

# Tags of version 2. Not acted upon are how modules are to be aligned (they always are), and what
# concerns EFI with its boot services, which are gone since this kernel started.
_END, _REQUEST, _PLACES, _ENTRY, _CONSOLE, _SCREEN = range(6)
_MODULES_ALIGNED, _SERVICES, _ENTRY_EFI32, _ENTRY_EFI64, _RELOCATABLE = range(6, 11)
_PASSED_OVER = {_CONSOLE, _MODULES_ALIGNED, _SERVICES, _ENTRY_EFI32, _ENTRY_EFI64}
_LENGTHS = {_PLACES: 24, _ENTRY: 12, _RELOCATABLE: 24}

KNOWN_TO_INFO = frozenset(range(22)) - {7, 10, 13, 16}
"""Types of information that may be asked for; not VBE, APM, SMBIOS and DHCP's answer.

What a machine does not have (EFI, ACPI) is left out, as other loaders do.
"""


class Addresses(NamedTuple):
    """Where a kernel's bytes go that need not be ELF: physical addresses.

    `header` is the header's own, which tells where in the file `load` is; `load_end` is 0 for the
    end of the file, `bss_end` 0 for nothing behind that.
    """

    header: int
    load: int
    load_end: int
    bss_end: int


class Relocation(NamedTuple):
    """Where else a kernel may be put: lowest and highest address, alignment, 2 for high."""

    lowest: int
    highest: int
    alignment: int
    preference: int


class Header(NamedTuple):
    """A header found at `offset` of the file.

    `entry` is the physical address of the first instruction, None where only ELF's header says
    it. `screen` is whether it asks about the screen, `requests` what else it asks for by version
    2's numbers.
    """

    version: Version
    offset: int
    addresses: Addresses | None = None
    entry: int | None = None
    relocation: Relocation | None = None
    screen: bool = False
    requests: frozenset[int] = frozenset()


def find(head: bytes, version: Version, name: str) -> Header | None:
    """Find the header of `version` in the file's first bytes (`SEARCHED` of them), or None.

    BootError where it is damaged, or demands what is not known here.
    """
    for offset in _places(head, version):
        if version == 1:
            magic, flags, checksum = struct.unpack_from("<3I", head, offset)
            if not (magic + flags + checksum) & 0xFFFFFFFF:
                return _read_1(head, offset, flags, name)
        else:
            fields = struct.unpack_from("<4I", head, offset)
            if not sum(fields) & 0xFFFFFFFF:
                return _read_2(head, offset, fields[1], fields[2], name)
    return None


def _places(head: bytes, version: Version) -> list[int]:
    """Return the offsets at which the magic number stands, and the rest of a header can."""
    magic, length = _MAGIC[version], 12 if version == 1 else 16
    end = min(len(head), _SEARCHED[version]) - length
    return [at for at in range(0, end + 1, _STEP[version]) if head[at : at + 4] == magic]


def _read_1(head: bytes, offset: int, flags: int, name: str) -> Header:
    if unknown := flags & 0xFFFF & ~_KNOWN:
        raise _demands(name, f"flags {unknown:#x} in its Multiboot header")
    found = Header(1, offset, screen=bool(flags & _VIDEO))
    if flags & _ADDRESSES:
        if offset + 32 > len(head):
            raise damaged(name, "its Multiboot header is cut off")
        *places, entry = struct.unpack_from("<5I", head, offset + 12)
        found = found._replace(addresses=_addresses(places, name), entry=entry)
    return found


def _read_2(head: bytes, offset: int, architecture: int, length: int, name: str) -> Header:
    if architecture != _I386:
        raise _demands(name, f"architecture {architecture} in its Multiboot2 header")
    end = offset + length
    if end > min(len(head), SEARCHED):
        raise damaged(name, "its Multiboot2 header is cut off")
    found = Header(2, offset)
    at = offset + 16
    while at + 8 <= end:
        kind, flags, size = struct.unpack_from("<HHI", head, at)
        if kind == _END:
            return found
        if size < _LENGTHS.get(kind, 8) or at + size > end:
            raise damaged(name, f"the tag {kind} in its Multiboot2 header has {size} bytes")
        found = _with_tag(found, kind, head[at + 8 : at + size], bool(flags & _OPTIONAL), name)
        at += -(-size // 8) * 8
    raise damaged(name, "its Multiboot2 header does not end")


def _with_tag(found: Header, kind: int, content: bytes, optional: bool, name: str) -> Header:
    """Return the header with what one more tag says."""
    match kind:
        case 1:
            asked = set(struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4]))
            if not optional and (unknown := sorted(asked - KNOWN_TO_INFO)):
                raise _demands(name, f"information {', '.join(map(str, unknown))}")
            return found._replace(requests=found.requests | asked)
        case 2:
            return found._replace(addresses=_addresses(struct.unpack("<4I", content[:16]), name))
        case 3:
            return found._replace(entry=int.from_bytes(content[:4], "little"))
        case 4 | 5:
            return found._replace(screen=True)
        case 10:
            return found._replace(relocation=Relocation(*struct.unpack("<4I", content[:16])))
    if kind not in _PASSED_OVER and not optional:
        raise _demands(name, f"the tag {kind} in its Multiboot2 header")
    return found


def _addresses(places: "list[int] | tuple[int, ...]", name: str) -> Addresses:
    found = Addresses(*places)
    ends = [end for end in (found.load_end, found.bss_end) if end]
    if found.load > found.header or [found.load, *ends] != sorted([found.load, *ends]):
        raise damaged(name, "the addresses in its Multiboot header are in no order")
    return found


def _demands(name: str, what: str) -> BootError:
    return BootError(
        f"{name} demands what bootpy does not hand over: {what}",
        "start it with the boot loader that it was made for",
    )


def damaged(name: str, why: str) -> BootError:
    """Make the error for a kernel whose header, or ELF file, contradicts itself."""
    return BootError(
        f"{name} is damaged: {why}", "install that kernel again, or choose another entry"
    )
