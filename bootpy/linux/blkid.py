"""What is on a block device, by libblkid's low-level probing.

Without udevd there are no ID_FS_* properties, so the superblocks and partition tables are
read here. Only the probe API is used: it keeps no cache and writes nothing. Source:
libblkid's blkid.h (util-linux 2.38).
"""

import ctypes
import errno
import os

_SONAME = "libblkid.so.1"

# blkid.h: BLKID_SUBLKS_LABEL, _UUID, _TYPE, _SECTYPE; BLKID_PARTS_ENTRY_DETAILS.
_SUPERBLOCK_VALUES = (1 << 1) | (1 << 3) | (1 << 5) | (1 << 6)
_PARTITION_DETAILS = 1 << 2

# What blkid_do_safeprobe answers beside 0.
_NOTHING = 1
_AMBIVALENT = -2


class _Library:
    """libblkid with the argument types of the few functions used."""

    __slots__ = ("_handle",)

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

    def values(self, fd: int) -> dict[str, str]:
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
            handle.blkid_probe_enable_partitions(probe, 1)
            handle.blkid_probe_set_partitions_flags(probe, _PARTITION_DETAILS)
            ctypes.set_errno(0)
            answer = handle.blkid_do_safeprobe(probe)
            if answer == _AMBIVALENT:
                raise OSError(
                    errno.EUCLEAN, "signatures of more than one file system; wipefs lists them"
                )
            if answer not in {0, _NOTHING}:
                number = ctypes.get_errno() or errno.EIO
                raise OSError(number, os.strerror(number))
            return dict(
                self._value(probe, n) for n in range(handle.blkid_probe_numof_values(probe))
            )
        finally:
            handle.blkid_free_probe(probe)

    def _value(self, probe: int, number: int) -> tuple[str, str]:
        name = ctypes.c_char_p()
        data = ctypes.c_void_p()
        size = ctypes.c_size_t()
        self._handle.blkid_probe_get_value(
            probe, number, ctypes.byref(name), ctypes.byref(data), ctypes.byref(size)
        )
        raw = ctypes.string_at(data, size.value) if data.value else b""
        return (name.value or b"").decode(), raw.rstrip(b"\0").decode(errors="replace")


_library: list[_Library] = []


def probe(node: str) -> dict[str, str]:
    """Probe the device at `node`, for example "/dev/sda2", and return libblkid's values.

    Keys are its own names: TYPE, UUID, LABEL, PTTYPE, PART_ENTRY_UUID, PART_ENTRY_NAME,
    PART_ENTRY_TYPE, PART_ENTRY_SCHEME, ...; an empty dict where nothing is recognised.
    OSError: the device cannot be read, or EUCLEAN where two signatures contradict.
    """
    if not _library:
        _library.append(_Library())
    fd = os.open(node, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return _library[0].values(fd)
    finally:
        os.close(fd)
