"""What is handed over of the screen, of ACPI and of EFI."""

import struct
from pathlib import Path

import pytest

from bootpy.kexec.multiboot.firmware import by_log, root_pointer, system_table
from bootpy.kexec.screen_info import COLOURS, TEXT, Screen, screen_of

PAGE = 4096


def zero_page(**fields: int) -> bytes:
    """Build boot parameters whose screen_info has these fields, by Linux's names."""
    places = {
        "orig_video_cols": ("B", 0x07),
        "orig_video_lines": ("B", 0x0E),
        "orig_video_isVGA": ("B", 0x0F),
        "lfb_width": ("H", 0x12),
        "lfb_height": ("H", 0x14),
        "lfb_depth": ("H", 0x16),
        "lfb_base": ("I", 0x18),
        "lfb_linelength": ("H", 0x24),
        "red_size": ("B", 0x26),
        "red_pos": ("B", 0x27),
        "green_size": ("B", 0x28),
        "green_pos": ("B", 0x29),
        "blue_size": ("B", 0x2A),
        "blue_pos": ("B", 0x2B),
        "capabilities": ("I", 0x36),
        "ext_lfb_base": ("I", 0x3A),
        "acpi_rsdp_addr": ("Q", 0x70),
        "efi_loader_signature": ("I", 0x1C0),
        "efi_systab": ("I", 0x1C4),
        "efi_systab_hi": ("I", 0x1D8),
    }
    page = bytearray(PAGE)
    for name, value in fields.items():
        form, at = places[name]
        struct.pack_into(f"<{form}", page, at, value)
    return bytes(page)


def test_text() -> None:
    page = zero_page(orig_video_isVGA=1, orig_video_cols=80, orig_video_lines=25)
    assert screen_of(page) == Screen(0xB8000, 160, 80, 25, 16, TEXT)


BUFFER = {
    "lfb_width": 1280,
    "lfb_height": 800,
    "lfb_depth": 32,
    "lfb_base": 0x80000000,
    "lfb_linelength": 5120,
    "red_size": 8,
    "red_pos": 16,
    "green_size": 7,
    "green_pos": 9,
    "blue_size": 6,
    "blue_pos": 1,
    "ext_lfb_base": 0xC0,
}


@pytest.mark.parametrize("kind", [0x23, 0x70])
def test_a_frame_buffer(kind: int) -> None:
    found = screen_of(zero_page(orig_video_isVGA=kind, **BUFFER))
    colours = bytes((16, 8, 9, 7, 1, 6))
    assert found == Screen(0x80000000, 5120, 1280, 800, 32, COLOURS, colours)
    high = screen_of(zero_page(orig_video_isVGA=kind, capabilities=2, **BUFFER))
    assert high is not None
    assert high.address == 0xC080000000


def test_no_screen_that_is_known() -> None:
    assert screen_of(b"") is None
    assert screen_of(zero_page()) is None
    assert screen_of(zero_page(orig_video_isVGA=0x70)) is None
    assert screen_of(zero_page(orig_video_isVGA=0x10, **BUFFER)) is None


def pointer(revision: int, length: int = 36) -> bytes:
    """Build ACPI's root pointer with right sums."""
    found = bytearray(b"RSD PTR \0BOCHS " + bytes((revision,)) + struct.pack("<I", 0x7FE0000))
    found[8] = -sum(found) & 0xFF
    if revision < 2:
        return bytes(found)
    found += struct.pack("<IQB3x", length, 0x7FE0000, 0)
    found[32] = -sum(found) & 0xFF
    return bytes(found)


def memory(root: Path, at: int, content: bytes, size: int = 1 << 20) -> str:
    (root / "dev").mkdir()
    with (root / "dev/mem").open("wb") as file:
        file.truncate(size)
        file.seek(at)
        file.write(content)
    return str(root)


@pytest.mark.parametrize("revision", [0, 2])
def test_the_root_pointer_in_a_bios(tmp_path: Path, revision: int) -> None:
    there = pointer(revision)
    root = memory(tmp_path, 0xF59B0, there)
    assert root_pointer(zero_page(), root) == there
    assert root_pointer(b"", root) == there


