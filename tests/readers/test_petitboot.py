"""petitboot.conf: options, the default, and files on devices that are named."""

from pathlib import Path

import pytest
from boot_trees import EFI, tree

from bootpy.entry import Configuration, Entry, File
from bootpy.readers.petitboot import PLACES, read
from bootpy.readers.table import ROWS
from bootpy.volume import FolderVolume, Volumes

UUID = "6bdb0a5a-1f5c-4c3c-9d35-0123456789ab"

WHOLE = f"""\
# written by the installer
default  Debian 12
dev_description The internal disk

name Debian 12
description Debian GNU/Linux, kernel 6.1
image /boot/vmlinux
initrd /boot/initrd.img
args root=UUID={UUID} ro
args console=hvc0
dtb /boot/machine.dtb

name\tInstaller from the network
image http://deb.example.org/vmlinux
initrd   tftp://10.0.0.1/initrd.gz

name On another disk
image UUID={UUID}:/vmlinux
initrd LABEL=boot@initrd.img
args quiet
"""


def one(volume: FolderVolume, *others: FolderVolume) -> Configuration:
    (found,) = read(volume, Volumes([volume, *others]), EFI)
    return found


def of(folder: Path, text: str) -> Configuration:
    return one(tree(folder, {"petitboot.conf": text, "k": "kernel", "i": "initrd"}))


def default(found: Configuration) -> Entry | None:
    marked = [entry for entry in found.entries if entry.default]
    assert [entry.id for entry in marked] == ([found.default] if found.default else [])
    return marked[0] if marked else None


def said(found: Configuration) -> list[tuple[str, int | None]]:
    return [(each.level, each.source.line if each.source else None) for each in found.diagnostics]


def test_a_whole_file(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"boot/petitboot.conf": WHOLE}
    files |= {f"boot/{name}": name for name in ("vmlinux", "initrd.img", "machine.dtb")}
    found = one(tree(tmp_path, files))
    assert [entry.title for entry in found.entries] == [
        "Debian 12",
        "Installer from the network",
        "On another disk",
    ]
    first, second, third = found.entries
    assert default(found) is first
    assert first.kernel == File("sda1", "/boot/vmlinux", exists=True)
    assert first.initrds == (File("sda1", "/boot/initrd.img", exists=True),)
    assert first.devicetree == File("sda1", "/boot/machine.dtb", exists=True)
    assert first.cmdline == f"root=UUID={UUID} ro console=hvc0"
    assert (first.source.path, first.source.line) == ("/boot/petitboot.conf", 5)
    assert [(one.field, one.source.line) for one in first.origins] == [
        ("title", 5),
        ("kernel", 7),
        ("initrds", 8),
        ("cmdline", 9),
        ("cmdline", 10),
        ("devicetree", 11),
    ]
    assert second.kernel == File(None, None, url="http://deb.example.org/vmlinux")
    assert second.initrds[0].url == "tftp://10.0.0.1/initrd.gz"
    assert third.kernel == File(None, "/vmlinux", wanted=f"UUID={UUID}")
    assert third.initrds == (File(None, "/initrd.img", wanted="LABEL=boot"),)
    assert said(found) == [("info", 18), ("info", 19)]
    assert found.timeout is None


@pytest.mark.parametrize(
    ("name", "where"),
    [
        (f"UUID={UUID.upper()}:/k", ("sdb1", "/k")),
        (f"uuid={UUID}@/k", ("sdb1", "/k")),
        ("LABEL=boot:k", ("sdb1", "/k")),
        ("PARTUUID=1234-01:/k", ("sdb1", "/k")),
        ("sdb1:/k", ("sdb1", "/k")),
        ("/dev/sdb1:/k", ("sdb1", "/k")),
        ("boot:/k", ("sdb1", "/k")),
        ("file:///k", ("sda1", "/k")),
        ("k", ("sda1", "/k")),
        ("../../k", ("sda1", "/k")),
        ("sdc9:/k", (None, "/k")),
    ],
)
def test_devices(tmp_path: Path, name: str, where: tuple[str | None, str]) -> None:
    home = tree(tmp_path / "1", {"petitboot.conf": f"name x\nimage {name}\n", "k": "k"})
    other = tree(tmp_path / "2", {"k": "k"}, name="sdb1")
    other.uuid, other.label, other.partuuid = UUID, "boot", "1234-01"
    (entry,) = one(home, other).entries
    assert entry.kernel is not None
    assert (entry.kernel.volume, entry.kernel.path) == where
    assert entry.kernel.resolved == (where[0] is not None)
    assert entry.kernel.exists is (True if where[0] else None)


def test_the_older_form(tmp_path: Path) -> None:
    text = "default=B\n[A]\nimage=/k\n[b]\nname = B\nkernel: k\nargs=root=/dev/sda1 quiet\n"
    found = of(tmp_path, text)
    assert [(entry.title, entry.cmdline) for entry in found.entries] == [
        ("A", ""),
        ("B", "root=/dev/sda1 quiet"),
    ]
    assert not found.diagnostics
    assert found.default == "petitboot:sda1:B"


@pytest.mark.parametrize(
    ("text", "titles", "remarks"),
    [
        ("name a\nimage /k\n", ["a"], [("info", None)]),
        ("default b\nname a\nimage /k\n", ["a"], [("warning", 1)]),
        ("default a\ndefault b\nname a\nimage /k\nname b\nimage k\n", ["a", "b"], [("info", 2)]),
        ("default a\nname a\nargs x\nname b\nimage k\n", ["b"], [("error", 2), ("warning", 1)]),
        ("default a\nname a\nimage /k\nimage /other\n", ["a"], [("warning", 4)]),
        ("default a\nname a\nimage /gone\n", ["a"], [("error", 3)]),
        ("default a\nimage /k\nname a\nimage k\n", ["a"], [("warning", 2)]),
        ("default a\nname a\nimage /k\n!?\ntimeout 5\n", ["a"], [("warning", 4), ("warning", 5)]),
        ("default a\nname a\nimage\nimage /k\n", ["a"], [("warning", 3)]),
        ("", [], []),
        ("\0", [], [("warning", 1)]),
    ],
)
def test_what_is_wrong_costs_nothing_else(
    tmp_path: Path, text: str, titles: list[str], remarks: list[tuple[str, int | None]]
) -> None:
    found = of(tmp_path, text)
    assert [entry.title for entry in found.entries] == titles
    assert said(found) == remarks
    assert all(one.hint for one in found.diagnostics)
    default(found)


def test_every_place_is_in_the_table(tmp_path: Path) -> None:
    (row,) = [row for row in ROWS if row.format == "petitboot"]
    assert sorted(row.places) == sorted(PLACES)
    volume = tree(tmp_path, dict.fromkeys(PLACES, "name x\nimage /k\n"))
    assert [one.source.path for one in read(volume, Volumes([volume]), EFI)] == list(PLACES)
