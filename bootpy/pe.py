"""The headers of a PE file: its machine and sections.

A unified kernel image is a PE file with one section per part; a kernel with an EFI stub is
one too. Source: Microsoft's PE/COFF specification; the UAPI specification of UKIs.
"""

import struct
from typing import NamedTuple

MACHINES = {
    0x014C: "i686",
    0x8664: "x86_64",
    0x01C2: "armv7l",
    0x01C4: "armv7l",
    0xAA64: "aarch64",
    0x5064: "riscv64",
    0x6264: "loongarch64",
}

_COFF = struct.Struct("<4sHHIIIHH")  # signature, machine, sections, ..., optional header's size
_SECTION = struct.Struct("<8sIIIIIIHHI")
_PE32 = 0x10B
_PE32_PLUS = 0x20B
_CERTIFICATES = 4  # index of the certificate table among the data directories


class Section(NamedTuple):
    """A section: name, offset in the file and bytes of content, padding left out.

    `stored` is what the section takes up in the file with its padding.
    """

    name: str
    offset: int
    size: int
    stored: int


class Headers(NamedTuple):
    """What the headers say.

    `machine` as `uname -m` names it ("" where unknown); `unsigned` are the (offset, size)
    of the fields that signing changes: the checksum and the certificate table's entry;
    `certificates` is the (offset, size) of that table in the file, (0, 0) where unsigned.
    """

    machine: str
    sections: tuple[Section, ...]
    unsigned: tuple[tuple[int, int], ...]
    certificates: tuple[int, int]

    @property
    def end(self) -> int:
        """Bytes that the file must have to hold every section."""
        return max((s.offset + s.stored for s in self.sections), default=0)


def read(head: bytes) -> Headers | None:
    """Read the headers out of a file's first bytes; None where it is no PE file."""
    try:
        return _read(head)
    except struct.error:
        return None


def _read(head: bytes) -> Headers | None:
    if head[:2] != b"MZ":
        return None
    (start,) = struct.unpack_from("<I", head, 0x3C)
    signature, machine, count, _, _, _, optional_size, _ = _COFF.unpack_from(head, start)
    if signature != b"PE\0\0":
        return None
    optional = start + _COFF.size
    unsigned = []
    certificates = (0, 0)
    if optional_size:
        (magic,) = struct.unpack_from("<H", head, optional)
        directories = optional + {_PE32: 96, _PE32_PLUS: 112}.get(magic, optional_size)
        unsigned.append((optional + 64, 4))
        if directories + 8 * (_CERTIFICATES + 1) <= optional + optional_size:
            entry = directories + 8 * _CERTIFICATES
            unsigned.append((entry, 8))
            certificates = struct.unpack_from("<II", head, entry)
    sections = []
    for index in range(count):
        fields = _SECTION.unpack_from(head, optional + optional_size + index * _SECTION.size)
        name, virtual, _, stored, offset = fields[:5]
        size = min(virtual, stored) if virtual else stored
        sections.append(
            Section(name.rstrip(b"\0").decode("ascii", "replace"), offset, size, stored)
        )
    return Headers(MACHINES.get(machine, ""), tuple(sections), tuple(unsigned), certificates)