def test_the_root_pointer_where_the_loader_said_it_is(tmp_path: Path) -> None:
    there = pointer(2)
    root = memory(tmp_path, 0x123450, there, 2 << 20)
    assert root_pointer(zero_page(acpi_rsdp_addr=0x123450), root) == there
    assert root_pointer(zero_page(), root) == b""


def test_the_root_pointer_by_efi(tmp_path: Path) -> None:
    there = pointer(2)
    root = memory(tmp_path, 0x123450, there, 2 << 20)
    (tmp_path / "sys/firmware/efi").mkdir(parents=True)
    (tmp_path / "sys/firmware/efi/systab").write_text("ACPI20=0x123450\nACPI=0x1\n")
    assert root_pointer(zero_page(), root) == there


def test_a_root_pointer_whose_sum_is_wrong_is_none(tmp_path: Path) -> None:
    wrong = bytearray(pointer(0))
    wrong[16] ^= 1
    root = memory(tmp_path, 0xE0000, bytes(wrong).ljust(48, b"\0") + pointer(0))
    assert root_pointer(zero_page(), root) == pointer(0)


def test_the_old_part_of_a_root_pointer_whose_new_part_is_damaged(tmp_path: Path) -> None:
    there = bytearray(pointer(2))
    there[24] ^= 1
    assert root_pointer(b"", memory(tmp_path, 0xE0000, bytes(there))) == bytes(there[:20])


# As Linux 6.1 logs it on QEMU's machines.
ON_EFI = (
    "ACPI: Early table checksum verification disabled",
    "ACPI: RSDP 0x000000003F77E014 000024 (v02 BOCHS )",
    "ACPI: XSDT 0x000000003F77D0E8 000054 (v01 BOCHS  BXPC     00000001      01000013)",
    "ACPI: FACP 0x000000003F779000 0000F4 (v03 BOCHS  BXPC     00000001 BXPC 00000001)",
)
ON_BIOS = (
    "ACPI: RSDP 0x00000000000F59B0 000014 (v00 BOCHS )",
    "ACPI: RSDT 0x000000003FFE2582 000038 (v01 BOCHS  BXPC     00000001 BXPC 00000001)",
)


def test_a_root_pointer_by_the_log() -> None:
    found = by_log(ON_EFI)
    assert (len(found), sum(found[:20]) & 0xFF, sum(found) & 0xFF) == (36, 0, 0)
    assert struct.unpack("<8sB6sBIIQ4x", found)[2:7] == (b"BOCHS ", 2, 0, 36, 0x3F77D0E8)
    found = by_log(ON_BIOS)
    assert (len(found), sum(found) & 0xFF) == (20, 0)
    assert struct.unpack("<8sB6sBI", found)[2:] == (b"BOCHS ", 0, 0x3FFE2582)


@pytest.mark.parametrize(
    "lines", [(), ON_EFI[:2], ON_EFI[2:], ON_BIOS[1:], (ON_BIOS[0], ON_EFI[2]), ("ACPI: RSDP 0x",)]
)
def test_a_log_that_does_not_go_back_so_far(lines: tuple[str, ...]) -> None:
    assert by_log(lines) == b""


def test_memory_that_may_not_be_read(tmp_path: Path) -> None:
    assert root_pointer(zero_page(), str(tmp_path)) == b""


def test_the_system_table_where_efi_was_left_alone(tmp_path: Path) -> None:
    page = zero_page(efi_loader_signature=0x34364C45, efi_systab=0x7F5EC018, efi_systab_hi=1)
    assert system_table(page, str(tmp_path)) == 0x17F5EC018
    assert system_table(zero_page(efi_systab=0x7F5EC018), str(tmp_path)) == 0
    assert system_table(b"", str(tmp_path)) == 0
    (tmp_path / "sys/firmware/efi/runtime-map").mkdir(parents=True)
    assert system_table(page, str(tmp_path)) == 0
