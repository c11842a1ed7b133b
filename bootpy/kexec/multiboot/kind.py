"""Whether a kernel that somebody names, and says nothing of, is a Multiboot kernel."""

import os
from contextlib import suppress

from bootpy.entry import Kind
from bootpy.errors import BootError
from bootpy.kexec.image import HEAD, read_at
from bootpy.kexec.multiboot.header import KINDS, Version, find

_GZIP = b"\x1f\x8b"


def kind_of(fd: int, name: str) -> Kind:
    """Return which kind of entry starts the kernel open at `fd`, where nobody says it.

    As kexec-tools finds out: "multiboot2" before "multiboot", which a 64-bit ELF file is not for
    its header alone. "linux" for what has neither header, or a damaged one.
    """
    head = read_at(fd, 0, HEAD, name)
    if head.startswith(_GZIP):
        import zlib

        with suppress(zlib.error):
            head = zlib.decompressobj(wbits=31).decompress(head, HEAD)
    versions: tuple[Version, ...] = (2,) if head[:5] == b"\x7fELF\2" else (2, 1)
    with suppress(BootError):
        for version in versions:
            if find(head, version, name):
                return KINDS[version]
    return "linux"


def kind_of_file(path: str) -> Kind:
    """Return the same of a file of this system; "linux" for one that cannot be read.

    What is wrong with it is said where it is opened next.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return "linux"
    try:
        return kind_of(fd, path)
    except BootError:
        return "linux"
    finally:
        os.close(fd)
