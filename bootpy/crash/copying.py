"""Copying a core: pages of zeros take no room, and unreadable ones are left out.

Source: fs/proc/vmcore.c of Linux 6.1; lseek(2) of holes.
"""

import errno
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

from bootpy.crash.settled import settle

PAGE = 4096
_CHUNK = 1 << 20
_SYNC_EACH = 64 << 20  # bytes: little memory is there, and it is not to fill with what waits

_ZEROS = bytes(_CHUNK)

Progress = Callable[[int], None]
"""Told how many bytes of the core are done."""


class Copied(NamedTuple):
    """Bytes of the core that were written, and pages that could not be read."""

    written: int
    unreadable: int


def copy(source: int, target: int, size: int, room: int, progress: Progress) -> Copied:
    """Copy `size` bytes between open files from their beginnings, `room` bytes written at most.

    Holes stand for zeros. OSError: ENOSPC also where `room` is too little; what was written by
    then stays.
    """
    written = unreadable = unsynced = 0
    for offset in range(0, size, _CHUNK):
        length = min(_CHUNK, size - offset)
        chunk, lost = _read(source, offset, length)
        unreadable += lost
        if chunk != _ZEROS[:length]:
            for start, end in runs(chunk):
                if written + end - start > room:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                _write(target, chunk[start:end], offset + start)
                written += end - start
                unsynced += end - start
        if unsynced >= _SYNC_EACH:
            settle(target)
            unsynced = 0
        progress(offset + length)
    os.ftruncate(target, size)
    settle(target)
    return Copied(written, unreadable)


def runs(chunk: bytes) -> Iterator[tuple[int, int]]:
    """Give the stretches of pages that are not all zeros, as offsets of start and end."""
    view = memoryview(chunk)
    begun = -1
    for start in range(0, len(chunk), PAGE):
        page = view[start : start + PAGE]
        if page == _ZEROS[: len(page)]:
            if begun >= 0:
                yield begun, start
                begun = -1
        elif begun < 0:
            begun = start
    if begun >= 0:
        yield begun, len(chunk)


def _read(source: int, offset: int, length: int) -> tuple[bytes, int]:
    """Read a chunk; pages that cannot be read are zeros. Returns how many those are."""
    try:
        chunk = os.pread(source, length, offset)
    except OSError:
        chunk = b""
    if len(chunk) == length:
        return chunk, 0
    pages, lost = [], 0
    for start in range(offset, offset + length, PAGE):
        size = min(PAGE, offset + length - start)
        try:
            page = os.pread(source, size, start)
        except OSError:
            page = b""
        if len(page) < size:
            lost += 1
            page = page.ljust(size, b"\0")
        pages.append(page)
    return b"".join(pages), lost


def _write(target: int, data: bytes, offset: int) -> None:
    while data:
        done = os.pwrite(target, data, offset)
        data, offset = data[done:], offset + done
