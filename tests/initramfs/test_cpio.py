import os
import subprocess
from pathlib import Path

import pytest

from bootpy.errors import BootError
from initramfs import cpio
from initramfs.tree import GENERATED, Origin, Tree


def sample() -> Tree:
    tree = Tree()
    tree.file("usr/bin/tool", b"#!/bin/sh\n", GENERATED, executable=True)
    tree.link("bin", "usr/bin")
    tree.file("etc/odd", b"12345", GENERATED)
    tree.folder("tmp", 0o1777)
    return tree


def test_cpio_unpacks_what_was_packed(tmp_path: Path) -> None:
    data = cpio.archive(sample())
    subprocess.run(["cpio", "-idm", "--quiet"], input=data, cwd=tmp_path, check=True)
    assert (tmp_path / "bin/tool").read_bytes() == b"#!/bin/sh\n"
    assert (tmp_path / "etc/odd").read_bytes() == b"12345"
    assert os.readlink(tmp_path / "bin") == "usr/bin"
    assert (tmp_path / "usr/bin/tool").stat().st_mode & 0o7777 == 0o755
    assert (tmp_path / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert (tmp_path / "etc/odd").stat().st_mtime == 0


def test_owner_is_root_and_devices_keep_their_numbers() -> None:
    tree = sample()
    tree.character_device("dev/console", 5, 1, 0o600)
    listing = subprocess.run(
        ["cpio", "-itvn", "--quiet"], input=cpio.archive(tree), capture_output=True, check=True
    ).stdout.decode()
    rows = [line.split() for line in listing.splitlines()]
    assert {(row[2], row[3]) for row in rows} == {("0", "0")}
    (console,) = [row for row in rows if row[-1] == "dev/console"]
    assert console[0] == "crw-------"
    assert console[4:6] == ["5,", "1"]


def test_order_of_adding_does_not_matter() -> None:
    backwards = Tree()
    for node in reversed(list(sample())):
        backwards.nodes[node.path] = node
    assert cpio.archive(backwards) == cpio.archive(sample())


def test_folders_come_before_what_is_in_them() -> None:
    tree = Tree()
    tree.file("a/b", b"", GENERATED)
    tree.file("a-b", b"", GENERATED)
    tree.file("a.b/c", b"", GENERATED)
    assert [node.path for node in tree] == ["a", "a/b", "a-b", "a.b", "a.b/c"]


def test_archives_can_follow_one_another() -> None:
    assert len(cpio.archive(sample())) % 4 == 0


def test_two_contents_for_one_path_are_refused() -> None:
    tree = sample()
    tree.file("etc/odd", b"12345", GENERATED)
    with pytest.raises(BootError, match="/etc/odd") as caught:
        tree.file("etc/odd", b"other", Origin("libc6", "2.36"))
    assert "libc6" in caught.value.hint
