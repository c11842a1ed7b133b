"""What is on a block device, by libblkid's low-level probing.

Without udevd there are no ID_FS_* properties, so the superblocks and partition tables are
read here. Only the probe API is used: it keeps no cache and writes nothing. Source:
libblkid's blkid.h (util-linux 2.38).
"""

import ctypes
import errno
import os
from contextlib import suppress

_SONAME = "libblkid.so.1"

# blkid.h: BLKID_SUBLKS_LABEL, _UUID, _TYPE, _SECTYPE; BLKID_PARTS_ENTRY_DETAILS.
_SUPERBLOCK_VALUES = (1 << 1) | (1 << 3) | (1 << 5) | (1 << 6)
_PARTITION_DETAILS = 1 << 2

# What blkid_do_safeprobe answers beside 0.
_NOTHING = 1
_AMBIVALENT = -2

_NOT_IN = 1  # BLKID_FLTR_NOTIN


class _Library:
    """libblkid with the argument types of the few functions used."""

    __slots__ = ("_answer", "_handle")

    def __init__(self) -> None:
        handle = ctypes.CDLL(_SONAME, use_errno=True)
        handle.blkid_new_probe.restype = ctypes.c_void_p
        probe = ctypes.c_void_p
        handle.blkid_free_probe.argtypes = (probe,)
        handle.blkid_free_probe.restype = None
        handle.blkid_probe_set_device.argtypes = (
            probe,
            ctypes.c_int,
            ctypes.c_int64,
            ctypes.c_int64,
        )
        for name in ("superblocks", "partitions"):
            getattr(handle, f"blkid_probe_enable_{name}").argtypes = (probe, ctypes.c_int)
            getattr(handle, f"blkid_probe_set_{name}_flags").argtypes = (probe, ctypes.c_int)
        handle.blkid_probe_filter_superblocks_type.argtypes = (
            probe,
            ctypes.c_int,
            ctypes.POINTER(ctypes.c_char_p),
        )
        handle.blkid_do_safeprobe.argtypes = (probe,)
        handle.blkid_probe_numof_values.argtypes = (probe,)
        handle.blkid_probe_get_value.argtypes = (
            probe,
            ctypes.c_int,
            ctypes.POINTER(ctypes.c_char_p),
            ctypes.POINTER(ctypes.c_void_p),
            ctypes.POINTER(ctypes.c_size_t),
        )
        self._handle = handle
        # What each value is written to: its name, where it is, its length.
        self._answer = ctypes.c_char_p(), ctypes.c_void_p(), ctypes.c_size_t()

    def values(
        self, fd: int, partition: bool, but: "ctypes.Array[ctypes.c_char_p] | None" = None
    ) -> dict[str, str]:
        handle = self._handle
        probe = handle.blkid_new_probe()
        if not probe:
            raise MemoryError("blkid_new_probe")
        try:
            if handle.blkid_probe_set_device(probe, fd, 0, 0) != 0:
                number = ctypes.get_errno() or errno.EIO
                raise OSError(number, os.strerror(number))
            handle.blkid_probe_enable_superblocks(probe, 1)
            handle.blkid_probe_set_superblocks_flags(probe, _SUPERBLOCK_VALUES)
            if but is not None:
                handle.blkid_probe_filter_superblocks_type(probe, _NOT_IN, but)
            handle.blkid_probe_enable_partitions(probe, 1)
            handle.blkid_probe_set_partitions_flags(probe, _PARTITION_DETAILS if partition else 0)
            ctypes.set_errno(0)
            answer = handle.blkid_do_safeprobe(probe)
            if answer == _AMBIVALENT:
                raise OSError(
                    errno.EUCLEAN, "signatures of more than one file system; wipefs lists them"
                )
            if answer not in {0, _NOTHING}:
                number = ctypes.get_errno() or errno.EIO
                raise OSError(number, os.strerror(number))
            return self._all(probe)
        finally:
            handle.blkid_free_probe(probe)

    def _all(self, probe: int) -> dict[str, str]:
        found = {}
        name, data, size = self._answer
        places = ctypes.byref(name), ctypes.byref(data), ctypes.byref(size)
        for number in range(self._handle.blkid_probe_numof_values(probe)):
            self._handle.blkid_probe_get_value(probe, number, *places)
            raw = ctypes.string_at(data, size.value) if data.value else b""
            found[(name.value or b"").decode()] = raw.rstrip(b"\0").decode(errors="replace")
        return found


_library: list[_Library] = []

# The log of an XFS that lies on another device is looked for in each block of 256 KiB. It has
# no files; where nothing else is found, it is looked for all the same.
_COSTLY = (ctypes.c_char_p * 2)(b"xfs_external_log", None)

# Of which parts of a device libblkid 2.38 reads something: places, those below 0 from the end,
# and lengths. Most are RAID's; 1 << 17 and on are the second headers of LUKS.
_READ = (
    (0, 68 << 10),
    *((1 << power, 4 << 10) for power in range(17, 23)),
    (-136 << 10, 136 << 10),
)
# The labels of ZFS, which is on no smaller device.
_LABELS = ((0, 512 << 10), (-768 << 10, 768 << 10))
_LEAST_WITH_LABELS = 64 << 20


def open_ahead(node: str, size: int) -> int:
    """Open a device of so many bytes for `probe_open`, and have the kernel read what that reads.

    It does not wait for the device. OSError as of open(2).
    """
    file = os.open(node, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with suppress(OSError):  # then it is read when it is asked for
        for start, length in _READ + (_LABELS if size >= _LEAST_WITH_LABELS else ()):
            place = start if start >= 0 else max(0, size + start)
            os.posix_fadvise(file, place, length, os.POSIX_FADV_WILLNEED)
    return file


def probe_open(file: int, partition: bool = True) -> dict[str, str]:
    """Probe the device that is open at a descriptor, and return libblkid's values.

    Keys are its own names: TYPE, UUID, LABEL, PTTYPE, and where it can be a `partition`, for
    which its disk's table is read once more, PART_ENTRY_UUID, PART_ENTRY_NAME,
    PART_ENTRY_TYPE, PART_ENTRY_SCHEME, ...; an empty dict where nothing is recognised.
    OSError: the device cannot be read, or EUCLEAN where two signatures contradict.
    """
    if not _library:
        _library.append(_Library())
    values = _library[0].values
    return values(file, partition, _COSTLY) or values(file, partition)


def probe(node: str) -> dict[str, str]:
    """Probe the device or image at `node`, for example "/dev/sda2", as `probe_open` does."""
    file = os.open(node, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return probe_open(file)
    finally:
        os.close(file)
