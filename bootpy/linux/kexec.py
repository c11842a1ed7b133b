"""kexec_load(2): hand over a kernel in segments, from wherever in memory its parts are.

Source: kexec_load(2), include/uapi/linux/kexec.h and kernel/kexec.c of Linux 6.1.
"""

import ctypes
import os
from collections.abc import Sequence
from typing import NamedTuple

from bootpy.linux import syscalls
from bootpy.linux.arch import system_calls

MOST_SEGMENTS = 16  # KEXEC_SEGMENT_MAX

_PROT_READ = 0x1
_MAP_PRIVATE = 0x02
_MAP_POPULATE = 0x8000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
)
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)


class Mapping:
    """A file as it lies in the page cache, readable at `address` of this process.

    Only the kernel reads from it: what the disk fails to give is an EFAULT of its call,
    while it would be a SIGBUS here.
    """

    __slots__ = ("address", "length")

    def __init__(self, fd: int, length: int) -> None:
        found = _libc.mmap(None, length, _PROT_READ, _MAP_PRIVATE | _MAP_POPULATE, fd, 0)
        if found is None or found == ctypes.c_void_p(-1).value:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), "mmap")
        self.address: int = found
        self.length = length

    def close(self) -> None:
        """Take the file out of this process's memory, once."""
        if self.length:
            _libc.munmap(self.address, self.length)
            self.length = 0


class Segment(NamedTuple):
    """Bytes and where they go when the jump comes: a stretch of a mapping, or bytes.

    `destination` and `memory` are physical and whole pages; what `memory` has more than
    `size` is filled with zeros.
    """

    content: Mapping | bytes
    offset: int
    size: int
    destination: int
    memory: int


class _Segment(ctypes.Structure):
    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("bufsz", ctypes.c_size_t),
        ("mem", ctypes.c_void_p),
        ("memsz", ctypes.c_size_t),
    )


def kexec_load(entry: int, segments: Sequence[Segment], flags: int = 0) -> None:
    """Load segments for a later jump to the physical address `entry`; OSError with errno.

    Without segments what was loaded is taken out. The kernel checks that destinations are
    aligned and apart, and never that there is memory at them: that is the caller's.
    """
    table = (_Segment * len(segments))(
        *(
            _Segment(_address(each.content) + each.offset, each.size, each.destination, each.memory)
            for each in segments
        )
    )
    syscalls.call(system_calls().kexec_load, entry, len(segments), table, flags)


def _address(content: Mapping | bytes) -> int:
    if isinstance(content, Mapping):
        return content.address
    return ctypes.cast(ctypes.c_char_p(content), ctypes.c_void_p).value or 0
