"""What is on a block device, by libblkid's low-level probing.

Without udevd there are no ID_FS_* properties, so the superblocks and partition tables are
read here. Only the probe API is used: it keeps no cache and writes nothing. Source:
libblkid's blkid.h (util-linux 2.38).
"""

import ctypes
import errno
import os
from contextlib import suppress
from typing import NamedTuple

_SONAME = "libblkid.so.1"

# blkid.h: BLKID_SUBLKS_LABEL, _UUID, _TYPE, _SECTYPE, _USAGE; BLKID_PARTS_ENTRY_DETAILS.
_SUPERBLOCK_VALUES = (1 << 1) | (1 << 3) | (1 << 5) | (1 << 6) | (1 << 7)
_PARTITION_DETAILS = 1 << 2

# What blkid_do_safeprobe answers beside 0.
_NOTHING = 1
_AMBIVALENT = -2

_NOT_IN = 1  # BLKID_FLTR_NOTIN

# Functions by what they take after the pointer with which all begin, and by what they give.
_WITH_NUMBER = """probe_enable_superblocks probe_enable_partitions probe_set_superblocks_flags
    probe_set_partitions_flags partlist_get_partition"""
_WITH_POINTER = """free_probe probe_reset_superblocks_filter do_safeprobe probe_numof_values
    probe_get_partitions partlist_get_table partlist_numof_partitions parttable_get_type
    partition_get_partno partition_get_size partition_get_uuid partition_get_name
    partition_get_type partition_get_type_string"""
_GIVE_POINTER = "new_probe probe_get_partitions partlist_get_table partlist_get_partition"
_GIVE_TEXT = """parttable_get_type partition_get_uuid partition_get_name
    partition_get_type_string"""


class Entry(NamedTuple):
    """A partition as its disk's table has it: `size` in bytes, the rest as PART_ENTRY_* say it."""

    size: int
    uuid: str
    name: str
    type: str


class _Library:
    """libblkid with the argument types of the few functions used."""

    __slots__ = ("_answer", "_handle", "_probe")

    def __init__(self) -> None:
        handle = ctypes.CDLL(_SONAME, use_errno=True)
        pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
        size, wide = ctypes.c_size_t, ctypes.c_int64
        more: dict[str, tuple[type, ...]] = {
            "probe_set_device": (number, wide, wide),
            "probe_filter_superblocks_type": (number, ctypes.POINTER(text)),
            "probe_get_value": (number, *map(ctypes.POINTER, (text, pointer, size))),
        }
        for name in _WITH_NUMBER.split():
            more[name] = (number,)
        for name in (*_WITH_POINTER.split(), *more):
            getattr(handle, f"blkid_{name}").argtypes = (pointer, *more.get(name, ()))
        for kind, names in ((pointer, _GIVE_POINTER), (text, _GIVE_TEXT)):
            for name in names.split():
                getattr(handle, f"blkid_{name}").restype = kind
        handle.blkid_partition_get_size.restype = wide
        handle.blkid_free_probe.restype = None
        self._handle = handle
        # What each value is written to: its name, where it is, its length.
        self._answer = ctypes.c_char_p(), ctypes.c_void_p(), ctypes.c_size_t()
        # One probe for all devices, one after the other: what it is told at first stays.
        self._probe = self._new_probe()

    def _new_probe(self) -> int:
        handle = self._handle
        probe: int | None = handle.blkid_new_probe()
        if not probe:
            raise MemoryError("blkid_new_probe")
        handle.blkid_probe_set_superblocks_flags(probe, _SUPERBLOCK_VALUES)
        handle.blkid_probe_filter_superblocks_type(probe, _NOT_IN, _COSTLY)
        return probe

    def of_partition(self, file: int) -> dict[str, str]:
        """Return the values of a partition, its entry in the table of its disk among them.

        The probe would keep that disk open, so that it is one of its own.
        """
        probe = self._new_probe()
        try:
            self._handle.blkid_probe_set_partitions_flags(probe, _PARTITION_DETAILS)
            self._set(probe, file)
            return self._go(probe) or self._with_costly(probe)
        finally:
            self._handle.blkid_free_probe(probe)

    def of_content(self, file: int) -> dict[str, str]:
        """Return the values of what is on a partition."""
        self._set(self._probe, file)
        return self._go(self._probe)

    def of_disk(self, file: int) -> tuple[dict[str, str], dict[int, Entry]]:
        """Return the values of a disk, and the entries of its table by their numbers.

        What blkid_do_safeprobe does, but the table is read once, and its entries with it: the
        superblocks come first, and where they are a RAID's the table is the array's, not ours.
        """
        probe = self._probe
        self._set(probe, file)
        values = self._go(probe, partitions=0)
        if values.get("USAGE") == "raid":
            return values, {}
        table, entries = self._table(probe)
        if table:
            return values | {"PTTYPE": table}, entries
        # No table, or one without a list of entries, or it cannot be read, and then why.
        return self._go(probe, superblocks=0) or self._with_costly(probe), {}

    def _with_costly(self, probe: int) -> dict[str, str]:
        self._handle.blkid_probe_reset_superblocks_filter(probe)
        try:
            return self._go(probe, partitions=0)
        finally:
            self._handle.blkid_probe_filter_superblocks_type(probe, _NOT_IN, _COSTLY)

    def _set(self, probe: int, file: int) -> None:
        if self._handle.blkid_probe_set_device(probe, file, 0, 0) != 0:
            number = ctypes.get_errno() or errno.EIO
            raise OSError(number, os.strerror(number))

    def _go(self, probe: int, superblocks: int = 1, partitions: int = 1) -> dict[str, str]:
        """Probe for superblocks and tables, or one of them; return all values found so far.

        OSError: it cannot be read, or two signatures contradict.
        """
        handle = self._handle
        handle.blkid_probe_enable_superblocks(probe, superblocks)
        handle.blkid_probe_enable_partitions(probe, partitions)
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

    def _all(self, probe: int) -> dict[str, str]:
        found = {}
        name, data, size = self._answer
        places = ctypes.byref(name), ctypes.byref(data), ctypes.byref(size)
        for number in range(self._handle.blkid_probe_numof_values(probe)):
            self._handle.blkid_probe_get_value(probe, number, *places)
            raw = ctypes.string_at(data, size.value) if data.value else b""
            found[(name.value or b"").decode()] = _text(raw.rstrip(b"\0"))
        return found

    def _table(self, probe: int) -> tuple[str, dict[int, Entry]]:
        handle = self._handle
        listed = handle.blkid_probe_get_partitions(probe)
        table = handle.blkid_partlist_get_table(listed) if listed else None
        if not table:
            return "", {}
        entries = {}
        for at in range(handle.blkid_partlist_numof_partitions(listed)):
            one = handle.blkid_partlist_get_partition(listed, at)
            kind = handle.blkid_partition_get_type_string(one)
            entries[handle.blkid_partition_get_partno(one)] = Entry(
                handle.blkid_partition_get_size(one) << 9,
                _text(handle.blkid_partition_get_uuid(one)),
                _text(handle.blkid_partition_get_name(one)),
                _text(kind) or f"{handle.blkid_partition_get_type(one):#x}",
            )
        return _text(handle.blkid_parttable_get_type(table)), entries


