"""What is on a block device, by libblkid's low-level probing.

Without udevd there are no ID_FS_* properties, so the superblocks and partition tables are
read here. Only the probe API is used: it keeps no cache and writes nothing. Source:
libblkid's blkid.h (util-linux 2.38).
"""

import ctypes
import errno
import os
from collections.abc import Mapping
from typing import NamedTuple

from bootpy.linux.signatures import BESIDE_A_TABLE, COSTLY, LUKS, LUKS_MAGIC, Types

_SONAME = "libblkid.so.1"

# blkid.h: BLKID_SUBLKS_LABEL, _UUID, _TYPE, _SECTYPE, _USAGE; BLKID_PARTS_ENTRY_DETAILS.
_SUPERBLOCK_VALUES = (1 << 1) | (1 << 3) | (1 << 5) | (1 << 6) | (1 << 7)
_PARTITION_DETAILS = 1 << 2

# What blkid_do_safeprobe answers beside 0.
_NOTHING = 1
_AMBIVALENT = -2

_NOT_IN, _ONLY_IN = 1, 2  # BLKID_FLTR_NOTIN, BLKID_FLTR_ONLYIN

# Functions by what they take after the pointer with which all begin, and by what they give.
_WITH_NUMBER = """probe_enable_superblocks probe_enable_partitions probe_set_superblocks_flags
    probe_set_partitions_flags partlist_get_partition"""
_WITH_POINTER = """free_probe do_safeprobe probe_numof_values
    probe_get_partitions partlist_get_table partlist_numof_partitions parttable_get_type
    partition_get_partno partition_get_size partition_get_uuid partition_get_name
    partition_get_type partition_get_type_string"""
_GIVE_POINTER = "new_probe probe_get_partitions partlist_get_table partlist_get_partition"
_GIVE_TEXT = """parttable_get_type partition_get_uuid partition_get_name
    partition_get_type_string"""


# What is asked for of a superblock and of a table, and of a partition's entry in that.
_VALUES = (b"TYPE", b"UUID", b"LABEL", b"PTTYPE", b"USAGE")
_OF_ENTRY = (b"PART_ENTRY_UUID", b"PART_ENTRY_NAME", b"PART_ENTRY_TYPE")


class Entry(NamedTuple):
    """A partition as its disk's table has it: `size` in bytes, the rest as PART_ENTRY_* say it."""

    size: int
    uuid: str
    name: str
    type: str


class _Library:
    """libblkid with the argument types of the few functions used."""

    __slots__ = ("_beside", "_handle", "_probe", "_value")

    def __init__(self) -> None:
        handle = ctypes.CDLL(_SONAME, use_errno=True)
        pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
        wide = ctypes.c_int64
        more: dict[str, tuple[type, ...]] = {
            "probe_set_device": (number, wide, wide),
            "probe_filter_superblocks_type": (number, ctypes.POINTER(text)),
            "probe_lookup_value": (text, ctypes.POINTER(text), pointer),
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
        self._value = ctypes.c_char_p()
        # One probe for all devices, one after the other: what it is told at first stays.
        self._probe = self._new_probe()
        self._beside = self._new_probe()
        handle.blkid_probe_filter_superblocks_type(self._beside, _ONLY_IN, BESIDE_A_TABLE)

    def _new_probe(self) -> int:
        handle = self._handle
        probe: int | None = handle.blkid_new_probe()
        if not probe:
            raise MemoryError("blkid_new_probe")
        handle.blkid_probe_set_superblocks_flags(probe, _SUPERBLOCK_VALUES)
        handle.blkid_probe_filter_superblocks_type(probe, _NOT_IN, COSTLY)
        return probe

    def of_partition(self, file: int) -> dict[str, str]:
        """Return the values of a partition, its entry in the table of its disk among them.

        The probe would keep that disk open, so that it is one of its own.
        """
        probe = self._new_probe()
        try:
            self._handle.blkid_probe_set_partitions_flags(probe, _PARTITION_DETAILS)
            self._set(probe, file)
            found = self._luks(probe, file) or self._go(probe)
            named = self._values(probe, _OF_ENTRY)
            return (found or self._only(probe, COSTLY)) | named
        finally:
            self._handle.blkid_free_probe(probe)

    def of_content(self, file: int) -> dict[str, str]:
        """Return the values of what is on a partition."""
        probe = self._probe
        self._set(probe, file)
        return self._luks(probe, file) or self._go(probe) or self._only(probe, LUKS)

    def with_table(self, file: int) -> dict[str, str]:
        """Return the values of a disk that has a table: what can be beside one."""
        self._set(self._beside, file)
        return self._go(self._beside, partitions=0)

    def of_disk(self, file: int) -> tuple[dict[str, str], dict[int, Entry]]:
        """Return the values of a disk, and the entries of its table by their numbers.

        What blkid_do_safeprobe does, but the table is read once, and its entries with it: the
        superblocks come first, and where they are a RAID's the table is the array's, not ours.
        """
        probe = self._probe
        self._set(probe, file)
        values = self._luks(probe, file) or self._go(probe, partitions=0)
        if values.get("USAGE") == "raid":
            return values, {}
        table, entries = self._table(probe)
        if table:
            return values | {"PTTYPE": table}, entries
        # No table, or one without a list of entries, or it cannot be read, and then why.
        return self._go(probe, superblocks=0) or self._only(probe, COSTLY), {}

    def _luks(self, probe: int, file: int) -> dict[str, str]:
        return self._only(probe, LUKS) if os.pread(file, 6, 0) == LUKS_MAGIC else {}

    def _only(self, probe: int, types: Types) -> dict[str, str]:
        self._handle.blkid_probe_filter_superblocks_type(probe, _ONLY_IN, types)
        try:
            return self._go(probe, partitions=0)
        finally:
            self._handle.blkid_probe_filter_superblocks_type(probe, _NOT_IN, COSTLY)

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
        return self._values(probe, _VALUES)

    def _values(self, probe: int, names: tuple[bytes, ...]) -> dict[str, str]:
        found = {}
        if self._handle.blkid_probe_numof_values(probe):
            value = self._value
            place = ctypes.byref(value)
            for name in names:
                if self._handle.blkid_probe_lookup_value(probe, name, place, None) == 0:
                    found[name.decode()] = _text(value.value)
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


def probe_disk(
    file: int, table: Mapping[int, Entry] | None = None
) -> tuple[dict[str, str], Mapping[int, Entry]]:
    """Probe the disk that is open at a descriptor: its values, and its table's entries by number.

    Keys are libblkid's own names: TYPE, UUID, LABEL, USAGE, PTTYPE; an empty dict where nothing
    is recognised. With the `table` of a disk whose GPT is known to be whole that is not read
    again. OSError: it cannot be read, or EUCLEAN where two signatures contradict.
    """
    if table is None:
        return _loaded().of_disk(file)
    values = _loaded().with_table(file)
    if values.get("USAGE") == "raid":
        return values, {}
    return values | {"PTTYPE": "gpt"}, table


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
