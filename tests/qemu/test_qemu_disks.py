"""Disks from recipes, looked at with the file systems' own tools."""

import json
import os
from pathlib import Path

import pytest

from bootpy.errors import BootError
from qemu.disks.cache import made
from qemu.disks.content import disk_of
from qemu.disks.filesystems import make_btrfs, make_xfs, xfs_prototype
from qemu.disks.image import ESP, LINUX, MIB, Partition, copy_sparse, write_gpt
from qemu.places import call


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BOOTPY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "disks"


def test_partitions_stand_where_the_table_says(tmp_path: Path) -> None:
    parts = []
    for name, size in (("esp", 3 * MIB), ("root", 2 * MIB + 512)):
        part = tmp_path / name
        part.write_bytes(name.encode() * (size // len(name)) + bytes(size % len(name)))
        parts.append(part)
    image = tmp_path / "disk.img"
    write_gpt(image, Partition(parts[0], ESP, label="EFI"), Partition(parts[1], LINUX))
    table = json.loads(call(["sfdisk", "--json", image]))["partitiontable"]
    assert table["label"] == "gpt"
    assert [(found["start"], found["size"]) for found in table["partitions"]] == [
        (2048, 3 * 2048),
        (4 * 2048, 3 * 2048),
    ]
    assert [found["type"] for found in table["partitions"]] == [ESP, LINUX]
    assert table["partitions"][0]["name"] == "EFI"
    content = image.read_bytes()
    for part, start in ((parts[0], MIB), (parts[1], 4 * MIB)):
        expected = part.read_bytes()
        assert content[start : start + len(expected)] == expected


def test_holes_stay_holes(tmp_path: Path) -> None:
    source, image = tmp_path / "source", tmp_path / "image"
    with source.open("wb") as file:
        file.truncate(64 * MIB)
        file.seek(40 * MIB)
        file.write(b"island")
    image.touch()
    copy_sparse(source, image, MIB)
    assert image.stat().st_size == 65 * MIB
    assert image.stat().st_blocks * 512 < MIB
    with image.open("rb") as file:
        file.seek(41 * MIB)
        assert file.read(6) == b"island"


def test_a_recipe_is_made_once_and_again_when_it_changes(cache: Path) -> None:
    calls = []

    def make(path: Path) -> None:
        calls.append(path)
        path.write_text("content")

    first = made("thing", ["a"], make)
    assert made("thing", ["a"], make) == first
    assert len(calls) == 1
    second = made("thing", ["b"], make)
    assert second != first
    assert first.exists()
    third = made("thing", ["c"], make, only_newest=True)
    assert [path for path in cache.iterdir() if path.suffix == ".img"] == [third]


def test_what_failed_leaves_nothing_that_looks_made(cache: Path) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise BootError("the disk is full")

    with pytest.raises(BootError):
        made("thing", [], fail)
    assert not list(cache.glob("thing-*"))

    def succeed(path: Path) -> None:
        path.write_text("whole")

    assert made("thing", [], succeed).read_text() == "whole"


@pytest.mark.parametrize("filesystem", ["ext4", "vfat"])
def test_files_are_on_the_disk(filesystem: str, tmp_path: Path) -> None:
    files = {"/boot/grub/grub.cfg": "menu\n", "/boot/kernel": b"\0\1\2", "/empty": None}
    disk = disk_of("sample", files, filesystem=filesystem, esp=filesystem == "vfat")
    assert disk == disk_of("sample", files, filesystem=filesystem, esp=filesystem == "vfat")
    if filesystem == "vfat":
        assert call(["mtype", "-i", f"{disk}@@1M", "::/boot/grub/grub.cfg"]) == "menu\n"
        assert "empty" in call(["mdir", "-b", "-i", f"{disk}@@1M", "::"])
        return
    part = tmp_path / "part"
    call(["dd", f"if={disk}", f"of={part}", "bs=1M", "skip=1", "count=64", "status=none"])
    assert call(["debugfs", "-R", "cat /boot/grub/grub.cfg", part]) == "menu\n"
    assert call(["e2fsck", "-fn", part])


def test_xfs_and_btrfs_hold_a_tree(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "boot").mkdir(parents=True)
    (tree / "boot" / "kernel").write_bytes(b"kernel" * 1000)
    (tree / "link").symlink_to("boot/kernel")
    make_xfs(tmp_path / "xfs", tree, 320 * MIB, label="XROOT")
    assert "XROOT" in call(["xfs_db", "-r", "-c", "label", tmp_path / "xfs"])
    # Inodes in use: root, its two members, the kernel, and three of XFS's own.
    assert "icount" in call(["xfs_db", "-r", "-c", "sb 0", "-c", "p icount", tmp_path / "xfs"])
    make_btrfs(tmp_path / "btrfs", tree, 128 * MIB, label="BROOT")
    dump = call(["btrfs", "inspect-internal", "dump-tree", "-t", "fs", tmp_path / "btrfs"])
    assert "name: kernel" in dump


def test_an_xfs_prototype_lists_the_tree(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "boot").mkdir(parents=True)
    (tree / "boot" / "kernel").write_bytes(b"k")
    (tree / "link").symlink_to("boot/kernel")
    os.chmod(tree, 0o755)
    os.chmod(tree / "boot", 0o755)
    os.chmod(tree / "boot" / "kernel", 0o644)
    assert xfs_prototype(tree).splitlines() == [
        "/",
        "0 0",
        "d--755 0 0",
        "boot d--755 0 0",
        f"kernel ---644 0 0 {tree}/boot/kernel",
        "$",
        "link l--777 0 0 boot/kernel",
        "$",
    ]
    (tree / "with blank").write_text("")
    with pytest.raises(ValueError, match="with blank"):
        xfs_prototype(tree)


def test_a_failing_program_says_what_it_said() -> None:
    with pytest.raises(BootError, match=r"(?s)exit status 3.*the reason"):
        call(["sh", "-c", "echo the reason >&2; exit 3"])
    with pytest.raises(BootError, match="no-such-program is not installed"):
        call(["no-such-program"])


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qemu.places.SYSTEM_PATH", "/nonexistent")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(BootError) as caught:
        call(["mformat"])
    assert "mtools" in caught.value.hint
