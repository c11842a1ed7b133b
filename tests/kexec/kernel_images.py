"""Kernel images for the tests: Debian's own, and small ones built field by field."""

import functools
import os
import struct
import zlib
from collections.abc import Sequence

from initramfs.debian import Archive, default_cache


@functools.cache
def debian_kernel() -> bytes:
    """Return the bzImage of Debian's kernel for virtual machines."""
    archive = Archive(default_cache())
    (package,) = archive.fetch([archive.kernel_image("linux-image-cloud-amd64")])
    (kernel,) = (archive.unpacked(package) / "boot").glob("vmlinuz-*")
    return kernel.read_bytes()


def memory_file(content: bytes) -> int:
    """Return a descriptor of a file in memory that holds `content`."""
    fd = os.memfd_create("test")
    os.write(fd, content)
    return fd


def bzimage(
    *,
    protocol: int = 0x020F,
    loadflags: int = 0x01,
    xloadflags: int = 0x7F,
    cmdline_size: int = 2047,
    init_size: int = 1 << 20,
    setup_sectors: int = 4,
    version: str = "6.1.0-test (nobody@nowhere) #1",
    crc: bool = True,
) -> bytes:
    """Build an unsigned bzImage of 5 setup sectors and 3584 bytes of kernel."""
    image = bytearray(5 * 512 + 3584)
    image[0x1F1] = setup_sectors
    struct.pack_into("<I", image, 0x1F4, 3584 // 16)
    image[0x1FE:0x206] = b"\x55\xaa\xeb\x66HdrS"
    struct.pack_into("<H", image, 0x206, protocol)
    image[0x211] = loadflags
    struct.pack_into("<H", image, 0x236, xloadflags)
    struct.pack_into("<I", image, 0x238, cmdline_size)
    struct.pack_into("<I", image, 0x260, init_size)
    if version:
        struct.pack_into("<H", image, 0x20E, 0x300)
        image[0x500 : 0x500 + len(version)] = version.encode()
    if crc:
        # As Linux's build did until 6.15.
        struct.pack_into("<I", image, len(image) - 4, zlib.crc32(image[:-4]) ^ 0xFFFFFFFF)
        assert zlib.crc32(image) == 0xFFFFFFFF
    return bytes(image)


def flat_image(magic: bytes, *, memory: int = 1 << 20, length: int = 4096) -> bytes:
    """Build a flat Image with a header like arm64's."""
    image = bytearray(length)
    struct.pack_into("<QQ", image, 8, 0x80000, memory)
    image[56:60] = magic
    return bytes(image)


def zboot(payload: bytes, method: str, machine: int = 0xAA64) -> bytes:
    """Build an EFI zboot image around a compressed payload."""
    image = bytearray(portable([(".text", b"\0" * 64)], machine))
    image[4:8] = b"zimg"
    struct.pack_into("<II", image, 8, len(image), len(payload))
    image[24 : 24 + len(method)] = method.encode()
    return bytes(image) + payload


def elf(
    machine: int,
    *,
    wide: bool = True,
    little: bool = True,
    kind: int = 2,
    segments: Sequence[tuple[int, int, int, int]] = ((1, 0x1000, 0x100, 0x4000),),
) -> bytes:
    """Build an ELF file; a segment is (type, offset, bytes stored, bytes in memory)."""
    order = "<" if little else ">"
    image = bytearray(0x1100)
    image[:7] = b"\x7fELF" + bytes((2 if wide else 1, 1 if little else 2, 1))
    struct.pack_into(order + "HH", image, 16, kind, machine)
    struct.pack_into(order + "Q", image, 32, 64)
    struct.pack_into(order + "HH", image, 54, 56, len(segments))
    for index, (part, offset, stored, memory) in enumerate(segments):
        struct.pack_into(
            order + "IIQQQQQQ", image, 64 + 56 * index, part, 5, offset, 0, 0, stored, memory, 4096
        )
    return bytes(image)


def portable(sections: Sequence[tuple[str, bytes]], machine: int = 0x8664) -> bytes:
    """Build a PE32+ file of these sections, each padded to 512 bytes as linkers do."""
    head = bytearray(max(1024, -(-(0x98 + 240 + 40 * len(sections)) // 512) * 512))
    head[:2] = b"MZ"
    struct.pack_into("<I", head, 0x3C, 0x80)
    struct.pack_into("<4sHHIIIHH", head, 0x80, b"PE\0\0", machine, len(sections), 0, 0, 0, 240, 0)
    struct.pack_into("<H", head, 0x98, 0x20B)
    body = b""
    for index, (name, content) in enumerate(sections):
        stored = content + bytes(-len(content) % 512)
        struct.pack_into(
            "<8sIIII",
            head,
            0x98 + 240 + 40 * index,
            name.encode(),
            len(content),
            0,
            len(stored),
            len(head) + len(body),
        )
        body += stored
    return bytes(head) + body
