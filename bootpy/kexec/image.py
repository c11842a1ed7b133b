"""Recognise a kernel image from its first bytes, and refuse what cannot be one.

The kernel accepts a damaged bzImage without a word and panics after the jump, so what can
be told from the file is told here, before anything is loaded.
"""

import os
import stat
from typing import NamedTuple

from bootpy.errors import BootError

HEAD = 64 << 10
"""Bytes read to recognise an image: headers and version string lie within them."""

MOST = 512 << 20
"""Bytes: no kernel unpacks to more, while a damaged or hostile file may go on for ever."""

COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x5d\0\0": "lzma",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x02\x21\x4c\x18": "lz4",
    b"\x04\x22\x4d\x18": "lz4",
}
"""Compressions by their first bytes."""

Wrapped = (*dict.fromkeys(COMPRESSED.values()), "zboot", "UKI", "FIT", "Android")
"""Formats that hold a kernel and are taken apart before the load."""


class Image(NamedTuple):
    """A kernel image.

    `format` is "bzImage", "Image" (flat, with arm64's or a like header), "ELF", or one of
    `Wrapped`. `machine` is what it runs on as `uname -m` names it, "" where the format does
    not say. `size` is the file's and `memory` what the kernel takes up once loaded (0 where
    unknown), in bytes. `version` is the kernel's own version text, "" where unknown.
    `cmdline_limit` is the longest command line in bytes without NUL, 0 where unknown. `flags`
    are a bzImage's xloadflags, or those of arm64's Image; 0 for other formats.
    """

    format: str
    machine: str
    size: int
    version: str = ""
    memory: int = 0
    cmdline_limit: int = 0
    warnings: tuple[str, ...] = ()
    flags: int = 0


def examine(fd: int, name: str) -> Image:
    """Recognise the image open at `fd`; `name` is how messages call the file.

    BootError for what is no kernel image, or a truncated or unreadable one.
    """
    size = size_of(fd)
    if not size:
        raise BootError(
            f"{name} is empty (0 bytes)",
            "the copy that made it failed, or the disk was full: install the kernel again",
        )
    head = read_at(fd, 0, HEAD, name)
    from bootpy.kexec import bzimage

    if bzimage.matches(head):
        return bzimage.read(head, size, name)
    from bootpy import pe
    from bootpy.kexec import elf, flat

    for sign, method in COMPRESSED.items():
        if head.startswith(sign):
            return Image(method, "", size)
    if head.startswith(b"ANDROID!"):
        return Image("Android", "", size)
    if head.startswith(b"\xd0\x0d\xfe\xed") and _is_fit(fd, name):
        return Image("FIT", "", size)
    if head[:2] == b"MZ" and head[4:8] == b"zimg":
        headers = pe.read(head)
        return Image("zboot", headers.machine if headers else "", size)
    if flat.machine(head):
        return flat.read(head, size, name)
    if head.startswith(b"\x7fELF"):
        return elf.read(head, size, name)
    headers = pe.read(head)
    if headers and any(section.name == ".linux" for section in headers.sections):
        refuse_truncated(name, size, headers.end)
        return Image("UKI", headers.machine, size)
    from bootpy.kexec.foreign import refusal

    raise refusal(head, size, name)


def size_of(fd: int) -> int:
    """Return how many bytes the open file, or partition, has."""
    found = os.fstat(fd)
    return os.lseek(fd, 0, os.SEEK_END) if stat.S_ISBLK(found.st_mode) else found.st_size


def _is_fit(fd: int, name: str) -> bool:
    """Whether the device tree at the start is a FIT image; BootError where it is damaged."""
    from errno import EINVAL

    from bootpy.images.fit import is_fit

    try:
        return is_fit(fd)
    except OSError as error:
        if error.errno == EINVAL:
            return False
        from bootpy.kexec.fit import damaged

        raise damaged(name, "FIT image", error) from error


def read_at(fd: int, offset: int, count: int, name: str) -> bytes:
    """Read up to `count` bytes at `offset`; BootError where the disk fails."""
    try:
        return os.pread(fd, count, offset)
    except OSError as error:
        raise unreadable(name, error) from error


def unreadable(name: str, error: OSError) -> BootError:
    """Make the error for a file whose content cannot be read."""
    return BootError(
        f"{name} cannot be read: {error.strerror}",
        "the disk or its file system is damaged: the kernel log says more (dmesg)",
    )


def refuse_truncated(name: str, size: int, wanted: int) -> None:
    """Raise BootError where the file is shorter than its own headers say."""
    if size < wanted:
        raise BootError(
            f"{name} is truncated: it has {size} bytes, its header says {wanted}",
            "install that kernel again, or choose another entry",
        )
