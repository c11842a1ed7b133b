"""Recognise a kernel image from its first bytes, and refuse what cannot be one.

The kernel accepts a damaged bzImage without a word and panics after the jump, so what can
be told from the file is told here, before anything is loaded.
"""

import os
from typing import NamedTuple

from bootpy.errors import BootError

HEAD = 64 << 10
"""Bytes read to recognise an image: headers and version string lie within them."""

Wrapped = ("gzip", "zboot", "UKI")
"""Formats that hold a kernel and are taken apart before the load."""


class Image(NamedTuple):
    """A kernel image.

    `format` is "bzImage", "Image" (flat, with arm64's or a like header), "ELF", or one of
    `Wrapped`. `machine` is what it runs on as `uname -m` names it, "" where the format does
    not say. `size` is the file's and `memory` what the kernel takes up once loaded (0 where
    unknown), in bytes. `version` is the kernel's own version text, "" where unknown.
    `cmdline_limit` is the longest command line in bytes without NUL, 0 where unknown.
    """

    format: str
    machine: str
    size: int
    version: str = ""
    memory: int = 0
    cmdline_limit: int = 0
    warnings: tuple[str, ...] = ()


def examine(fd: int, name: str) -> Image:
    """Recognise the image open at `fd`; `name` is how messages call the file.

    BootError for what is no kernel image, or a truncated or unreadable one.
    """
    size = os.fstat(fd).st_size
    if not size:
        raise BootError(
            f"{name} is empty (0 bytes)",
            "the copy that made it failed, or the disk was full: install the kernel again",
        )
    head = read_at(fd, 0, HEAD, name)
    from bootpy.kexec import bzimage

    if bzimage.matches(head):
        return bzimage.read(fd, head, size, name)
    from bootpy import pe
    from bootpy.kexec import elf, flat

    if head.startswith(b"\x1f\x8b"):
        return Image("gzip", "", size)
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
