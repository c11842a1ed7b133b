"""Multiboot kernels by the loader: a witness of what they are handed, Xen with a dom0, memtest86+.

Dom0 takes its command line and its initrd from Xen's modules, so that its shell shows that both
arrived.
"""

import gzip
import struct
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from kexec_calls import Running
from multiboot_reading import read_1, read_2
from multiboot_witness import Registers, Witness

from qemu.disks import multiboot
from qemu.loader import loader_machine
from qemu.machine import Firmware, Machine
from qemu.scenarios import TARGET

MIB = 1 << 20
PACKED = gzip.compress(multiboot.MODULE, mtime=0)


def machine(disk: Path, entry: str, firmware: Firmware = Firmware.SEABIOS) -> Machine:
    return loader_machine(
        disk, append=f'bootpy.timeout=0 bootpy.entry="{entry}"', firmware=firmware
    )


def witness(running: Running, entry: str, firmware: Firmware = Firmware.SEABIOS) -> Witness:
    started = machine(multiboot.witness_disk(), entry, firmware)
    return Witness(running(replace(started, extra=(*started.extra, "-device", "VGA"))))


def check_registers(found: Registers, magic: int) -> None:
    """Hold the processor's state against section 3.2 (version 2: 3.3) of the specification."""
    assert found.eax == magic
    assert found.cr0 & 0x80000001 == 1, "protected mode, no paging"
    assert not found.eflags & 0x20200, "neither interrupts nor virtual 8086 mode"
    assert not found.cr4
    assert found.cs == 0x10
    assert found.ds == 0x18


def check_modules(memory: Witness, modules: list[tuple[int, int, bytes]], names: list[str]) -> None:
    contents = [multiboot.MODULE, multiboot.MODULE, PACKED]
    texts = [b"of=it", b"", b"left"]
    assert [text for *_, text in modules] == [
        b" ".join(filter(None, (name.encode(), text)))
        for name, text in zip(names, texts, strict=True)
    ]
    behind = 0x402000
    for (start, end, _), content in zip(modules, contents, strict=True):
        assert start >= behind
        assert start % 4096 == 0
        assert memory.read(start, end - start) == content
        behind = end


def check_map(regions: list[tuple[int, int, int]], memory: int) -> None:
    """Hold the map against a machine with this many MiB: how much RAM it tells of, and where."""
    usable = sum(end - start for start, end, kind in regions if kind == 1)
    assert (memory - 16) * MIB < usable <= memory * MIB
    assert regions == sorted(regions)
    assert all(end <= start for (_, end, _), (start, _, _) in pairwise(regions))


@pytest.mark.parametrize(
    ("entry", "names", "loader", "line"),
    [
        ("Witness multiboot", ["", "", ""], b"bootpy in the place of GRUB 2", b"one=1 two"),
        pytest.param(
            "Witness legacy",
            ["/module", "/module.gz", "/module.gz"],
            b"bootpy",
            b"/witness one=1 two three",
            marks=pytest.mark.long,
        ),
    ],
    ids=["grub", "grub-legacy"],
)
def test_what_a_kernel_of_version_1_is_handed(
    running: Running, entry: str, names: list[str], loader: bytes, line: bytes
) -> None:
    memory = witness(running, entry)
    check_registers(memory.registers, 0x2BADB002)
    said = read_1(memory)
    assert (said["cmdline"], said["boot_loader_name"]) == (line, loader)
    check_modules(memory, said["modules"], names)
    check_map(said["map"], 1024)
    assert said["mem_lower"] == 639
    assert 1000 << 10 < said["mem_upper"] < 1023 << 10
    # SeaBIOS leaves text mode on.
    assert said["screen"][:6] == (0xB8000, 160, 80, 25, 16, 2)


@pytest.mark.parametrize(
    "firmware", [Firmware.SEABIOS, pytest.param(Firmware.OVMF, marks=pytest.mark.long)]
)
def test_what_a_kernel_of_version_2_is_handed(running: Running, firmware: Firmware) -> None:
    memory = witness(running, "Witness multiboot2", firmware)
    check_registers(memory.registers, 0x36D76289)
    said = read_2(memory.whole())
    assert said[1] == [b"one=1 two\0"]
    assert said[2] == [b"bootpy in the place of GRUB 2\0"]
    modules = [(*struct.unpack_from("<II", one), one[8:-1]) for one in said[3]]
    check_modules(memory, modules, ["", "", ""])
    rows = [struct.unpack_from("<QQI", said[6][0], at) for at in range(8, len(said[6][0]), 24)]
    check_map([(start, start + size, kind) for start, size, kind in rows], 1024)
    check_sections(memory, said[9][0])
    address, pitch, width, height, depth, kind = struct.unpack_from("<QIIIBB", said[8][0])
    if firmware is Firmware.SEABIOS:
        assert said[14][0].startswith(b"RSD PTR ")
        assert (address, pitch, width, height, depth, kind) == (0xB8000, 160, 80, 25, 16, 2)
        return
    assert said[15][0].startswith(b"RSD PTR ")
    assert (depth, kind, pitch) == (32, 1, 4 * width)
    check_bios_data(memory, said[15][0], rows)


