"""Writes cpio archives in the "newc" format, which the kernel unpacks as its first root.

Source: Documentation/driver-api/early-userspace/buffer-format.rst of Linux. Every number in
a header is eight hex digits; headers, names and contents are padded to four bytes.
The bytes depend on the tree alone: owner 0:0, a fixed time, inode numbers counted from 1
in the order of the paths.
"""

import stat
from collections.abc import Iterable, Iterator

from initramfs.tree import GENERATED, Node

_END = "TRAILER!!!"


def archive(nodes: Iterable[Node], mtime: int = 0) -> bytes:
    """Return the archive of `nodes`; `mtime` in seconds since 1970 is every file's time."""
    return b"".join(_pieces(nodes, mtime))


def _pieces(nodes: Iterable[Node], mtime: int) -> Iterator[bytes]:
    for number, node in enumerate(nodes, start=1):
        yield _header(node, number, mtime)
        yield node.data + _padding(len(node.data))
    yield _header(Node(_END, 0, GENERATED), 0, 0)


def _header(node: Node, inode: int, mtime: int) -> bytes:
    links = 2 if stat.S_ISDIR(node.mode) else 1
    owner = group = filesystem_major = filesystem_minor = check = 0
    name = node.path.encode() + b"\0"
    numbers = (
        inode,
        node.mode,
        owner,
        group,
        links,
        mtime,
        len(node.data),
        filesystem_major,
        filesystem_minor,
        *node.device,
        len(name),
        check,
    )
    header = b"070701" + "".join(f"{number:08X}" for number in numbers).encode() + name
    return header + _padding(len(header))


def _padding(length: int) -> bytes:
    return bytes(-length % 4)
