"""System Use fields of ISO 9660 directory records: Rock Ridge's names, modes and links.

Sources: IEEE P1281 (SUSP 1.12) and P1282 (RRIP 1.12). What continues elsewhere (CE) is
followed within bounds.
"""

import stat
from collections.abc import Iterator

from bootpy.images.stretches import read_stretch

_MOST_AREAS = 8  # continuation areas of one record
_MOST_BYTES = 8 << 10  # in them; a link's target is at most 4 KiB long


class RockRidge:
    """What the fields of one record say; empty and zero where they say nothing.

    `skip` is the number of bytes before the fields of every other record (None where there
    is no SP field), `child` the block of a directory that was moved (0 for none), `moved`
    whether this is that directory where it was moved to, `packed` whether the content is
    compressed with zisofs.
    """

    __slots__ = ("child", "mode", "moved", "name", "packed", "skip", "target")

    def __init__(self) -> None:
        self.name = ""
        self.mode = 0
        self.target = ""
        self.child = 0
        self.moved = False
        self.packed = False
        self.skip: int | None = None

    @property
    def kind(self) -> str:
        """The kind of file by its mode: "file", "folder", "link", "other"; "" for unknown."""
        if not self.mode:
            return "link" if self.target else ""
        if stat.S_ISLNK(self.mode):
            return "link"
        if stat.S_ISDIR(self.mode):
            return "folder"
        return "file" if stat.S_ISREG(self.mode) else "other"


def read_fields(fd: int, area: bytes, block: int) -> RockRidge:
    """Read the fields in `area` and where they continue; `block` is the size of blocks.

    OSError: a continuation that lies outside of the image.
    """
    found = RockRidge()
    name: list[bytes] = []
    components: list[bytes] = []
    joins = False
    for sign, data in _fields(fd, area, block):
        match sign:
            case b"SP" if data[:2] == b"\xbe\xef" and len(data) >= 3:
                found.skip = data[2]
            case b"NM" if data and not data[0] & 0x06:  # "." and ".." have names of their own
                name.append(data[1:])
            case b"PX" if len(data) >= 4:
                found.mode = int.from_bytes(data[:4], "little")
            case b"SL" if data:
                joins = _components(data[1:], components, joins)
            case b"CL" if len(data) >= 4:
                found.child = int.from_bytes(data[:4], "little")
            case b"RE":
                found.moved = True
            case b"ZF":
                found.packed = True
    found.name = b"".join(name).decode("utf-8", "surrogateescape")
    target = b"/".join(components) if components != [b""] else b"/"
    found.target = target.decode("utf-8", "surrogateescape")
    return found


def _fields(fd: int, area: bytes, block: int) -> Iterator[tuple[bytes, bytes]]:
    areas, read = 0, 0
    while area:
        place, following = 0, b""
        while place + 4 <= len(area):
            size = area[place + 2]
            sign = area[place : place + 2]
            if size < 4 or sign == b"ST":
                break
            data = area[place + 4 : place + size]
            place += size
            if sign == b"CE" and len(data) >= 24 and areas < _MOST_AREAS:
                start, offset, count = (
                    int.from_bytes(data[at : at + 4], "little") for at in (0, 8, 16)
                )
                areas += 1
                read += count
                if read <= _MOST_BYTES:
                    following = read_stretch(fd, start * block + offset, count)
            else:
                yield sign, data
        area = following


def _components(data: bytes, components: list[bytes], joins: bool) -> bool:
    """Add the parts of a link's target; True where the last one goes on in the next field."""
    place = 0
    while place + 2 <= len(data):
        flags, size = data[place], data[place + 1]
        text = data[place + 2 : place + 2 + size]
        place += 2 + size
        if flags & 0x08:
            components[:] = [b""]  # the root: what comes after is an absolute path
            continue
        if flags & 0x06:
            text = b"." if flags & 0x02 else b".."
        if joins and components:
            components[-1] += text
        else:
            components.append(text)
        joins = bool(flags & 0x01)
    return joins
