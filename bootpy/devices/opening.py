"""Devices opened to be probed; the kernel is told to read meanwhile what libblkid will ask for.

What is where: libblkid/src/superblocks of util-linux 2.38.
"""

import os
from typing import NamedTuple

from bootpy.devices import sysfs
from bootpy.linux.mounts import forbid_writes

# Places, those below 0 from the end, and lengths. Those at the end are of RAID. Each page costs,
# so that the end is not read as a whole.
_END = ((-129 << 10, 2 << 10), (-32 << 10, 1 << 10), (-12 << 10, 12 << 10))
_MD = 64 << 10  # an array's superblock of the old kind is in the last whole block of this size

# Of a disk with partitions: its table, and a CD's superblock.
_WITH_PARTITIONS = ((0, 36 << 10), *_END)

_WHOLE = ((0, 68 << 10), *_END)

# The labels of ZFS, which is on no smaller device.
_LABELS = ((0, 512 << 10), (-768 << 10, 768 << 10))
_LEAST_WITH_LABELS = 64 << 20


class Opened(NamedTuple):
    """A device that is open at `file`, or why it cannot be opened, and its size in bytes."""

    file: int | OSError
    size: int


# How many devices are read ahead, a megabyte of each at most, and how many stay open behind,
# where they are closed in the end, and where somebody wants to have them open.
_AHEAD, _BEHIND, _MOST_HELD = 48, 16, 256


class OpenDevices:
    """Block devices, opened one after the other; `partitioned` says which have partitions.

    The next ones are told to read ahead meanwhile, so that a disk turns while another one
    answers. The last ones stay open: what is read of a disk to probe it is still in memory when
    its partitions are probed. With `held` that is so until `close`, of some hundreds at most.
    """

    __slots__ = ("_behind", "_closed", "_lock", "_names", "_opened", "_partitioned")

    def __init__(
        self, names: list[str], partitioned: frozenset[str], *, lock: bool, held: bool
    ) -> None:
        self._names = names
        self._partitioned = partitioned
        self._lock = lock
        self._behind = _MOST_HELD if held else _BEHIND
        self._opened: list[Opened] = []
        self._closed = 0

    def __getitem__(self, at: int) -> Opened:
        """Return the device at a place, not before the one that was asked for last."""
        for name in self._names[len(self._opened) : at + _AHEAD]:
            parted = name in self._partitioned
            self._opened.append(open_ahead(name, partitioned=parted, lock=self._lock))
        self._close_to(at - self._behind)
        return self._opened[at]

    def close(self) -> None:
        """Close what is open."""
        self._close_to(len(self._opened))

    def _close_to(self, end: int) -> None:
        while self._closed < end:
            file = self._opened[self._closed].file
            if isinstance(file, int):
                os.close(file)
            self._closed += 1


def open_ahead(name: str, *, partitioned: bool = False, lock: bool = False) -> Opened:
    """Open the block device `name`, and have the kernel read what a probe of it reads.

    It does not wait for the device. Of a disk that the kernel has found to be `partitioned`
    that is less. With `lock` the kernel is told to refuse every write to it.
    """
    try:
        file = os.open(f"/dev/{name}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        return Opened(error, sysfs.size(name))
    if lock:
        forbid_writes(file)
    return Opened(file, read_ahead(file, partitioned))


def read_ahead(file: int, partitioned: bool = False) -> int:
    """Have the kernel read what a probe reads of the open device; return its size in bytes."""
    size = 0
    try:
        size = os.lseek(file, 0, os.SEEK_END)
        parts: tuple[tuple[int, int], ...] = _WITH_PARTITIONS if partitioned else _WHOLE
        if size >= _LEAST_WITH_LABELS and not partitioned:
            parts += _LABELS
        for start, length in (*parts, (size // _MD * _MD - size - _MD, 64)) if size else ():
            place = start if start >= 0 else max(0, size + start)
            os.posix_fadvise(file, place, length, os.POSIX_FADV_WILLNEED)
    except OSError:
        return size  # it is read when it is asked for
    return size
