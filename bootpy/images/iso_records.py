"""Directory records of ISO 9660: one folder's bytes in, its names and what they stand for out.

Source: ECMA-119 9.1; Joliet Specification 1.0; Linux's fs/isofs for what is hidden.
"""

import errno
from typing import NamedTuple

from bootpy.images.iso_descriptors import SECTOR
from bootpy.images.stretches import Stretch, read_stretch
from bootpy.images.susp import RockRidge, read_fields

_MOST_FOLDER = 4 << 20
_MOST_NAMES = 1 << 16
_FOLDER, _ASSOCIATED, _MORE = 0x02, 0x04, 0x80


class Node(NamedTuple):
    """A file, folder, link or something else ("other") in the image.

    `stretches` hold its content; `target` is where a link leads. `trouble` says why the
    content cannot be read, "" where it can.
    """

    kind: str
    stretches: tuple[Stretch, ...]
    modified: float = 0.0
    target: str = ""
    trouble: str = ""

    @property
    def size(self) -> int:
        """Bytes of content."""
        return sum(one.size for one in self.stretches)


class Names(NamedTuple):
    """How the names of a tree are written: "rock ridge", "joliet" or "plain".

    `skip` is what stands before the System Use fields of each record.
    """

    style: str
    block: int
    skip: int = 0


def root_node(root: bytes, block: int) -> Node:
    """Make the node of the root folder from its record."""
    return _node(root, block, RockRidge())


def read_folder(fd: int, folder: Node, names: Names) -> dict[str, Node]:
    """Read the folder's records: nodes by name, in the order in which they stand.

    OSError: EIO where the image ends before, EFBIG for a folder of an absurd size.
    """
    if folder.size > _MOST_FOLDER:
        raise OSError(errno.EFBIG, f"a folder of {folder.size} bytes: the image is damaged")
    found: dict[str, Node] = {}
    continued: Node | None = None
    for stretch in folder.stretches:
        content = read_stretch(fd, stretch.offset, stretch.size)
        for record in _records(content):
            if len(found) > _MOST_NAMES:
                raise OSError(errno.EFBIG, f"more than {_MOST_NAMES} names in one folder")
            flags, raw = record[25], record[33 : 33 + record[32]]
            if raw in {b"\0", b"\1"} or flags & _ASSOCIATED:
                continue
            more = RockRidge()
            if names.style == "rock ridge":
                more = read_fields(fd, fields_of(record)[names.skip :], names.block)
            node = _node(record, names.block, more)
            if more.child:
                node = _moved(fd, more.child * names.block, names.block)
            if continued is not None:
                node = node._replace(stretches=continued.stretches + node.stretches)
            continued = node if flags & _MORE else None
            if continued is None and not more.moved:
                found.setdefault(more.name or _name(raw, names.style), node)
    return found


def _records(content: bytes) -> list[bytes]:
    """Cut a folder into its records, none of which goes on beyond the end of a sector."""
    records = []
    for sector in range(0, len(content), SECTOR):
        start, end = sector, min(sector + SECTOR, len(content))
        while start + 34 <= end and content[start] >= 34:
            record = content[start : start + content[start]]
            if len(record) < content[start] or 33 + record[32] > len(record):
                raise OSError(errno.EIO, "the image is damaged: a folder's record is cut short")
            records.append(record)
            start += len(record)
    return records


def first_record(fd: int, folder: Node) -> bytes:
    """Read the record that a folder has of itself, with which it starts."""
    start = folder.stretches[0].offset if folder.stretches else 0
    head = read_stretch(fd, start, 34)
    return read_stretch(fd, start, max(head[0], 34))


def fields_of(record: bytes) -> bytes:
    """Return the System Use area of a record: it starts at an even place after the name."""
    return record[(34 + record[32]) & ~1 :]


def _node(record: bytes, block: int, more: RockRidge) -> Node:
    extent, attributes = int.from_bytes(record[2:6], "little"), record[1]
    size = int.from_bytes(record[10:14], "little")
    stretches = (Stretch((extent + attributes) * block, size),) if size else ()
    kind = more.kind or ("folder" if record[25] & _FOLDER else "file")
    if kind == "folder" and not record[25] & _FOLDER and not more.child:
        kind = "file"
    trouble = ""
    if more.packed:
        trouble = "its content is compressed inside the image (zisofs)"
    elif record[26] or record[27]:
        trouble = "its content is interleaved with another file's"
    return Node(kind, stretches, _time(record[18:25]), more.target, trouble)


def _moved(fd: int, place: int, block: int) -> Node:
    """Find a directory that was moved to where the tree is less deep, by its own record."""
    return _node(read_stretch(fd, place, 34), block, RockRidge())


def _time(field: bytes) -> float:
    from datetime import UTC, datetime

    year, *rest, zone = field
    try:
        when = datetime(1900 + year, *rest, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]
    except ValueError:
        return 0.0
    return when - 900 * (zone - 256 if zone > 127 else zone)  # in quarters of an hour


def _name(raw: bytes, style: str) -> str:
    """Write a name as Linux does: no version, no dot at the end; small letters where plain."""
    if style == "joliet":
        return _without_version(raw.decode("utf-16-be", "replace"))
    return _without_version(raw.decode("ascii", "replace")).rstrip(".").lower()


def _without_version(name: str) -> str:
    stem, mark, version = name.rpartition(";")
    return stem if mark and version.isdigit() else name
