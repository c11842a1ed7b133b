"""Stretches of an open file: read whole or not at all, or copied without entering Python."""

import errno
import os
from collections.abc import Iterable
from typing import NamedTuple


class Stretch(NamedTuple):
    """Bytes of a file: where they start, and how many they are."""

    offset: int
    size: int


def read_stretch(fd: int, offset: int, size: int) -> bytes:
    """Read exactly `size` bytes at `offset`.

    OSError: EIO where the file ends before, or as of pread(2).
    """
    if offset < 0 or size < 0:
        raise OSError(errno.EIO, "the image is damaged: it points to before its own start")
    parts = []
    while size:
        part = os.pread(fd, size, offset)
        if not part:
            raise OSError(errno.EIO, f"the image is truncated: it ends before byte {offset + size}")
        parts.append(part)
        offset += len(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def length(fd: int) -> int:
    """How many bytes the open file or block device holds."""
    return os.lseek(fd, 0, os.SEEK_END)


def in_memory(fd: int, stretches: Iterable[Stretch], label: str) -> int:
    """Copy stretches of `fd`, one after the other, into a new memory file; return it.

    OSError: EIO where the file is too short, ENOMEM where memory has no room for the copy.
    """
    wanted = list(stretches)
    for offset, size in wanted:
        if offset + size > length(fd):
            missing = offset + size - length(fd)
            raise OSError(errno.EIO, f"the image is truncated: {missing} bytes of it are missing")
    _refuse_too_much(sum(one.size for one in wanted))
    target = os.memfd_create(label, os.MFD_CLOEXEC)
    try:
        for offset, size in wanted:
            _copy(fd, target, offset, size)
        os.lseek(target, 0, os.SEEK_SET)
    except BaseException:
        os.close(target)
        raise
    return target


def _copy(fd: int, target: int, offset: int, left: int) -> None:
    while left:
        sent = os.sendfile(target, fd, offset, left)
        if not sent:
            raise OSError(errno.EIO, f"the image is truncated: it ends before byte {offset + left}")
        offset += sent
        left -= sent


def _refuse_too_much(size: int) -> None:
    # A memory file that does not fit ends in the OOM killer, and not in an error.
    from bootpy.linux.memory import memory

    free = memory().available
    if free and size > free:
        raise OSError(
            errno.ENOMEM, f"it needs {size >> 20} MiB of memory, and {free >> 20} MiB are free"
        )
