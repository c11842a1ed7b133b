"""Kernels inside of other things: compressed, EFI zboot. Each is unpacked into a memory file.

Source: RFC 1952; the other programs' file formats;
drivers/firmware/efi/libstub/zboot-header.S of Linux 6.1.
"""

import os
import struct
from collections.abc import Callable

from bootpy.errors import BootError
from bootpy.kexec.image import HEAD, MOST, read_at, refuse_truncated
from bootpy.kexec.initrds import Part

_CHUNK = 1 << 20


def unwrap_gzip(fd: int, name: str, most: int = MOST) -> int:
    """Unpack the gzip file open at `fd` and return a descriptor of what was in it.

    BootError where it is damaged, truncated, or unpacks to over `most` bytes.
    """
    return unpack(Part(fd, 0, os.fstat(fd).st_size, name), "gzip", most)


def unpack(part: Part, method: str, most: int = MOST) -> int:
    """Unpack a part of a file that is compressed with `method`, as FIT and zboot name it.

    BootError as of `unwrap_gzip`, and for a compression that is not known here.
    """
    match method:
        case "gzip":
            return _inflate(*part, most)
        case "xzkern" | "xz" | "lzma":
            return _unpack_lzma(*part, most)
        case "bzip2":
            return _unpack_bzip2(*part, most)
        case "lz4":
            return _unpack_lz4(*part, most)
        case "zstd" | "zstd22":
            return _unpack_zstd(*part, most)
    raise BootError(
        f"{part.name} is compressed with {method or 'something unnamed'}, "
        "which bootpy cannot unpack",
        "install a kernel compressed with gzip or xz, or unpack it beforehand",
    )


def unwrap_zboot(fd: int, name: str, most: int = MOST) -> int:
    """Take the kernel out of the EFI zboot image open at `fd` and return its descriptor.

    BootError as of `unpack`.
    """
    head = read_at(fd, 0, HEAD, name)
    refuse_truncated(name, len(head), 64)
    offset, length = struct.unpack_from("<II", head, 8)
    method = head[24:56].partition(b"\0")[0].decode("ascii", "replace")
    refuse_truncated(name, os.fstat(fd).st_size, offset + length)
    return unpack(Part(fd, offset, length, name), method, most)


def _inflate(fd: int, offset: int, length: int, name: str, most: int) -> int:
    import zlib

    inflater = zlib.decompressobj(wbits=31)

    def step(chunk: bytes) -> tuple[bytes, bytes, bool]:
        unpacked = inflater.decompress(chunk, _CHUNK)
        return unpacked, inflater.unconsumed_tail, inflater.eof

    return _unpack(fd, offset, length, name, most=most, step=step, damage=zlib.error)


def _unpack_lzma(fd: int, offset: int, length: int, name: str, most: int) -> int:
    try:
        import lzma
    except ImportError:
        raise _no_unpacker(name, "xz or lzma", "the lzma module") from None
    unpacker = lzma.LZMADecompressor()

    def step(chunk: bytes) -> tuple[bytes, bytes, bool]:
        unpacked = unpacker.decompress(chunk, _CHUNK)
        return unpacked, b"", unpacker.eof

    return _unpack(fd, offset, length, name, most=most, step=step, damage=lzma.LZMAError)


def _unpack_bzip2(fd: int, offset: int, length: int, name: str, most: int) -> int:
    try:
        from _bz2 import BZ2Decompressor  # bz2 itself brings more, for files that are written
    except ImportError:
        raise _no_unpacker(name, "bzip2", "the _bz2 module") from None
    unpacker = BZ2Decompressor()

    def step(chunk: bytes) -> tuple[bytes, bytes, bool]:
        unpacked = unpacker.decompress(chunk, _CHUNK)
        return unpacked, b"", unpacker.eof

    return _unpack(fd, offset, length, name, most=most, step=step, damage=OSError)


def _unpack_lz4(fd: int, offset: int, length: int, name: str, most: int) -> int:
    from bootpy.kexec import lz4

    try:
        return lz4.unpack(fd, offset, length, name, most)
    except lz4.Damaged as error:
        raise _damaged(name, error) from error


def _unpack_zstd(fd: int, offset: int, length: int, name: str, most: int) -> int:
    from bootpy.linux import zstd

    try:
        unpacker = zstd.Decompressor()
    except OSError:
        raise _no_unpacker(name, "zstd", "libzstd.so.1") from None

    def step(chunk: bytes) -> tuple[bytes, bytes, bool]:
        return *unpacker.decompress(chunk), unpacker.eof

    try:
        return _unpack(fd, offset, length, name, most=most, step=step, damage=zstd.ZstdError)
    finally:
        unpacker.close()


def _no_unpacker(name: str, method: str, wanted: str) -> BootError:
    return BootError(
        f"{name} is compressed with {method}, and this image has no unpacker for it",
        f"build the boot image with {wanted}, or unpack the kernel beforehand",
    )


def _damaged(name: str, error: Exception) -> BootError:
    return BootError(
        f"{name} is damaged: its compressed content cannot be unpacked ({error})",
        "install that kernel again, or choose another entry",
    )


def _unpack(
    fd: int,
    offset: int,
    length: int,
    name: str,
    *,
    most: int,
    step: Callable[[bytes], tuple[bytes, bytes, bool]],
    damage: type[Exception],
) -> int:
    """Feed the file to `step` piece by piece: (unpacked, input left over, at the end)."""
    target = os.memfd_create("kernel")
    end, written, waiting, ended = offset + length, 0, b"", False
    try:
        while not ended:
            if not waiting and offset < end:
                waiting = read_at(fd, offset, min(_CHUNK, end - offset), name)
                offset += len(waiting)
            fed = waiting
            unpacked, waiting, ended = step(fed)
            written += len(unpacked)
            if written > most:
                raise BootError(
                    f"{name} unpacks to over {most} bytes, which is too much for this machine",
                    "it may be damaged: install that kernel again, or choose another entry",
                )
            if not (fed or unpacked or ended):
                raise BootError(
                    f"{name} is truncated: its compressed content breaks off after {length} bytes",
                    "install that kernel again, or choose another entry",
                )
            _write(target, unpacked)
    except damage as error:
        os.close(target)
        raise _damaged(name, error) from error
    except BaseException:
        os.close(target)
        raise
    return target


def _write(target: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(target, view) :]
