"""One initrd out of several, put together inside the kernel.

Linux unpacks archives that follow each other, each starting at a multiple of four bytes
(Documentation/driver-api/early-userspace/buffer-format.rst).
"""

import os
from collections.abc import Sequence
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.kexec.image import read_at, unreadable

_STARTS = (
    b"070701",
    b"070702",
    b"\x1f\x8b",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"\x02\x21\x4c\x18",
    b"\x5d\0\0",
    b"BZh",
    b"\x89LZO",
)
_ALIGNMENT = 4


class Part(NamedTuple):
    """A stretch of an open file, in bytes, and how messages call it."""

    fd: int
    offset: int
    size: int
    name: str


class Extras(NamedTuple):
    """What goes along with an entry beside its own initrds (see `bootpy.kexec.extras`).

    Parts before all others, those behind the entry's own, and the last of all.
    """

    first: tuple[Part, ...] = ()
    archives: tuple[Part, ...] = ()
    last: tuple[Part, ...] = ()
    warnings: tuple[str, ...] = ()


def check(part: Part) -> str:
    """Return a warning about an initrd that does not look like one, or "".

    BootError where it is empty or unreadable.
    """
    if not part.size:
        raise BootError(
            f"initrd {part.name} is empty (0 bytes)",
            "the disk was full when it was made: make it again, or choose another entry",
        )
    head = read_at(part.fd, part.offset, 8, part.name)
    if head.startswith(_STARTS):
        return ""
    return f"initrd {part.name} is neither a cpio archive nor compressed: it starts {head.hex(' ')}"


def whole(part: Part) -> bool:
    """Whether the part is all of its file, so that the file can be handed over as it is."""
    return part.offset == 0 and part.size == os.fstat(part.fd).st_size


def copied(parts: list[Part]) -> int:
    """Return how many bytes of memory `join` will take."""
    if not parts or (len(parts) == 1 and whole(parts[0])):
        return 0
    return sum(-(-part.size // _ALIGNMENT) * _ALIGNMENT for part in parts)


def join(parts: list[Part]) -> int:
    """Return a descriptor of all parts in order: a memory file, or the one file itself.

    -1 where there are none. The bytes never pass through Python.
    """
    if not parts:
        return -1
    if not copied(parts):
        return parts[0].fd
    return in_memory("initrd", parts, _ALIGNMENT)


def extract(part: Part, label: str) -> int:
    """Copy one part, as it is, into a new memory file called `label` and return it."""
    return in_memory(label, [part], 1)


def in_memory(label: str, parts: Sequence[Part], alignment: int) -> int:
    """Copy parts into a new memory file `label`, each filled up to a multiple of `alignment`."""
    target = os.memfd_create(label)
    try:
        length = 0
        for part in parts:
            append(target, part)
            length += -(-part.size // alignment) * alignment
            os.ftruncate(target, length)
            os.lseek(target, length, os.SEEK_SET)
    except BaseException:
        os.close(target)
        raise
    return target


def append(target: int, part: Part) -> None:
    """Copy a part to where `target` stands; BootError where it cannot be read to its end."""
    offset, left = part.offset, part.size
    while left:
        try:
            sent = os.sendfile(target, part.fd, offset, left)
        except OSError as error:
            raise unreadable(part.name, error) from error
        if not sent:
            raise BootError(
                f"{part.name} ended {left} bytes early while it was read",
                "the file was being changed, or its file system is damaged",
            )
        offset += sent
        left -= sent
