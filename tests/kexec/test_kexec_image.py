import contextlib
import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_images import bzimage, elf, flat_image, memory_file, portable, zboot

from bootpy.errors import BootError
from bootpy.kexec import uki, wrapped
from bootpy.kexec.image import Image, examine

NAME = "(sda2)/boot/vmlinuz"
ARM64 = b"ARM\x64"


def in_words(value: object) -> str:
    """Name a test by what it expects, not by thousands of bytes of input."""
    return str(value) if isinstance(value, str) else "file" if isinstance(value, bytes) else ""


def look_at(content: bytes) -> Image:
    return examine(memory_file(content), NAME)


@pytest.mark.parametrize(
    ("content", "kind", "machine", "memory"),
    [
        (flat_image(ARM64, memory=0x100000), "Image", "aarch64", 0x180000),
        (flat_image(ARM64, memory=0), "Image", "aarch64", 0),
        (flat_image(b"RSC\x05", memory=0x100000), "Image", "riscv64", 0x180000),
        (elf(62), "ELF", "x86_64", 0x4000),
        (elf(21), "ELF", "ppc64le", 0x4000),
        (elf(21, little=False), "ELF", "ppc64", 0x4000),
        (
            elf(243, segments=[(1, 0, 64, 100), (4, 0, 9, 9), (1, 64, 64, 28)]),
            "ELF",
            "riscv64",
            128,
        ),
        (elf(3, wide=False), "ELF", "i686", 0),
        (elf(4711), "ELF", "ELF machine 4711", 0x4000),
        (gzip.compress(b"x", mtime=0), "gzip", "", 0),
        (zboot(b"x", "gzip"), "zboot", "aarch64", 0),
        (portable([(".linux", b"x"), (".cmdline", b"y")]), "UKI", "x86_64", 0),
        (portable([(".linux", b"x")], machine=0xAA64), "UKI", "aarch64", 0),
    ],
    ids=in_words,
)
def test_recognised(content: bytes, kind: str, machine: str, memory: int) -> None:
    image = look_at(content)
    assert image == Image(kind, machine, len(content), memory=memory)


def test_loongarch_image_by_its_pe_header() -> None:
    image = bytearray(portable([(".text", b"\0" * 512)], machine=0x6264))
    image[16:24] = (1 << 22).to_bytes(8, "little")
    image[56:60] = b"\xcd\x23\x82\x81"
    found = look_at(bytes(image))
    assert (found.format, found.machine, found.memory) == ("Image", "loongarch64", 1 << 22)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty (0 bytes)"),
        (b"#!/bin/sh\nexec true\n", "but a script"),
        (b"set timeout=5\nlinux /vmlinuz\n", "but a text file, starting 'set timeout=5'"),
        ("naïve café\n".encode(), "but a text file, starting 'naïve café'"),
        (b"x" * 100, "but a text file, starting '" + "x" * 40 + "...'"),
        (bytes(70_000), "its first 65536 bytes are zero"),
        (b"070701" + b"0" * 104, "but a cpio archive (an initramfs)"),
        (b"\x27\x05\x19\x56" + bytes(60), "but a uImage"),
        (bytes(0x24) + b"\x18\x28\x6f\x01" + bytes(60), "but a zImage for 32-bit ARM"),
        (b"\xd0\x0d\xfe\xed" + bytes(60), "but a device tree"),
        (portable([(".text", b"x")]), "is an EFI program for x86_64, not a kernel"),
        (portable([(".text", b"x")], machine=0xAA64), "is an EFI program for aarch64"),
        (b"MZ" + bytes(100), "is truncated within its header: it has 102 bytes"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08\x09", "it starts 01 02 03 04 05 06 07 08"),
        (elf(62, kind=1), "is an ELF object file"),
        (elf(62, kind=3, segments=[(3, 0, 20, 20), (1, 0, 64, 64)]), "is a Linux program"),
        (elf(62)[:40], "is truncated: it has 40 bytes, its header says 64"),
        (elf(62)[:0x1080], "is truncated: it has 4224 bytes, its header says 4352"),
        (
            portable([(".cmdline", b"y"), (".linux", b"x" * 5000)])[:4000],
            "is truncated: it has 4000 bytes, its header says 6656",
        ),
    ],
    ids=in_words,
)
def test_refused(content: bytes, reason: str) -> None:
    with pytest.raises(BootError) as refused:
        look_at(content)
    assert refused.value.message.startswith(NAME)
    assert reason in refused.value.message
    assert refused.value.hint


def test_arm64_image_cut_short_is_seen_by_its_efi_header() -> None:
    image = bytearray(portable([(".text", b"\1" * 8192)], machine=0xAA64))
    image[16:24] = (16384).to_bytes(8, "little")
    image[56:60] = ARM64
    assert look_at(bytes(image)).format == "Image"
    with pytest.raises(BootError, match=r"it has 5000 bytes, its header says 9216"):
        look_at(bytes(image[:5000]))


def test_unreadable_content(tmp_path: Path) -> None:
    # A descriptor of a folder can be had, and reading it fails as a broken disk does.
    (tmp_path / "something").touch()
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(BootError) as refused:
        examine(folder, NAME)
    assert refused.value.message.startswith(f"{NAME} cannot be read: ")
    os.close(folder)