def check_sections(memory: Witness, told: bytes) -> None:
    """Look up a symbol by ELF's section headers, as a kernel does for a backtrace."""
    count, step, names = struct.unpack_from("<III", told)
    rows = [struct.unpack_from("<10I", told, 12 + step * number) for number in range(count)]
    strings = memory.read(rows[names][3], rows[names][5])
    by_name: dict[str, Any] = {
        strings[row[0] :].partition(b"\0")[0].decode(): row for row in rows if row[1]
    }
    text, symbols, labels = (by_name[name] for name in (".text", ".symtab", ".strtab"))
    assert text[3] == 0x400000
    table = memory.read(symbols[3], symbols[5])
    known = memory.read(labels[3], labels[5])
    entries = [struct.unpack_from("<3I", table, at) for at in range(0, len(table), 16)]
    found = {known[name:].partition(b"\0")[0]: value for name, value, _ in entries}
    assert memory.read(found[b"hello"], 9) == b"\nWITNESS "


def check_bios_data(memory: Witness, pointer: bytes, rows: list[tuple[int, ...]]) -> None:
    """Look for ACPI's root pointer as on a machine with a BIOS, which this one has none of."""
    (segment,) = memory.take("H", 0x40E)
    (kibibytes,) = memory.take("H", 0x413)
    area = segment << 4
    assert area == kibibytes << 10
    assert 0x40000 <= area < 0xA0000
    extended = memory.read(area, 1024)
    (at,) = (at for at in range(0, 1024, 16) if extended.startswith(b"RSD PTR ", at))
    assert extended[at : at + len(pointer)] == pointer
    assert [size for start, size, kind in rows if (start, kind) == (area, 2)] == [4096]


@pytest.mark.long
def test_more_modules_than_the_kernel_takes_segments(running: Running) -> None:
    memory = witness(running, "Many modules")
    modules = [struct.unpack_from("<II", one) for one in read_2(memory.whole())[3]]
    assert len(modules) == 40
    for start, end in (modules[0], modules[17], modules[39]):
        assert memory.read(start, end - start) == multiboot.MODULE


XEN = [
    ("Xen by multiboot2", Firmware.SEABIOS, "multiboot2"),
    ("Xen by multiboot", Firmware.SEABIOS, "multiboot"),
    ("Xen by GRUB legacy", Firmware.SEABIOS, "legacy"),
    ("Xen by mboot.c32", Firmware.SEABIOS, "mboot"),
    ("Xen by multiboot2", Firmware.OVMF, "multiboot2"),
    ("Xen by multiboot", Firmware.OVMF, "multiboot"),
]


@pytest.mark.parametrize(
    ("entry", "firmware", "way"),
    [XEN[0], *(pytest.param(*one, marks=pytest.mark.long) for one in XEN[1:])],
)
def test_xen_and_its_dom0(running: Running, entry: str, firmware: Firmware, way: str) -> None:
    guest = running(machine(multiboot.xen(), entry, firmware))
    line = guest.expect(r"\(XEN\) Command line: ([^\r\n]*)[\r\n]", timeout=200)[1]
    # Words for Xen begin behind a file's name, or behind the word that stands for one.
    assert "no-real-mode" in line.split()
    assert line.endswith(multiboot.XEN_WORDS)
    guest.expect(r"\(XEN\) ACPI: RSDP ")
    found = guest.expect(multiboot.DOM0, timeout=300)
    assert found[1] == "xen"
    assert found[2].endswith(f"{multiboot.DOM0_WORDS} way={way}")
    guest.expect(TARGET.prompt)


@pytest.mark.long
@pytest.mark.parametrize("firmware", list(Firmware))
def test_memtest(running: Running, firmware: Firmware) -> None:
    guest = running(machine(multiboot.xen(), "memtest86+", firmware))
    guest.expect(r"Memtest86\+", timeout=400)
    guest.expect(r"Pass", timeout=60)
