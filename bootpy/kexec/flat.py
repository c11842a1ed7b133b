"""The flat Image of arm64, riscv and loongarch: a 64-byte header, then the kernel as it runs.

Source: Documentation/arm64/booting.rst, Documentation/riscv/boot-image-header.rst and
arch/loongarch/kernel/head.S of Linux 6.1.
"""

import struct

from bootpy import pe
from bootpy.kexec.image import Image, refuse_truncated

_MAGICS = {b"ARM\x64": "aarch64", b"RSC\x05": "riscv64", b"\xcd\x23\x82\x81": "loongarch64"}


def machine(head: bytes) -> str:
    """Name the machine whose Image these first bytes are of, or "" for none."""
    found = _MAGICS.get(head[56:60], "")
    # loongarch's number says only "a kernel with a PE header", which zboot says as well.
    if found == "loongarch64":
        headers = pe.read(head)
        return found if headers and headers.machine == found else ""
    return found


def read(head: bytes, size: int, name: str) -> Image:
    """Describe a flat Image; BootError where it is truncated.

    Its own size counts memory that the file does not hold, so only the sections of the
    EFI stub's header, where it has one, tell how long the file must be. It is 0 in arm64's
    before Linux 3.17.
    """
    found = machine(head)
    headers = pe.read(head)
    refuse_truncated(name, size, headers.end if headers else 64)
    offset, memory = struct.unpack_from("<QQ", head, 8)
    if memory and found != "loongarch64":
        memory += offset
    return Image("Image", found, size, memory=memory)