@pytest.mark.parametrize(
    ("piece", "times"),
    [(b"kernel", 100_000), (bytes(range(256)), 12_000), (b"", 0), (b"\0", 5 << 20)],
)
def test_gzip_unpacks(piece: bytes, times: int) -> None:
    content = piece * times
    packed = gzip.compress(content)
    fd = wrapped.unwrap_gzip(memory_file(packed + b"what follows is not looked at"), NAME)
    assert os.pread(fd, len(content) + 1, 0) == content


@pytest.mark.parametrize("method", ["gzip", "xzkern", "lzma"])
def test_zboot_unpacks(method: str) -> None:
    import lzma

    content = os.urandom(1000) * 2000
    packed = {
        "gzip": lambda: gzip.compress(content),
        "xzkern": lambda: lzma.compress(content, preset=0),
        "lzma": lambda: lzma.compress(content, lzma.FORMAT_ALONE, preset=0),
    }[method]()
    # The length of what is unpacked follows, as the kernel's build appends it.
    image = zboot(packed, method) + len(content).to_bytes(4, "little")
    fd = wrapped.unwrap_zboot(memory_file(image), NAME)
    assert os.pread(fd, len(content) + 1, 0) == content


def test_damaged_wrappings() -> None:
    packed = gzip.compress(os.urandom(100_000))
    with pytest.raises(BootError, match="truncated: its compressed content breaks off"):
        wrapped.unwrap_gzip(memory_file(packed[:50_000]), NAME)
    changed = bytearray(packed)
    changed[-6] ^= 1
    with pytest.raises(BootError, match="damaged: its compressed content cannot be unpacked"):
        wrapped.unwrap_gzip(memory_file(bytes(changed)), NAME)
    with pytest.raises(BootError, match="is compressed with lzo, which bootpy cannot unpack"):
        wrapped.unwrap_zboot(memory_file(zboot(b"x", "lzo")), NAME)
    with pytest.raises(BootError, match="it has 20 bytes, its header says 64"):
        wrapped.unwrap_zboot(memory_file(b"MZ\0\0zimg" + bytes(12)), NAME)
    image = zboot(packed, "gzip")
    with pytest.raises(BootError, match=f"it has {len(image) - 9} bytes, its header says"):
        wrapped.unwrap_zboot(memory_file(image[:-9]), NAME)


def test_what_unpacks_to_too_much_is_refused() -> None:
    fd = memory_file(gzip.compress(bytes(5000)))
    assert os.fstat(wrapped.unwrap_gzip(fd, NAME, most=5000)).st_size == 5000
    with pytest.raises(BootError, match="unpacks to over 4999 bytes"):
        wrapped.unwrap_gzip(fd, NAME, most=4999)


def test_uki_with_profiles_is_taken_apart_as_profile_0() -> None:
    image = portable(
        [
            (".linux", b"K"),
            (".initrd", b"I1"),
            (".cmdline", b"base\n\0"),
            (".ucode", b"U"),
            (".uname", b"6.9.1\n"),
            (".initrd", b"I2"),
            (".profile", b"ID=main"),
            (".cmdline", b" of profile 0 "),
            (".profile", b"ID=other"),
            (".cmdline", b"other"),
            (".initrd", b"I3"),
        ]
    )
    fd = memory_file(image)
    parts = uki.take_apart(fd, NAME)
    assert [os.pread(p.fd, p.size, p.offset) for p in parts.microcode] == [b"U"]
    assert [os.pread(p.fd, p.size, p.offset) for p in parts.initrds] == [b"I1", b"I2"]
    assert os.pread(fd, parts.kernel.size, parts.kernel.offset) == b"K"
    assert (parts.cmdline, parts.release) == ("of profile 0", "6.9.1")


def test_uki_without_command_line_or_kernel() -> None:
    assert uki.take_apart(memory_file(portable([(".linux", b"K")])), NAME).cmdline is None
    with pytest.raises(BootError, match=r"\.linux section is empty"):
        uki.take_apart(memory_file(portable([(".linux", b"")])), NAME)


SEEDS = (
    bzimage(),
    flat_image(ARM64),
    elf(62),
    zboot(gzip.compress(b"kernel" * 100), "gzip"),
    gzip.compress(bzimage()),
    portable([(".linux", bzimage()), (".cmdline", b"quiet"), (".initrd", b"070701")]),
)


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 0x600), st.binary(min_size=1, max_size=8)), max_size=6),
    st.integers(1, 1 << 14),
)
def test_damage_of_any_kind_ends_in_a_value_or_a_booterror(
    seed: bytes, changes: list[tuple[int, bytes]], length: int
) -> None:
    content = bytearray(seed)
    for where, new in changes:
        content[where : where + len(new)] = new
    with contextlib.ExitStack() as held:
        fd = memory_file(bytes(content[:length]))
        held.callback(os.close, fd)
        with contextlib.suppress(BootError):
            image = examine(fd, NAME)
            if image.format == "UKI":
                uki.take_apart(fd, NAME)
            if image.format == "gzip":
                held.callback(os.close, wrapped.unwrap_gzip(fd, NAME))
            if image.format == "zboot":
                held.callback(os.close, wrapped.unwrap_zboot(fd, NAME))
