"""Flattened device trees, read in place: nodes, and properties whose content stays in the file.

Source: Devicetree Specification 0.4, chapter 5. A FIT image is such a tree with whole kernels
in it, so no property is read before it is asked for.
"""

import errno
import struct
from typing import NamedTuple

from bootpy.images.stretches import Stretch, length, read_stretch

MAGIC = b"\xd0\x0d\xfe\xed"
_HEADER = struct.Struct(">10I")
_BEGIN, _END, _PROPERTY, _NOTHING, _LAST = 1, 2, 3, 4, 9
_OLDEST, _COMPATIBLE = 16, 17

_MOST_NODES = 10_000
_MOST_PROPERTIES = 100_000
_DEEPEST = 32
_LONGEST_NAME = 1024
_LONGEST_STRINGS = 1 << 20
_LONGEST_TEXT = 64 << 10
_WINDOW = 64 << 10


class Node:
    """A node: its properties' content as stretches of the file, and the nodes in it, by name."""

    __slots__ = ("children", "fd", "properties")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.properties: dict[str, Stretch] = {}
        self.children: dict[str, Node] = {}

    def content(self, name: str) -> bytes:
        """Read a property, b"" where there is none. OSError: over 64 KiB, or unreadable."""
        found = self.properties.get(name)
        if found is None:
            return b""
        if found.size > _LONGEST_TEXT:
            raise OSError(errno.EFBIG, f"the property {name} has {found.size} bytes")
        return read_stretch(self.fd, found.offset, found.size)

    def texts(self, name: str) -> list[str]:
        """Read a property as a list of texts, each of which ends in a NUL."""
        content = self.content(name)
        parts = content.removesuffix(b"\0").split(b"\0") if content else []
        return [part.decode("utf-8", "replace") for part in parts]

    def text(self, name: str) -> str:
        """Read a property as one text, "" where there is none."""
        return next(iter(self.texts(name)), "")

    def number(self, name: str) -> int | None:
        """Read a property as one big-endian number, None where there is none."""
        content = self.content(name)
        return int.from_bytes(content, "big") if len(content) in {4, 8} else None


class Tree(NamedTuple):
    """A whole tree: its root, and how many bytes of the file it takes up."""

    root: Node
    size: int


class _Reader:
    """Reads the structure block forwards, through a window, with one `pread` per 64 KiB."""

    __slots__ = ("_end", "_fd", "_start", "_window", "place")

    def __init__(self, fd: int, start: int, size: int) -> None:
        self._fd = fd
        self.place = start
        self._end = start + size
        self._start, self._window = start, b""

    def take(self, count: int) -> bytes:
        """Read the next `count` bytes, fewer than a window."""
        if self.place + count > self._end:
            raise _damaged("its structure block ends in the middle")
        offset = self.place - self._start
        if offset < 0 or offset + count > len(self._window):
            self._start = self.place
            self._window = read_stretch(self._fd, self.place, min(_WINDOW, self._end - self.place))
            offset = 0
        self.place += count
        return self._window[offset : offset + count]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def name(self) -> str:
        """Read a text that ends in a NUL, and go on to the next multiple of four bytes."""
        found = b""
        while True:
            part = self.take(4)
            text, nul, _ = part.partition(b"\0")
            found += text
            if nul:
                return found.decode("utf-8", "replace")
            if len(found) > _LONGEST_NAME:
                raise _damaged("a node's name never ends")

    def skip(self, size: int) -> None:
        """Pass over `size` bytes, which the next tag follows at a multiple of four."""
        self.place += (size + 3) & ~3
        if self.place > self._end:
            raise _damaged("a property goes on beyond the structure block")


def read_tree(fd: int, start: int = 0) -> Tree:
    """Read the tree at `start` of the file.

    OSError: EINVAL where it is no device tree; EIO where it is damaged or truncated.
    """
    there = length(fd) - start
    head = read_stretch(fd, start, min(_HEADER.size, there))
    if len(head) < _HEADER.size or not head.startswith(MAGIC):
        raise OSError(errno.EINVAL, "no device tree: its first bytes are another format's")
    _, total, structure, strings, _, version, compatible, _, strings_size, size = _HEADER.unpack(
        head
    )
    if version < _OLDEST or compatible > _COMPATIBLE:
        raise OSError(errno.EINVAL, f"a device tree of version {version}, which is not known here")
    if total > there:
        raise OSError(errno.EIO, f"it is truncated: {there} bytes of {total} are there")
    if version < _COMPATIBLE:  # version 16 does not say how long the structure is
        size = total - structure
    if structure + size > total or strings + strings_size > total:
        raise _damaged("its blocks lie outside of it")
    if strings_size > _LONGEST_STRINGS:
        raise _damaged(f"its names take {strings_size} bytes")
    names = read_stretch(fd, start + strings, strings_size)
    return Tree(_nodes(fd, _Reader(fd, start + structure, size), names), total)


def _nodes(fd: int, reader: _Reader, names: bytes) -> Node:
    root: Node | None = None
    trail: list[Node] = []
    nodes = properties = 0
    known: dict[int, str] = {}
    while True:
        tag = reader.number()
        if tag == _BEGIN:
            nodes += 1
            name, node = reader.name(), Node(fd)
            if nodes > _MOST_NODES or len(trail) >= _DEEPEST:
                raise _damaged("it has too many nodes, or too deep ones")
            if trail:
                trail[-1].children.setdefault(name, node)
            elif root is not None:
                raise _damaged("it has two roots")
            root = root or node
            trail.append(node)
        elif tag == _END and trail:
            trail.pop()
        elif tag == _PROPERTY and trail:
            properties += 1
            if properties > _MOST_PROPERTIES:
                raise _damaged("it has too many properties")
            size, offset = reader.number(), reader.number()
            if offset not in known:
                known[offset] = _name_at(names, offset)
            trail[-1].properties.setdefault(known[offset], Stretch(reader.place, size))
            reader.skip(size)
        elif tag == _LAST and not trail and root is not None:
            return root
        elif tag != _NOTHING:
            raise _damaged(f"the number {tag:#x} stands where a tag should be")


def _name_at(names: bytes, offset: int) -> str:
    end = names.find(b"\0", offset, offset + _LONGEST_NAME)
    if end < 0:
        raise _damaged("a property's name lies outside of the strings block")
    return names[offset:end].decode("utf-8", "replace")


def _damaged(what: str) -> OSError:
    return OSError(errno.EIO, f"it is damaged: {what}")
