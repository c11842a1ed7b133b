"""libblkid on images that the real tools made."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from bootpy.linux.blkid import open_ahead, probe, probe_disk, probe_open

UUID = "0f3a4b5c-1d2e-4f60-8a9b-0c1d2e3f4a5b"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    path.touch()
    os.truncate(path, 8 << 20)
    return path


def make(*words: str, text: str | None = None) -> None:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    subprocess.run(
        words, input=text, text=True, check=True, capture_output=True, env={"PATH": path}
    )


@pytest.mark.parametrize("kind", ["ext2", "ext3", "ext4"])
def test_ext(image: Path, kind: str) -> None:
    make("mke2fs", "-q", "-t", kind, "-L", "a root", "-U", UUID, str(image))
    values = probe(str(image))
    assert (values["TYPE"], values["LABEL"], values["UUID"]) == (kind, "a root", UUID)


def test_fat(image: Path) -> None:
    make("mkfs.vfat", "-n", "ESP", "-i", "ABCD1234", str(image))
    values = probe(str(image))
    assert (values["TYPE"], values["LABEL"], values["UUID"]) == ("vfat", "ESP", "ABCD-1234")
    assert "PTTYPE" not in values


def test_xfs(image: Path) -> None:
    os.truncate(image, 300 << 20)
    make("mkfs.xfs", "-q", "-L", "x", "-m", f"uuid={UUID}", str(image))
    values = probe(str(image))
    assert (values["TYPE"], values["LABEL"], values["UUID"]) == ("xfs", "x", UUID)


def test_swap(image: Path) -> None:
    make("mkswap", "-U", UUID, str(image))
    values = probe(str(image))
    assert (values["TYPE"], values["UUID"]) == ("swap", UUID)


@pytest.mark.parametrize("kind", ["gpt", "dos"])
def test_a_partitioned_disk_has_a_table_and_no_file_system(image: Path, kind: str) -> None:
    make("sfdisk", "-q", str(image), text=f"label: {kind}\nstart=2048, size=4096\n")
    values = probe(str(image))
    assert values["PTTYPE"] == kind
    assert "TYPE" not in values


def test_the_entries_of_a_disks_table(image: Path) -> None:
    text = (
        "label: gpt\n"
        'start=2048, size=4096, name="boot it", uuid=11111111-2222-4333-8444-555555555555\n'
        f"start=6144, size=2048, type=swap, uuid={UUID}\n"
    )
    make("sfdisk", "-q", str(image), text=text)
    file = os.open(image, os.O_RDONLY)
    try:
        values, entries = probe_disk(file)
        assert (values["PTTYPE"], list(entries)) == ("gpt", [1, 2])
        linux = "0fc63daf-8483-4772-8e79-3d69d8477de4"
        first = (4096 << 9, "11111111-2222-4333-8444-555555555555", "boot it", linux)
        assert entries[1] == first
        assert (entries[2].size, entries[2].uuid, entries[2].name) == (2048 << 9, UUID, "")
        named = probe_open(file, entries[1])
        keys = ("PART_ENTRY_UUID", "PART_ENTRY_NAME", "PART_ENTRY_TYPE")
        assert tuple(named[key] for key in keys) == first[1:]
        assert "PART_ENTRY_NAME" not in probe_open(file, entries[2])
    finally:
        os.close(file)


def test_a_type_that_is_a_number_is_written_as_libblkid_writes_it(image: Path) -> None:
    make("sfdisk", "-q", str(image), text="label: dos\nstart=2048, size=4096, type=c\n")
    file = os.open(image, os.O_RDONLY)
    try:
        assert probe_disk(file)[1][1].type == "0xc"
    finally:
        os.close(file)


def test_the_log_of_an_xfs_that_lies_elsewhere(image: Path) -> None:
    data = image.with_name("data")
    for path in (image, data):
        path.touch()
        os.truncate(path, 300 << 20)
    make("mkfs.xfs", "-q", "-l", f"logdev={image}", str(data))
    assert probe(str(image))["TYPE"] == "xfs_external_log"
    assert probe(str(data))["TYPE"] == "xfs"


@pytest.mark.parametrize("size", [0, 512, 70_000, 8 << 20])
def test_a_device_is_read_ahead_whatever_its_size(image: Path, size: int) -> None:
    make("mke2fs", "-q", "-t", "ext4", "-U", UUID, str(image))
    os.truncate(image, size)
    file, found = open_ahead(str(image))
    try:
        assert found == size
        assert os.pread(file, 4096, 0) == image.read_bytes()[:4096]
        if size > 8 << 10:
            assert probe_open(file)["UUID"] == UUID
            assert probe_disk(file) == (probe_open(file), {})
    finally:
        os.close(file)


def test_nothing_recognised(image: Path) -> None:
    assert probe(str(image)) == {}


def test_a_label_that_is_no_text_keeps_the_rest(image: Path) -> None:
    make("mke2fs", "-q", "-t", "ext4", "-U", UUID, str(image))
    with open(image, "r+b") as file:
        file.seek(1024 + 120)  # s_volume_name of struct ext4_super_block
        file.write(b"caf\xe9")
    values = probe(str(image))
    assert values["UUID"] == UUID
    assert values["LABEL"].startswith("caf")


def test_two_signatures_that_contradict(image: Path) -> None:
    make("mkfs.vfat", str(image))
    make("mke2fs", "-q", "-F", "-t", "ext4", str(image.with_name("ext4")), "8M")
    superblock = image.with_name("ext4").read_bytes()[1024:2048]
    with open(image, "r+b") as file:
        file.seek(1024)
        file.write(superblock)
    with pytest.raises(OSError, match="more than one file system") as caught:
        probe(str(image))
    assert caught.value.errno == errno.EUCLEAN


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        probe(str(tmp_path / "none"))


def test_a_fifo_neither_hangs_nor_passes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match=r"Errno") as caught:
        probe(str(tmp_path / "fifo"))
    assert caught.value.strerror


def test_probing_writes_nothing_and_leaves_nothing_open(image: Path) -> None:
    make("mke2fs", "-q", "-t", "ext4", str(image))
    content, opened = image.read_bytes(), os.listdir("/proc/self/fd")
    probe(str(image))
    assert image.read_bytes() == content
    assert os.listdir("/proc/self/fd") == opened
