import struct
from pathlib import Path

import pytest
from kernel_images import debian_kernel
from recorded import FIRMWARES, laid_out, zero_page

from bootpy.kexec.bootparams import Efi, Handover, build, given_root_pointer
from bootpy.kexec.bzimage import header
from bootpy.kexec.memory_map import PAGE, Region, firmware_map
from bootpy.timeline import SETUP_TYPE

AT = 0x1_2345_6000
INITRD = 0x1_8000_0000
REGIONS = [Region(0, 0x9FC00, 1), Region(0x100000, 0x80000000, 1), Region(0xFE000000, 1 << 32, 2)]
SETUP = header(debian_kernel()[:0x300]).setup


def handover(
    regions: list[Region] | None = None,
    current: bytes = b"",
    cmdline: bytes = b"root=/dev/vda2 quiet",
    efi: Efi | None = None,
    seed: bytes = b"",
) -> Handover:
    return Handover(SETUP, current, regions or REGIONS, cmdline, 0x1_0000_0005, 0xE0014, efi, seed)


def field(content: bytes, layout: str, offset: int) -> int:
    return int(struct.unpack_from("<" + layout, content, offset)[0])


def setup_data(content: bytes) -> list[tuple[int, bytes]]:
    """Go through the list of setup_data as the kernel does."""
    found, place = [], field(content, "Q", 0x250)
    while place:
        following, kind, length = struct.unpack_from("<QII", content, place - AT)
        found.append((kind, content[place - AT + 16 :][:length]))
        place = following
    return found


def table(content: bytes) -> list[Region]:
    entries = struct.iter_unpack("<QQI", content[0x2D0 : 0x2D0 + 20 * content[0x1E8]])
    return [Region(start, start + size, kind) for start, size, kind in entries]


def test_what_the_image_says_of_itself_is_kept() -> None:
    page = build(handover(), AT, INITRD)
    given = debian_kernel()[: 0x1F1 + len(SETUP)]
    ours = {*range(0x210, 0x212), *range(0x218, 0x220), *range(0x228, 0x22C)}
    for offset in range(0x1F1, len(given)):
        assert offset in ours or page[offset] == given[offset], hex(offset)
    assert page[0x1EF] == 0, "the sentinel of an unprepared page"
    assert page[0x210] == 0xD0


def test_command_line() -> None:
    content = build(handover(cmdline=b"a=\xe4 b"), AT, INITRD)
    place = field(content, "I", 0x0C8) << 32 | field(content, "I", 0x228)
    assert content[place - AT :].startswith(b"a=\xe4 b\0")


def test_initrd_above_4_gib() -> None:
    content = build(handover(), AT, INITRD)
    assert field(content, "I", 0x0C0) << 32 | field(content, "I", 0x218) == INITRD
    assert field(content, "I", 0x0C4) << 32 | field(content, "I", 0x21C) == 0x1_0000_0005


def test_memory() -> None:
    content = build(handover(), AT, INITRD)
    assert table(content) == REGIONS
    assert field(content, "I", 0x1E0) == (0x80000000 - 0x100000 - 1) >> 10
    assert field(content, "H", 0x002) == 0xFC00
    small = build(handover([Region(0x100000, 0x800000, 1)]), AT, INITRD)
    assert field(small, "H", 0x002) == field(small, "I", 0x1E0) == (0x700000 - 1) >> 10
    assert field(build(handover([Region(0, 4096, 1)]), AT, INITRD), "H", 0x002) == 0


@pytest.mark.parametrize("count", [127, 128, 129, 300])
def test_more_regions_than_the_page_holds(count: int) -> None:
    regions = [Region(n << 20, n + 1 << 20, 1 + n % 2) for n in range(count)]
    content = build(handover(regions), AT, INITRD)
    further = [data for kind, data in setup_data(content) if kind == 1]
    found = table(content)
    for data in further:
        found += [Region(s, s + size, kind) for s, size, kind in struct.iter_unpack("<QQI", data)]
    assert found == regions
    assert len(further) == (count > 128)
    assert content[0x1E8] == min(count, 128)
    assert content[0xCD0:0xD00] == bytes(0x30), "the table ran over its end"


def test_acpi_and_seed() -> None:
    content = build(handover(seed=b"s" * 32), AT, INITRD)
    assert field(content, "Q", 0x070) == 0xE0014
    assert given_root_pointer(content) == 0xE0014
    assert given_root_pointer(b"") == 0
    assert setup_data(content) == [(9, b"s" * 32)]
    assert setup_data(build(handover(), AT, INITRD)) == []


@pytest.mark.parametrize("size", [1, 16384])
def test_the_timelines_record(size: int) -> None:
    what = handover(seed=b"s" * 32)._replace(record=b"r" * size)
    found = setup_data(build(what, AT, INITRD))
    assert found == [(SETUP_TYPE, b"r" * size), (9, b"s" * 32)]


def test_efi() -> None:
    efi = Efi(0x34364C45, 0x1_7F5E_B018, 48, 1, b"m" * 96, b"e" * 96)
    content = build(handover(efi=efi, seed=b"s" * 32), AT, INITRD)
    assert content[0x1C0:0x1C4] == b"EL64"
    assert field(content, "I", 0x1D8) << 32 | field(content, "I", 0x1C4) == 0x1_7F5E_B018
    assert struct.unpack_from("<II", content, 0x1C8) == (48, 1)
    memmap = field(content, "I", 0x1DC) << 32 | field(content, "I", 0x1D0)
    assert content[memmap - AT :][: field(content, "I", 0x1D4)] == b"m" * 96
    assert setup_data(content) == [(9, b"s" * 32), (4, b"e" * 96)]
    assert build(handover(), AT, INITRD)[0x1C0:0x1E0] == bytes(32)


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_of_recorded_machines(tmp_path: Path, firmware: str) -> None:
    root = laid_out(tmp_path, firmware)
    regions, current = firmware_map(root), zero_page(root)
    content = build(handover(regions, current), AT, INITRD)
    assert table(content) == regions
    # The screen, but for the size of memory in the middle of it.
    assert content[:2] == current[:2]
    assert content[4:0x40] == current[4:0x40]
    assert content[0x0F] == {"seabios": 0x01, "ovmf": 0x70}[firmware]  # VGA text, EFI
    # The monitor; the BIOS's disks; whether Secure Boot is on; and nothing else.
    kept = {*range(0x140, 0x1C0), 0x1E9, 0x1EA, 0x1EC, *range(0x290, 0x2D0), *range(0xD00, 0xEEC)}
    filled = {*range(0x40), *range(0x70, 0x78), *range(0xC0, 0xCC), *range(0x1E0, 0x1E4), 0x1E8}
    filled |= {*range(0x1F1, 0x290), *range(0x2D0, 0xCD0)}
    for offset in range(PAGE):
        if offset in kept:
            assert content[offset] == current[offset], hex(offset)
        elif offset not in filled:
            assert content[offset] == 0, hex(offset)


def test_the_length_does_not_depend_on_addresses() -> None:
    efi = Efi(1, 2, 48, 1, b"m" * 96, b"e" * 96)
    for what in (handover(), handover(efi=efi, seed=b"s" * 32), handover(cmdline=b"")):
        assert len(build(what, 0, 0)) == len(build(what, AT, INITRD))
