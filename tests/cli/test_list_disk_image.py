"""Disk images as arguments of `bootpy list`: which files are some, and what is refused at once."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bootpy.cli.disk_image import listing_of_answer
from bootpy.cli.image_argument import HEAD, images_of, kind_of
from bootpy.cli.main import main
from bootpy.entry import Listing
from bootpy.errors import BootError
from bootpy.listing_json import listing_object

ROOT = Path(__file__).parents[2]


def at(offset: int, magic: bytes) -> bytes:
    return b"\x01" * offset + magic + bytes(4096)


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (at(510, b"\x55\xaa"), "disk image"),
        (at(512, b"EFI PART"), "disk image"),
        (bytes(HEAD), "disk image"),
        (bytes(512), "disk image"),
        (at(0, b"QFI\xfb"), "qcow2"),
        (at(0, b"KDMV"), "VMware"),
        (at(0x40, b"\x7f\x10\xda\xbe"), "VirtualBox"),
        (at(0, b"vhdxfile"), "VHDX"),
        (at(0x438, b"\x53\xef"), "ext4"),
        (at(0x10040, b"_BHRfS_M"), "btrfs"),
        (at(0x8001, b"CD001"), "ISO 9660"),
        (at(512, b"LABELONE"), "LVM"),
        (at(0, b"LUKS\xba\xbe"), "LUKS"),
        # A Linux kernel has the mark of a boot sector too.
        (b"MZ" + bytes(508) + b"\x55\xaa" + bytes(2) + b"HdrS", ""),
        (bytes(510) + b"\x55\xaa" + b"\xeb\x6aHdrS", ""),
        (b"\x7fELF" + bytes(600), ""),
        (b"menuentry x {\n}\n" * 40, ""),
        (bytes(511), ""),
        (b"", ""),
    ],
)
def test_what_a_file_is_by_its_beginning(head: bytes, word: str) -> None:
    kind = kind_of(head[:HEAD])
    assert word in kind
    assert bool(kind) == bool(word)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disk.img"
    path.write_bytes(at(510, b"\x55\xaa"))
    return path


def test_images_in_their_order(image: Path, tmp_path: Path) -> None:
    other = tmp_path / "a.img"
    other.write_bytes(image.read_bytes())
    assert images_of([str(image), str(other)]) == [str(image), str(other)]


def test_what_is_no_image(image: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text")
    os.mkfifo(tmp_path / "fifo")
    others = [str(tmp_path), f"path={tmp_path}", f"path={image}", f"{tmp_path}/text"]
    assert images_of([*others, f"{tmp_path}/gone", f"{tmp_path}/fifo", "a\0b"]) == []
    assert images_of([]) == []


@pytest.mark.parametrize("image_first", [True, False])
def test_images_beside_directories(
    image: Path, image_first: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = image.parent / "folder"
    folder.mkdir()
    arguments = [str(image), str(folder)] if image_first else [str(folder), str(image)]
    with pytest.raises(BootError, match="is a disk image") as error:
        images_of(arguments)
    assert str(folder) in error.value.message
    assert error.value.hint
    assert main(["list", "--json", *arguments]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "hint:" in err


def test_without_the_test_bench(image: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bootpy", tmp_path / "installed/bootpy")
    done = subprocess.run(
        [sys.executable, "-m", "bootpy.cli.main", "list", str(image)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path / "installed",
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "test bench" in done.stderr
    assert "clone of its repository" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_installation_that_points_to_the_repository_finds_the_bench(tmp_path: Path) -> None:
    """An image that is refused before any machine starts tells that the bench was found."""
    cut = tmp_path / "cut.qcow2"
    cut.write_bytes(b"QFI\xfb" + b"\0\0\0\x01" + bytes(504))
    (tmp_path / "only").mkdir()
    (tmp_path / "only/bootpy").symlink_to(ROOT / "bootpy")
    done = subprocess.run(
        [sys.executable, "-m", "bootpy.cli.main", "list", str(cut)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "only")},
    )
    assert done.returncode == 2
    assert "qcow of version 1" in done.stderr


EMPTY = listing_object(Listing())


def test_the_answer_of_a_machine() -> None:
    answer = json.dumps({"disks": 2, "listing": EMPTY}).encode() + b"\n"
    assert listing_of_answer(answer, 2) == Listing()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"disks": 1, "listing": EMPTY}, "1 disks were seen of 2"),
        ({"disks": None, "listing": EMPTY}, "null disks were seen of 2"),
        ({"disks": 2}, "no object with disks and listing"),
        ({"disks": 2, "listing": EMPTY, "more": 1}, "no object with disks and listing"),
        ([], "no object with disks and listing"),
        ({"disks": 2, "listing": EMPTY | {"entries": None}}, "entries is to be a list"),
    ],
)
def test_what_is_no_answer(answer: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        listing_of_answer(json.dumps(answer).encode(), 2)