def _text(raw: bytes | None) -> str:
    return raw.decode(errors="replace") if raw else ""


_library: list[_Library] = []

# The log of an XFS that lies on another device is looked for in each block of 256 KiB. It has
# no files; where nothing else is found, it is looked for all the same.
_COSTLY = (ctypes.c_char_p * 2)(b"xfs_external_log", None)

# Of which parts of a device libblkid 2.38 reads something: places, those below 0 from the end,
# and lengths. Those at the end are RAID's; 1 << 17 and on are the second headers of LUKS. Each
# page costs, so that the end is not read as a whole.
_READ = (
    (0, 68 << 10),
    *((1 << power, 4 << 10) for power in range(17, 23)),
    (-129 << 10, 2 << 10),
    (-32 << 10, 1 << 10),
    (-12 << 10, 12 << 10),
)
_MD = 64 << 10  # an array's superblock of the old kind is in the last whole block of this size
# The labels of ZFS, which is on no smaller device.
_LABELS = ((0, 512 << 10), (-768 << 10, 768 << 10))
_LEAST_WITH_LABELS = 64 << 20


def open_ahead(node: str) -> tuple[int, int]:
    """Open a device to be probed, and have the kernel read what that reads; return its size too.

    It does not wait for the device. OSError as of open(2).
    """
    file = os.open(node, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    size = 0
    with suppress(OSError):  # then it is read when it is asked for
        size = os.lseek(file, 0, os.SEEK_END)
        parts = (*_READ, *_LABELS) if size >= _LEAST_WITH_LABELS else _READ
        for start, length in (*parts, (size // _MD * _MD - size - _MD, 64)) if size else ():
            place = start if start >= 0 else max(0, size + start)
            os.posix_fadvise(file, place, length, os.POSIX_FADV_WILLNEED)
    return file, size


def probe_disk(file: int) -> tuple[dict[str, str], dict[int, Entry]]:
    """Probe the disk that is open at a descriptor: its values, and its table's entries by number.

    Keys are libblkid's own names: TYPE, UUID, LABEL, PTTYPE, ...; an empty dict where nothing is
    recognised. OSError: it cannot be read, or EUCLEAN where two signatures contradict.
    """
    return _loaded().of_disk(file)


def probe_open(file: int, entry: Entry | None = None) -> dict[str, str]:
    """Probe the device that is open at a descriptor, and return libblkid's values.

    As `probe_disk`, with PART_ENTRY_UUID, PART_ENTRY_NAME and PART_ENTRY_TYPE of a partition:
    from its `entry`, or else from its disk's table, which is read once more for it.
    """
    if entry is None:
        return _loaded().of_partition(file)
    of_entry = (entry.uuid, entry.name, entry.type)
    keys = ("PART_ENTRY_UUID", "PART_ENTRY_NAME", "PART_ENTRY_TYPE")
    named = {key: value for key, value in zip(keys, of_entry, strict=True) if value}
    return _loaded().of_content(file) | named


def probe(node: str) -> dict[str, str]:
    """Probe the device or image at `node`, for example "/dev/sda2", as `probe_open` does."""
    file = os.open(node, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return probe_open(file)
    finally:
        os.close(file)


def _loaded() -> _Library:
    if not _library:
        _library.append(_Library())
    return _library[0]
