"""boot.cfg of ESXi: kernel, modules, and which of the boot banks boots."""

from pathlib import Path

import pytest
from boot_trees import EFI, tree

from bootpy.entry import Configuration, Entry, File, Module, Write
from bootpy.policy.listing import merge
from bootpy.readers.esxi import PLACES, read
from bootpy.readers.table import ROWS
from bootpy.volume import FolderVolume, Volumes

# Installed by ESXi 5.1.
BANK_5 = """\
bootstate=0
kernel=tboot.b00
title=Loading VMware ESXi
kernelopt=installerDiskDumpSlotSize=2560 no-auto-partition
modules=b.b00 --- useropts.gz --- k.b00 --- a.b00 --- ata-pata.v00
build=5.1.0-0.0.799733
updated=1
"""

# Installed by ESXi 8.0.
BANK_8 = """\
bootstate=0
title=Loading VMware ESXi
timeout=5
prefix=
kernel=b.b00
kernelopt=autoPartition=FALSE
modules=jumpstrt.gz --- useropts.gz --- features.gz --- k.b00 --- uc_intel.b00
build=8.0.2-0.0.22380479
updated={updated}
"""

# The installation medium of ESXi 7.0.
MEDIUM = """\
bootstate=0
title=Loading ESXi installer
timeout=5
prefix=
kernel=/b.b00
kernelopt=runweasel cdromBoot
modules=/jumpstrt.gz --- /useropts.gz --- /k.b00 some words
build=7.0.3-0.0.18644231
updated=0
"""


def one(volume: FolderVolume, *others: FolderVolume) -> Configuration:
    (found,) = read(volume, Volumes([volume, *others]), EFI)
    return found


def default(found: Configuration) -> Entry | None:
    marked = [entry for entry in found.entries if entry.default]
    assert [entry.id for entry in marked] == ([found.default] if found.default else [])
    return marked[0] if marked else None


def said(found: Configuration) -> list[tuple[str, int | None]]:
    return [(each.level, each.source.line if each.source else None) for each in found.diagnostics]


def bank(folder: Path, text: str, name: str) -> FolderVolume:
    names = ["b.b00", "jumpstrt.gz", "useropts.gz", "features.gz", "k.b00", "uc_intel.b00"]
    return tree(folder, {"boot.cfg": text, **dict.fromkeys(names, "x")}, name)


def test_an_installed_bank(tmp_path: Path) -> None:
    found = one(bank(tmp_path, BANK_8.format(updated=1), "sda5"))
    (entry,) = found.entries
    assert default(found) is entry
    assert found.timeout == 5.0
    assert not found.diagnostics
    names = ("jumpstrt.gz", "useropts.gz", "features.gz", "k.b00", "uc_intel.b00")
    assert entry == Entry(
        id="esxi:sda5:boot.cfg",
        title="Loading VMware ESXi",
        path=("Loading VMware ESXi",),
        format="esxi",
        kind="multiboot",
        source=entry.source,
        default=True,
        kernel=File("sda5", "/b.b00", exists=True),
        cmdline="autoPartition=FALSE",
        modules=tuple(Module(File("sda5", f"/{name}", exists=True)) for name in names),
        version="8.0.2-0.0.22380479",
        origins=entry.origins,
    )
    assert entry.source.line == 5
    fields = [(each.field, each.source.line) for each in entry.origins]
    assert fields[:3] == [("title", 2), ("kernel", 5), ("cmdline", 6)]
    assert fields[3:] == [("modules", 7)] * 5


def test_the_medium_with_names_in_capitals(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"BOOT.CFG": MEDIUM, "EFI/BOOT/BOOT.CFG": MEDIUM}
    files |= dict.fromkeys(("B.B00", "JUMPSTRT.GZ", "USEROPTS.GZ", "K.B00"), "x")
    found = one(tree(tmp_path, files))
    (entry,) = found.entries
    assert entry.kernel == File("sda1", "/B.B00", exists=True)
    assert entry.modules[2] == Module(File("sda1", "/K.B00", exists=True), "some words")
    assert entry.cmdline == "runweasel cdromBoot"
    assert default(found) is entry
    assert not found.diagnostics


