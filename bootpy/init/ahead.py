"""The files of the entry that counts down, read ahead, so that the load finds them in memory."""

import _thread
import os
from contextlib import suppress

from bootpy.entry import Entry
from bootpy.volume import FolderVolume, Volumes

_PIECE = 1 << 20
"""Bytes that are asked for at a time: as long as one takes, `stop` may wait."""


class ReadAhead:
    """The kernel and the initrds of an entry on their way into the page cache.

    A thread asks for them (posix_fadvise(2)): the kernel answers at once until the disk's queue
    is full, which the menu should not wait for. `size` is what there is in bytes, and `asked`
    how much of it was asked for. At most half of the memory that is free now is filled.
    """

    __slots__ = ("_ended", "_files", "_stopped", "asked", "size")

    def __init__(self, entry: Entry, volumes: Volumes) -> None:
        from bootpy.linux.memory import memory

        self.asked = 0
        self._stopped = False
        self._files = _open(entry, volumes)
        self.size = sum(os.fstat(file).st_size for file in self._files)
        self._ended = _thread.allocate_lock()
        self._ended.acquire()
        _thread.start_new_thread(self._ask, (memory().available // 2,))

    def stop(self) -> None:
        """Ask for no more; what was asked for comes all the same. The files are closed then."""
        self._stopped = True
        with self._ended:
            pass

    def _ask(self, most: int) -> None:
        try:
            for file in self._files:
                for start in range(0, os.fstat(file).st_size, _PIECE):
                    if self._stopped or self.asked >= most:
                        return
                    os.posix_fadvise(file, start, _PIECE, os.POSIX_FADV_WILLNEED)
                    self.asked = min(self.asked + _PIECE, self.size)
        except OSError:
            return  # a disk was pulled out: the load says so, if it comes to that
        finally:
            for file in self._files:
                os.close(file)
            self._ended.release()


def _open(entry: Entry, volumes: Volumes) -> list[int]:
    """Open the files that lie on mounted volumes: others are no files, or copied when opened."""
    opened = []
    for file in (entry.kernel, *entry.initrds, *(module.file for module in entry.modules)):
        volume = volumes.named(file.volume or "") if file else None
        if file and file.path and isinstance(volume, FolderVolume):
            with suppress(OSError, ValueError):  # the load says what is wrong with it
                opened.append(volume.open(file.path))
    return opened
