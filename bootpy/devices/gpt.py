"""The entries of a GPT as nearly every disk has it, read without libblkid.

libblkid goes through the 16 KiB of a table byte by byte for their checksum: a twentieth of what a
further disk costs (docs/dependencies.md). So a table that is whole and plain is read here, with
zlib's checksum; any other is libblkid's to judge.

Source: UEFI Specification 2.10, 5.2 and 5.3; block/partitions/efi.c of Linux 6.1.
"""

import fcntl
import os
import struct
import zlib

from bootpy.linux.blkid import Entry

_BLKSSZGET = 0x1268  # include/uapi/linux/fs.h: _IO(0x12, 104)

# Signature, revision, header's size, its checksum, nothing, place of this header and of the
# other, first and last sector to be used, the disk's GUID, place of the entries, their number,
# size and checksum.
_HEADER = struct.Struct("<8s4sII4xQQQQ16sQIII")
_ENTRY = struct.Struct("<16s16sQQ8x72s")
_READ = 17 << 10  # with sectors of 512 bytes: that of the MBR, the header, 128 entries
_NONE = bytes(16)


def sector_size(file: int) -> int:
    """Return the bytes of a logical sector of the disk that is open at `file`; 512 for an image."""
    try:
        answer = fcntl.ioctl(file, _BLKSSZGET, bytes(4))
    except OSError:
        return 512
    return int.from_bytes(answer, "little")


def entries(file: int, size: int) -> dict[int, Entry] | None:
    """Return the entries by number of the GPT on a disk of `size` bytes, open at `file`.

    None where there is none, or one that is not as most are: sectors that are not of 512 bytes,
    more than 128 entries or larger ones, a name that is not ASCII, an entry outside of the disk,
    anything damaged. OSError: the disk cannot be read.
    """
    if sector_size(file) != 512:
        return None
    return parsed(os.pread(file, _READ, 0), size)


def parsed(start: bytes, size: int) -> dict[int, Entry] | None:
    """Return what `entries` returns, from the first bytes of the disk."""
    if len(start) < _READ or start[510:512] != b"\x55\xaa" or start[512:520] != b"EFI PART":
        return None
    if not any(start[kind] == 0xEE for kind in (450, 466, 482, 498)):
        return None  # it is no longer used: no protective MBR
    header = _HEADER.unpack_from(start, 512)
    _, _, length, checksum, here, _, first, last, _, place, number, each, of_entries = header
    if not _HEADER.size <= length <= 512 or here != 1 or each != _ENTRY.size:
        return None
    head = bytearray(start[512 : 512 + length])
    head[16:20] = bytes(4)
    begin, end = place << 9, (place << 9) + number * each
    if zlib.crc32(head) != checksum or begin < 1024 or end > len(start):
        return None
    table = start[begin:end]
    if zlib.crc32(table) != of_entries or not first <= last < size >> 9:
        return None
    found = {}
    used = 4 * each
    while table[used:] != bytes(len(table[used:])):  # behind it all are empty, as most are
        used *= 2
    for at, (kind, uuid, since, to, name) in enumerate(_ENTRY.iter_unpack(table[:used]), 1):
        if kind != _NONE:
            text = _text(name)
            if text is None or not first <= since <= to <= last:
                return None
            found[at] = Entry((to - since + 1) << 9, _guid(uuid), text, _guid(kind))
    return found


def _guid(raw: bytes) -> str:
    one, two, three = struct.unpack_from("<IHH", raw)
    return f"{one:08x}-{two:04x}-{three:04x}-{raw[8:10].hex()}-{raw[10:].hex()}"


def _text(name: bytes) -> str | None:
    """Return a name in UTF-16 that is plain ASCII, up to its NUL; None for any other."""
    letters = name[::2].partition(b"\0")[0]
    if any(name[1 : 2 * len(letters) + 2 : 2]) or not letters.isascii():
        return None
    text = letters.decode()
    return text if text == text.strip() and text.isprintable() else None
