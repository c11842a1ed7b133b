import struct
from typing import Any

import pytest
from kernel_images import bzimage, debian_kernel, memory_file

from bootpy import pe
from bootpy.errors import BootError
from bootpy.kexec.bzimage import damage
from bootpy.kexec.image import Image, examine

NAME = "(sda2)/boot/vmlinuz"


def look_at(content: bytes) -> Image:
    return examine(memory_file(content), NAME)


def doubt(content: bytes) -> str:
    return damage(memory_file(content), look_at(content).version, NAME)


def header_length(kernel: bytes) -> int:
    return int((kernel[0x1F1] + 1) * 512 + struct.unpack_from("<I", kernel, 0x1F4)[0] * 16)


def test_debian_kernel() -> None:
    kernel = debian_kernel()
    image = look_at(kernel)
    assert (image.format, image.machine, image.size) == ("bzImage", "x86_64", len(kernel))
    assert image.version.startswith("6.1.0-")
    assert image.version.split()[0].endswith("-cloud-amd64")
    assert image.memory > len(kernel)
    assert image.cmdline_limit == 2016
    assert image.warnings == ()
    assert doubt(kernel) == ""


@pytest.mark.parametrize("where", [0x1000, 0x3000, 70_000, 9_000_000, -3000])
def test_changed_byte_in_debian_kernel_is_a_warning(where: int) -> None:
    kernel = bytearray(debian_kernel())
    kernel[where] ^= 0x01
    assert doubt(bytes(kernel)) == f"{NAME} does not fit its own checksum: it may be damaged"


def test_signature_is_no_part_of_the_checksum() -> None:
    kernel = debian_kernel()
    headers = pe.read(kernel)
    assert headers is not None
    offset, size = headers.certificates
    assert size > 0
    signed_otherwise = bytearray(kernel)
    for start, count in (*headers.unsigned, (offset, size)):
        signed_otherwise[start : start + count] = b"\xa5" * count
    assert doubt(bytes(signed_otherwise)) == ""
    assert doubt(kernel[: header_length(kernel)]) == ""


@pytest.mark.parametrize("length", [0x210, 700, 20_000, 70_000, 9_000_000, -1])
def test_truncated_debian_kernel(length: int) -> None:
    whole = debian_kernel()
    needed = header_length(whole)
    kernel = whole[: length if length > 0 else needed + length]
    with pytest.raises(BootError) as refused:
        look_at(kernel)
    message = refused.value.message
    assert message.startswith(f"{NAME} is truncated: it has {len(kernel)} bytes")
    if length != 0x210:  # below that the header itself is cut, so that its length is unknown
        assert message.endswith(f"its header says {needed}")
    assert refused.value.hint


def test_truncated_within_the_first_sector() -> None:
    with pytest.raises(BootError, match="truncated within its header: it has 300 bytes"):
        look_at(debian_kernel()[:300])


def test_truncated_kernel_without_a_checksum() -> None:
    with pytest.raises(BootError, match=r"it has 6000 bytes, its header says 6144\n"):
        look_at(bzimage(version="6.15.2", crc=False)[:6000])


def test_memtest_does_not_fill_up_its_last_paragraph() -> None:
    image = bzimage(version="Memtest86+ v6.10", crc=False)
    assert look_at(image[:-15]).version == "Memtest86+ v6.10"
    with pytest.raises(BootError, match=r"it has 6128 bytes, its header says 6144\n"):
        look_at(image[:-16])


def test_fields_of_the_header() -> None:
    image = look_at(bzimage(cmdline_size=4095, init_size=12345, version="5.4.0 (a@b) #2"))
    assert image.version == "5.4.0 (a@b) #2"
    assert (image.memory, image.cmdline_limit) == (12345, 4064)
    assert doubt(bzimage(setup_sectors=0)) == ""
    assert look_at(bzimage(version="")).version == ""


@pytest.mark.parametrize(
    ("version", "warned"),
    [
        ("6.1.0", True),
        ("6.14.9-arch1", True),
        ("", True),
        ("six.one", True),
        ("6.15.0-rc1", False),
        ("6.15", False),
        ("7.0.1", False),
        ("10.2", False),
        ("Memtest86+ v6.10", False),
    ],
)
def test_kernels_that_come_without_a_checksum(version: str, warned: bool) -> None:
    assert bool(doubt(bzimage(version=version, crc=False))) == warned
    assert doubt(bzimage(version=version)) == ""


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"protocol": 0x020B}, "speaks boot protocol 2.11, and kexec needs 2.12"),
        ({"protocol": 0x0200}, "speaks boot protocol 2.00, and kexec needs 2.12"),
        ({"loadflags": 0}, "is a zImage, not a bzImage"),
    ],
)
def test_kinds_that_kexec_refuses(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(BootError) as refused:
        look_at(bzimage(**fields))
    assert refused.value.message.startswith(f"{NAME} {reason}")
    assert refused.value.hint


def test_32_bit_kernel_is_told_apart() -> None:
    assert look_at(bzimage(xloadflags=0)).machine == "i686"
