from pathlib import Path

import pytest
from recorded import FIRMWARES, iomem, laid_out, zero_page

from bootpy.kexec.memory_map import (
    Region,
    all_processors_run,
    firmware_map,
    running_kernel,
    usable,
    within,
    without,
)

# What dmesg shows of the recorded machine with SeaBIOS ("BIOS-e820: ...").
SEABIOS = [
    Region(0x0, 0x9FC00, 1),
    Region(0x9FC00, 0xA0000, 2),
    Region(0xF0000, 0x100000, 2),
    Region(0x100000, 0x7FFE0000, 1),
    Region(0x7FFE0000, 0x80000000, 2),
    Region(0xB0000000, 0xC0000000, 2),
    Region(0xFED1C000, 0xFED20000, 2),
    Region(0xFFFC0000, 0x100000000, 2),
    Region(0x100000000, 0x180000000, 1),
    Region(0xFD00000000, 0x10000000000, 2),
]


def e820(page: bytes) -> list[Region]:
    """Read the table that the firmware's boot loader gave to the recorded kernel."""
    entries = [page[0x2D0 + 20 * number :][:20] for number in range(page[0x1E8])]
    number = int.from_bytes
    found = [
        (number(e[:8], "little"), number(e[8:16], "little"), number(e[16:], "little"))
        for e in entries
    ]
    return [Region(start, start + size, kind) for start, size, kind in found]


def test_map_of_seabios(tmp_path: Path) -> None:
    assert firmware_map(laid_out(tmp_path, "seabios")) == SEABIOS


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_the_map_is_what_the_recorded_kernel_was_given(tmp_path: Path, firmware: str) -> None:
    root = laid_out(tmp_path, firmware)
    given = sorted(e820(zero_page(root)))
    covered = [(r.start, r.end, r.type) for r in firmware_map(root)]
    assert sum(r.end - r.start for r in given) == sum(end - start for start, end, _ in covered)
    for region in given:
        assert any(
            start <= region.start and region.end <= end and kind == region.type
            for start, end, kind in covered
        ), region


def test_no_map(tmp_path: Path) -> None:
    assert firmware_map(str(tmp_path)) == []


def write_map(root: Path, *regions: tuple[int, int, str]) -> str:
    for number, (start, last, kind) in enumerate(regions):
        folder = root / "sys/firmware/memmap" / str(number)
        folder.mkdir(parents=True)
        for name, text in (("start", f"{start:#x}"), ("end", f"{last:#x}"), ("type", kind)):
            (folder / name).write_text(f"{text}\n")
    return str(root)


def test_types_order_and_neighbours(tmp_path: Path) -> None:
    root = write_map(
        tmp_path,
        (0x9000, 0x9FFF, "reserved"),
        (0x2000, 0x2FFF, "System RAM"),
        (0x1000, 0x1FFF, "System RAM"),
        (0x3000, 0x3FFF, "ACPI Tables"),
        (0x4000, 0x4FFF, "ACPI Non-volatile Storage"),
        (0x5000, 0x5FFF, "Unusable memory"),
        (0x6000, 0x6FFF, "Persistent Memory"),
        (0x7000, 0x7FFF, "Persistent Memory (legacy)"),
        (0x8000, 0x8FFF, "Soft Reserved"),
        (0xA000, 0xAFFF, "Unknown E820 type"),
    )
    assert [(r.start >> 12, r.end >> 12, r.type) for r in firmware_map(root)] == [
        (1, 3, 1),
        (3, 4, 3),
        (4, 5, 4),
        (5, 6, 5),
        (6, 7, 7),
        (7, 8, 12),
        (8, 9, 0xEFFFFFFF),
        (9, 11, 2),
    ]


def test_usable_of_seabios(tmp_path: Path) -> None:
    root = laid_out(tmp_path, "seabios")
    assert usable(firmware_map(root), iomem(root)) == [
        (0x100000, 0x7FFE0000),
        (0x100000000, 0x180000000),
    ]


def test_usable_of_ovmf(tmp_path: Path) -> None:
    root = laid_out(tmp_path, "ovmf")
    free = usable(firmware_map(root), iomem(root))
    assert free[0] == (0x100000, 0x806000)
    # Linux cuts RAM at its setup_data, whose pages are given up: 7d57c018 to 7d585c57.
    assert (0x900000, 0x7D57C000) in free
    assert (0x7D586000, 0x7EAA0000) in free
    assert free[-1] == (0x100000000, 0x180000000)


def test_what_is_marked_within_ram_is_left_alone() -> None:
    regions = [Region(0, 0x9FC00, 1), Region(0x100000, 0x40000000, 1)]
    text = """\
00000000-00000fff : Reserved
00001000-0009fbff : System RAM
00100000-3fffffff : System RAM
  01000000-01c00fff : Kernel code
  20000000-2fffffff : Crash kernel
  3c000800-3c0017ff : Reserved
40000000-4fffffff : PCI Bus 0000:00
  40000000-40000fff : Reserved
"""
    assert usable(regions, text) == [
        (0x100000, 0x20000000),
        (0x30000000, 0x3C000000),
        (0x3C002000, 0x40000000),
    ]
    assert running_kernel(text) == (0x1000000, 0x1C01000)


def test_memory_of_only_one_account_is_not_used() -> None:
    regions = [Region(0x100000, 0x40000000, 1)]
    # mem= on the command line, or a kernel that found part of it broken.
    assert usable(regions, "00100000-1fffffff : System RAM\n") == [(0x100000, 0x20000000)]
    assert usable([], "00100000-1fffffff : System RAM\n") == []
    # What a process without rights sees.
    assert usable(regions, "00000000-00000000 : System RAM\n") == []
    assert running_kernel("") == (0, 0)


def test_the_running_kernel_of_seabios(tmp_path: Path) -> None:
    assert running_kernel(iomem(laid_out(tmp_path, "seabios"))) == (0x30E00000, 0x33600000)


@pytest.mark.parametrize(
    ("present", "online", "run"), [("0-3", "0-3", True), ("0-3", "0-1", False), ("0", "0", True)]
)
def test_processors_that_are_off(tmp_path: Path, present: str, online: str, run: bool) -> None:
    folder = tmp_path / "sys/devices/system/cpu"
    folder.mkdir(parents=True)
    (folder / "present").write_text(f"{present}\n")
    (folder / "online").write_text(f"{online}\n")
    assert all_processors_run(str(tmp_path)) is run
    assert not all_processors_run(str(tmp_path / "none"))


def test_without() -> None:
    assert without([(0, 10), (20, 30)], 5, 25) == [(0, 5), (25, 30)]
    assert without([(0, 10)], 3, 4) == [(0, 3), (4, 10)]
    assert without([(0, 10)], 10, 20) == [(0, 10)]
    assert without([(10, 20)], 0, 10) == [(10, 20)]
    assert without([(0, 10)], 0, 10) == []


def test_within() -> None:
    free = [(0x1000, 0x5000), (0x8000, 0xA000)]
    assert within(free, 0, 1 << 64) == free
    assert within(free, 0x1001, 0x9FFF) == [(0x2000, 0x5000), (0x8000, 0x9000)]
    assert within(free, 0x6000, 0x7000) == []
