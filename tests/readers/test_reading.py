"""All readers on all volumes: order, formats, laziness, and what a reader's bug may cost."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from boot_trees import EFI, tree
from hypothesis import given, settings
from hypothesis import strategies as st

from bootpy.readers import reading
from bootpy.readers.reading import read_all
from bootpy.readers.table import ROWS, Row
from bootpy.volume import FolderVolume, Volumes

BLS: dict[str, str | bytes] = {"loader/entries/a.conf": "title A\nlinux /k\n", "k": "kernel"}
EXTLINUX: dict[str, str | bytes] = {
    "extlinux/extlinux.conf": "DEFAULT b\nTIMEOUT 10\nLABEL b\nLINUX /k\n"
}


def test_volumes_in_order_and_formats_in_the_table_s_order(tmp_path: Path) -> None:
    one = tree(tmp_path / "1", EXTLINUX, name="sda1")
    two = tree(tmp_path / "2", BLS | EXTLINUX, name="sdb1")
    found = read_all(Volumes([one, two]), EFI)
    assert [(each.source.volume, each.format) for each in found] == [
        ("sda1", "syslinux"),
        ("sdb1", "bls"),
        ("sdb1", "syslinux"),
    ]


def test_formats_that_are_asked_for(tmp_path: Path) -> None:
    volumes = Volumes([tree(tmp_path, BLS | EXTLINUX)])
    assert [one.format for one in read_all(volumes, EFI, ["syslinux"])] == ["syslinux"]
    assert [one.format for one in read_all(volumes, EFI, ["bls", "grub"])] == ["bls"]


def test_what_a_grub_cfg_lists_is_not_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A reader of grub.cfg whose script lists the entries of /loader, in its own order.
    module = (
        "from bootpy.readers import bls\n"
        "def read(home, volumes, host):\n"
        "    found = bls.read(home, volumes, host)[0]\n"
        "    return [found._replace(format='grub', entries=found.entries[::-1], timeout=9.0)]\n"
    )
    (tmp_path / "reader_with_blscfg.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)
    rows = tuple(row for row in ROWS if row.format != "grub")
    monkeypatch.setattr(reading, "ROWS", (Row("grub", "reader_with_blscfg", ("/k",)), *rows))
    other: dict[str, str | bytes] = {"boot/loader/entries/other.conf": "title Other\nlinux /k\n"}
    volumes = Volumes([tree(tmp_path / "v", BLS | other)])
    found = read_all(volumes, EFI)
    assert [(one.format, [entry.title for entry in one.entries]) for one in found] == [
        ("grub", ["A"]),
        ("bls", ["Other"]),
    ]
    assert [one.default for one in found] == ["bls:sda1:a", "bls:sda1:other"]
    alone = read_all(volumes, EFI, ["bls"])
    assert [[entry.title for entry in one.entries] for one in alone] == [["A"], ["Other"]]


def test_a_reader_s_bug_is_said_and_costs_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "def read(home, volumes, host):\n    return [][0]\n"
    (tmp_path / "reader_with_a_bug.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)
    row = Row("broken", "reader_with_a_bug", ("/k",))
    monkeypatch.setattr(reading, "ROWS", (row, *ROWS))
    broken, good = read_all(Volumes([tree(tmp_path / "v", BLS)]), EFI)
    assert [entry.title for entry in good.entries] == ["A"]
    (said,) = broken.diagnostics
    assert said.level == "error"
    assert "bug" in said.message
    assert "broken reader" in said.message
    assert "IndexError" in said.message
    assert "reader_with_a_bug.py:2" in said.message
    assert said.hint


def test_readers_are_imported_when_they_are_needed(tmp_path: Path) -> None:
    tree(tmp_path, EXTLINUX)
    code = (
        "import sys\n"
        "from bootpy.entry import Host\n"
        "from bootpy.readers.reading import read_all\n"
        "from bootpy.volume import FolderVolume, Volumes\n"
        f"found = read_all(Volumes([FolderVolume({str(tmp_path)!r})]), Host('efi', 'x86_64'))\n"
        "assert found\n"
        "print(*sorted(m for m in sys.modules if m.startswith('bootpy.readers.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "bootpy.readers.syslinux.reader" in loaded
    assert not {name for name in loaded if ".grub" in name or ".bls" in name}


class Counting(FolderVolume):
    """A folder that counts what it is asked."""

    asked = 0

    def _open(self, path: str, flags: int) -> int:
        self.asked += 1
        return super()._open(path, flags)


def test_a_volume_with_nothing_to_boot_costs_a_few_questions(tmp_path: Path) -> None:
    for folder in ("etc", "home", "boot/old"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/fstab").touch()
    volume = Counting(str(tmp_path))
    assert reading._Places(list(ROWS)).standing(volume) == []
    assert volume.asked == 3  # what is in its root, in /etc and in /boot


PLACES = sorted({place for row in ROWS for place in row.places})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(PLACES), max_size=8),
    st.sampled_from([str, str.lower, str.upper, str.swapcase]),
    st.sampled_from(["file", "folder", "link", "dangling"]),
)
def test_each_row_stands_where_one_of_its_places_does(
    places: list[str], written: Callable[[str], str], kind: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        for place in places:
            path = Path(name, written(place).lstrip("/").replace("*", "a"))
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                if kind == "file":
                    path.touch()
                elif kind == "folder":
                    path.mkdir(exist_ok=True)
                else:
                    path.symlink_to("/" if kind == "link" else "/none")
            except (FileExistsError, NotADirectoryError):
                continue  # one place is a file, and another is in a folder of that name
        volume = FolderVolume(name)
        found = reading._Places(list(ROWS)).standing(volume)
        assert found == [row for row in ROWS if any(looked_up(volume, one) for one in row.places)]


def looked_up(volume: FolderVolume, place: str) -> bool:
    folder, star, ending = place.partition("*")
    if not star:
        return volume.status(place) is not None
    return any(one.lower().endswith(ending) for one in volume.names(folder))
