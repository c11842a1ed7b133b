"""LZ4 in Python: kernels for arm64 come as Image.lz4, and no library for it is in the image.

Sources: LZ4's lz4_Block_format.md and lz4_Frame_format.md, the legacy frame included, which is
what Linux' own build writes. Checksums (xxHash) are not compared.
"""

import os

from bootpy.errors import BootError
from bootpy.kexec.image import read_at

LEGACY = b"\x02\x21\x4c\x18"
FRAME = b"\x04\x22\x4d\x18"

_LEGACY_BLOCK = 8 << 20
_WINDOW = 64 << 10
_BLOCKS = {4: 64 << 10, 5: 256 << 10, 6: 1 << 20, 7: 4 << 20}


class Damaged(Exception):  # noqa: N818 -- it never leaves bootpy.kexec
    """The content is not LZ4's; the text says how."""


def unpack(fd: int, offset: int, length: int, name: str, most: int) -> int:
    """Unpack the LZ4 content at `offset` of `fd` into a memory file, and return that.

    Damaged where it is none, BootError where it unpacks to over `most` bytes.
    """
    end = offset + length
    target = os.memfd_create("kernel")
    try:
        if read_at(fd, offset, 4, name) == LEGACY:
            _legacy(_Source(fd, offset + 4, end, name), target, most)
        else:
            _frame(_Source(fd, offset, end, name), target, most)
    except IndexError:
        os.close(target)
        raise Damaged("a block ends in the middle") from None
    except BaseException:
        os.close(target)
        raise
    return target


class _Source:
    __slots__ = ("end", "fd", "name", "place")

    def __init__(self, fd: int, place: int, end: int, name: str) -> None:
        self.fd = fd
        self.place = place
        self.end = end
        self.name = name

    def left(self) -> int:
        return self.end - self.place

    def take(self, size: int) -> bytes:
        if size > self.left():
            raise Damaged("it breaks off")
        found = read_at(self.fd, self.place, size, self.name)
        if len(found) != size:
            raise Damaged("it breaks off")
        self.place += size
        return found

    def number(self) -> int:
        return int.from_bytes(self.take(4), "little")


def _legacy(source: _Source, target: int, most: int) -> None:
    written = 0
    while source.left() >= 4:
        size = source.number()
        # What follows the last block: another frame, or the length that Linux' build appends.
        if size > _LEGACY_BLOCK + (_LEGACY_BLOCK >> 7) or size > source.left():
            if not written:
                raise Damaged("its first block is too long")
            return
        unpacked = bytearray()
        _block(source.take(size), unpacked, _LEGACY_BLOCK)
        written += _write(target, unpacked, written, most, source.name)


def _frame(source: _Source, target: int, most: int) -> None:
    if source.take(4) != FRAME:
        raise Damaged("it does not start as LZ4")
    flags, sizes = source.take(2)
    if flags >> 6 != 1 or sizes >> 4 not in _BLOCKS:
        raise Damaged("its frame is of a version that is not known here")
    longest = _BLOCKS[sizes >> 4]
    source.take((8 if flags & 0x08 else 0) + (4 if flags & 0x01 else 0) + 1)
    linked, checked = not flags & 0x20, bool(flags & 0x10)
    written, window = 0, b""
    while size := source.number():
        content = source.take(size & 0x7FFFFFFF)
        unpacked = bytearray(window)
        if size & 0x80000000:
            unpacked += content
        else:
            _block(content, unpacked, longest + len(window))
        if checked:
            source.take(4)
        written += _write(target, unpacked[len(window) :], written, most, source.name)
        window = bytes(unpacked[-_WINDOW:]) if linked else b""


def _block(packed: bytes, unpacked: bytearray, most: int) -> None:
    """Unpack one block behind what `unpacked` holds, which it may refer to."""
    place, end = 0, len(packed)
    while place < end:
        token = packed[place]
        place += 1
        size = token >> 4
        if size == 15:
            more = 255
            while more == 255:
                more = packed[place]
                place += 1
                size += more
        if size:
            if place + size > end:
                raise Damaged("a block ends in the middle")
            unpacked += packed[place : place + size]
            place += size
        if place >= end:
            break
        back = packed[place] | packed[place + 1] << 8
        place += 2
        size = token & 15
        if size == 15:
            more = 255
            while more == 255:
                more = packed[place]
                place += 1
                size += more
        size += 4
        start = len(unpacked) - back
        if back == 0 or start < 0 or start + back + size > most:
            raise Damaged("a block refers to what is not there")
        if back >= size:
            unpacked += unpacked[start : start + size]
        else:  # it repeats itself
            unpacked += (unpacked[start:] * (size // back + 1))[:size]
    if len(unpacked) > most:
        raise Damaged("a block is too long")


def _write(target: int, unpacked: bytearray, before: int, most: int, name: str) -> int:
    if before + len(unpacked) > most:
        raise BootError(
            f"{name} unpacks to over {most} bytes, which is too much for this machine",
            "it may be damaged: install that kernel again, or choose another entry",
        )
    view = memoryview(unpacked)
    while view:
        view = view[os.write(target, view) :]
    return len(unpacked)