@pytest.mark.parametrize(
    ("states", "chosen"),
    [
        ([("0", "1"), ("0", "2")], 1),
        ([("0", "3"), ("0", "2")], 0),
        ([("0", "10"), ("0", "9")], 0),
        ([("0", "1"), ("3", "2")], 0),
        ([("3", "1"), ("0", "1")], 1),
        ([("0", "1"), ("1", "2")], 1),
        ([("0", "1"), ("2", "2")], 0),
        ([("3", "1"), ("3", "2")], None),
        ([("7", "1"), ("0", "1")], 1),
    ],
)
def test_which_bank_boots(
    tmp_path: Path, states: list[tuple[str, str]], chosen: int | None
) -> None:
    banks = []
    for number, (state, updated) in enumerate(states):
        text = BANK_8.format(updated=updated).replace("bootstate=0", f"bootstate={state}")
        banks.append(bank(tmp_path / f"{number}", text, f"sda{5 + number}"))
    volumes = Volumes(banks)
    found = [each for volume in volumes for each in read(volume, volumes, EFI)]
    assert [len(each.entries) for each in found] == [1, 1]
    defaults = [default(each) is not None for each in found]
    assert defaults == [number == chosen for number in range(2)]
    assert all(
        each.diagnostics for each, is_default in zip(found, defaults, strict=True) if not is_default
    )
    listing = merge(found)
    wanted = None if chosen is None else f"esxi:sda{5 + chosen}:boot.cfg"
    assert listing.default == wanted


def test_banks_of_another_disk_do_not_count(tmp_path: Path) -> None:
    old = bank(tmp_path / "1", BANK_8.format(updated=1), "sda5")
    new = bank(tmp_path / "2", BANK_8.format(updated=2), "sdb5")
    assert default(one(old, new)) is not None


def test_what_the_loader_would_note(tmp_path: Path) -> None:
    text = BANK_8.format(updated=4).replace("bootstate=0", "bootstate=1")
    found = one(bank(tmp_path / "1", text, "sda5"))
    assert found.writes == (Write("sda5", "/boot.cfg", (("bootstate", "2"),)),)
    found = one(bank(tmp_path / "2", text.replace("bootstate=1", "bootstate=2"), "sda5"))
    assert found.writes == (Write("sda5", "/boot.cfg", (("bootstate", "3"),)),)
    assert not one(bank(tmp_path / "3", BANK_8.format(updated=4), "sda5")).writes


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ("kernel=k", "/efi/boot/k"),
        ("kernel=/k", "/k"),
        ("prefix=/esx\nkernel=k", "/esx/k"),
        ("prefix=esx/\nkernel=k", "/esx/k"),
        ("prefix=\nkernel=k", "/k"),
        ("prefix=/esx\nkernel=/k", "/k"),
        ("prefix=http://server/esx\nkernel=k", "http://server/esx/k"),
        ("kernel=http://server/k", "http://server/k"),
        ("Kernel = k ", "/efi/boot/k"),
    ],
)
def test_prefix(tmp_path: Path, lines: str, path: str) -> None:
    (entry,) = one(tree(tmp_path, {"efi/boot/boot.cfg": lines})).entries
    assert entry.kernel is not None
    assert entry.kernel.url or entry.kernel.path == path
    assert path in {entry.kernel.url, entry.kernel.path}


def test_modules_are_split_as_mboot_does(tmp_path: Path) -> None:
    text = "kernel=k\nmodules= --- a --- ---b c  d---e\n"
    (entry,) = one(tree(tmp_path, {"boot.cfg": text})).entries
    assert [(each.file.path, each.cmdline) for each in entry.modules] == [
        ("/a", ""),
        ("/b", "c  d"),
        ("/e", ""),
    ]


@pytest.mark.parametrize(
    ("text", "entries", "remarks"),
    [
        (BANK_5, 1, [("error", 2), *[("error", 5)] * 4]),
        ("menu=Boot normally:rndseed /var/db/entropy-file;boot\n", 0, [("info", None)]),
        ("kernel=\n", 0, [("info", None)]),
        ("kernel=b.b00\ntimeout=soon\n", 1, [("warning", 2)]),
        ("kernel=b.b00\nskip=1\n", 1, [("info", 2)]),
        ("kernel=b.b00\nbootstate=3\n", 1, [("warning", 2)]),
        ("kernel=b.b00\nnobootif=1\ncrypto=x\n#modules=y\nupdated=many\n", 1, []),
        ("", 0, [("info", None)]),
    ],
)
def test_what_is_wrong_costs_nothing_else(
    tmp_path: Path, text: str, entries: int, remarks: list[tuple[str, int | None]]
) -> None:
    files: dict[str, str | bytes] = {"boot.cfg": text}
    if "tboot" not in text:
        files["b.b00"] = "x"
    volume = tree(tmp_path, files)
    found = one(volume)
    assert len(found.entries) == entries
    assert said(found) == remarks
    assert all(each.hint for each in found.diagnostics)


def test_every_place_is_in_the_table(tmp_path: Path) -> None:
    (row,) = [row for row in ROWS if row.format == "esxi"]
    assert sorted(row.places) == sorted(PLACES)
    volume = tree(tmp_path, {path: f"kernel=k\n#{path}" for path in PLACES})
    assert [each.source.path for each in read(volume, Volumes([volume]), EFI)] == list(PLACES)
