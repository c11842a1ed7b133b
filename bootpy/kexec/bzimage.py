"""bzImage, the kernel image of x86.

Source: Documentation/x86/boot.rst and arch/x86/kernel/kexec-bzimage64.c of Linux 6.1.
"""

import os
import struct
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.kexec.image import HEAD, Image, read_at, refuse_truncated, unreadable

_MAGIC = 0x202
_OLDEST = 0x020C  # protocol 2.12, the first that kexec_file_load(2) takes
_HEADER_END = 0x264
_PARAGRAPH = 16  # bytes
_MEMTEST = "Memtest86+"  # begins as a Linux kernel does, and has no checksum
_LOADED_HIGH = 0x01
KERNEL_64 = 0x01
ABOVE_4G = 0x02
EFI_KEXEC = 0x10
LEVELS_5 = 0x20
ELFCOREHDR = 30
"""Bytes that kexec_file_load(2) keeps back for "elfcorehdr=", crash kernel or not."""

_CHUNK = 1 << 20
_FIRST_WITHOUT_CRC = (6, 15)


class Header(NamedTuple):
    """What a boot loader has to know of an image that it places itself.

    `setup` is the setup header as it stands in the file, from offset 0x1f1 on. `code_offset`
    and `code_size` are the part of the file that is loaded; while it unpacks itself it takes
    `init_size` bytes from its start on. `flags` are its xloadflags.
    """

    setup: bytes
    code_offset: int
    code_size: int
    init_size: int
    alignment: int
    relocatable: bool
    preferred: int
    initrd_max: int
    flags: int


def header(head: bytes) -> Header:
    """Read the setup header of an image that `read` has found sound, from its first bytes."""
    code_offset = (head[0x1F1] + 1 if head[0x1F1] else 5) * 512
    (paragraphs,) = struct.unpack_from("<I", head, 0x1F4)
    initrd_max, alignment, relocatable, _, flags = struct.unpack_from("<IIBBH", head, 0x22C)
    preferred, init_size = struct.unpack_from("<QI", head, 0x258)
    end = min(0x202 + head[0x201], 0x290)  # where the next field of the boot parameters is
    return Header(
        bytes(head[0x1F1:end]),
        code_offset,
        paragraphs * _PARAGRAPH,
        init_size,
        alignment,
        bool(relocatable),
        preferred,
        initrd_max,
        flags,
    )


def matches(head: bytes) -> bool:
    """Whether these first bytes of a file are a bzImage's."""
    return head[_MAGIC : _MAGIC + 4] == b"HdrS" and head[0x1FE:0x200] == b"\x55\xaa"


def read(head: bytes, size: int, name: str) -> Image:
    """Describe the bzImage that begins with `head` and has `size` bytes.

    BootError where it is truncated, or of a kind that kexec_file_load(2) refuses.
    """
    refuse_truncated(name, len(head), _HEADER_END)
    (protocol,) = struct.unpack_from("<H", head, 0x206)
    whole = header(head)
    length = whole.code_offset + whole.code_size
    if protocol < _OLDEST:
        raise BootError(
            f"{name} speaks boot protocol {protocol >> 8}.{protocol & 0xFF:02}, "
            "and kexec needs 2.12 or newer (Linux 3.8)",
            "install a newer kernel",
        )
    if not head[0x211] & _LOADED_HIGH:
        raise BootError(f"{name} is a zImage, not a bzImage", "install a newer kernel")
    version = _version(head)
    # The length counts paragraphs, the last of which memtest86+ does not fill up.
    if not version.startswith(_MEMTEST) or size <= length - _PARAGRAPH:
        refuse_truncated(name, size, length)
    extended = whole.flags
    (cmdline_size,) = struct.unpack_from("<I", head, 0x238)
    return Image(
        "bzImage",
        "x86_64" if extended & KERNEL_64 else "i686",
        size,
        version,
        whole.init_size,
        # The kernel compares the length with its NUL (kexec-bzimage64.c, bzImage64_load).
        max(0, cmdline_size - ELFCOREHDR - 1),
        flags=extended,
    )


def damage(fd: int, version: str, name: str) -> str:
    """Return a warning where a sound image's content does not fit its own checksum, or "".

    A warning only, as a kernel may come without. All of the file is read, which takes as long
    as to load it. BootError where the disk fails.
    """
    head = read_at(fd, 0, HEAD, name)
    whole = header(head)
    if not _carries_crc(version):
        return ""
    if _crc(fd, head, whole.code_offset + whole.code_size, name) == 0xFFFFFFFF:
        return ""
    return f"{name} does not fit its own checksum: it may be damaged"


def _version(head: bytes) -> str:
    (offset,) = struct.unpack_from("<H", head, 0x20E)
    if not offset:
        return ""
    text = head[offset + 0x200 : offset + 0x300].partition(b"\0")[0]
    return text.decode("ascii", "replace")


def _carries_crc(version: str) -> bool:
    """Whether a kernel of this version ends in a checksum: commit 9c54baab4401 dropped it."""
    if version.startswith(_MEMTEST):
        return False
    numbers = version.partition(" ")[0].partition("-")[0].split(".")
    if len(numbers) < 2 or not (numbers[0].isdigit() and numbers[1].isdigit()):
        return True
    return (int(numbers[0]), int(numbers[1])) < _FIRST_WITHOUT_CRC


def _crc(fd: int, head: bytes, length: int, name: str) -> int:
    """Return the CRC-32 of the image as it was before it was signed: 0xffffffff when whole.

    Read piece by piece rather than mapped: a disk error in a mapping is a SIGBUS.
    """
    from zlib import crc32

    from bootpy import pe

    headers = pe.read(head)
    first = bytearray(head[:length])
    for offset, count in headers.unsigned if headers else ():
        if offset + count <= len(first):
            first[offset : offset + count] = bytes(count)
    crc = crc32(first)
    done = len(first)
    chunk = memoryview(bytearray(_CHUNK))
    while done < length:
        try:
            count = os.preadv(fd, [chunk[: length - done]], done)
        except OSError as error:
            raise unreadable(name, error) from error
        if not count:
            refuse_truncated(name, done, length)
        crc = crc32(chunk[:count], crc)
        done += count
    return crc
