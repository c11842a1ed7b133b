import errno
import os
from pathlib import Path

import pytest

from bootpy.volume import FolderVolume, Volumes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "disk"
    (root / "boot").mkdir(parents=True)
    (root / "boot/vmlinuz").write_bytes(b"kernel")
    (root / "vmlinuz").symlink_to("/boot/vmlinuz")
    (root / "gone").symlink_to("/boot/none")
    (root / "out").symlink_to("../secret")
    os.mkfifo(root / "fifo")
    (tmp_path / "secret").write_text("outside")
    return root


def test_status_follows_links_within_the_volume(folder: Path) -> None:
    volume = FolderVolume(str(folder))
    status = volume.status("/vmlinuz")
    assert status is not None
    assert (status.kind, status.size) == ("file", 6)
    assert status.modified == os.stat(folder / "boot/vmlinuz").st_mtime
    kinds = {path: found.kind for path in ("/", "boot", "/fifo") if (found := volume.status(path))}
    assert kinds == {"/": "folder", "boot": "folder", "/fifo": "other"}
    for absent in ("/gone", "/out", "/boot/vmlinuz/", "/boot/vmlinuz/x", "/a\0b", ""):
        assert volume.status(absent) is None, absent


def test_names_are_sorted_and_of_folders_only(folder: Path) -> None:
    volume = FolderVolume(str(folder))
    assert volume.names("/") == ["boot", "fifo", "gone", "out", "vmlinuz"]
    assert [volume.names(path) for path in ("/vmlinuz", "/fifo", "/none", "/out")] == [[]] * 4


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/none", errno.ENOENT),
        ("/gone", errno.ENOENT),
        ("/out", errno.ENOENT),
        ("/../secret", errno.ENOENT),
        ("/a\0b", errno.ENOENT),
        ("/boot", errno.EISDIR),
        ("/vmlinuz/x", errno.ENOTDIR),
        ("/fifo", errno.EINVAL),
    ],
)
def test_what_cannot_be_read_says_why(folder: Path, path: str, number: int) -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 -- the number is what tells them apart
        FolderVolume(str(folder)).read(path)
    assert caught.value.errno == number


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a device node is made")
def test_a_device_is_never_opened(folder: Path) -> None:
    os.mknod(folder / "zero", 0o20666, os.makedev(1, 5))
    volume = FolderVolume(str(folder))
    with pytest.raises(OSError, match="neither a file nor a folder"):
        volume.read("/zero", 10)


def test_a_limit_is_kept_to_the_byte(folder: Path) -> None:
    volume = FolderVolume(str(folder))
    assert volume.read("/vmlinuz", 6) == b"kernel"
    with pytest.raises(OSError, match="larger than 5 bytes") as caught:
        volume.read("/vmlinuz", 5)
    assert caught.value.errno == errno.EFBIG


def test_reading_leaves_no_descriptor_open(folder: Path) -> None:
    volume = FolderVolume(str(folder))
    before = os.listdir("/proc/self/fd")
    for path in ("/vmlinuz", "/boot", "/fifo", "/none"):
        volume.status(path)
        volume.names(path)
        try:
            volume.read(path, 1)
        except OSError:
            continue
    assert os.listdir("/proc/self/fd") == before


def test_an_open_file_is_closed_on_exec(folder: Path) -> None:
    descriptor = FolderVolume(str(folder)).open("/vmlinuz")
    assert not os.get_inheritable(descriptor)
    assert os.read(descriptor, 10) == b"kernel"
    os.close(descriptor)


def test_a_volume_without_a_name_takes_that_of_its_folder(folder: Path) -> None:
    assert FolderVolume(f"{folder}/").name == "disk"
    assert FolderVolume("/").name == "root"


def test_volumes_are_found_by_every_name(folder: Path) -> None:
    first = FolderVolume(str(folder / "boot"), name="sda1", uuid="ABCD-1234", grub="hd0,gpt1")
    second = FolderVolume(
        str(folder),
        name="sda2",
        uuid="9f0c",
        label="root",
        partuuid="0F-02",
        partlabel="system",
        grub="hd0,gpt2",
    )
    volumes = Volumes([first, second])
    assert list(volumes) == [first, second]
    assert len(volumes) == 2
    assert volumes.named("sda1") is volumes.named("hd0,gpt1") is first
    assert volumes.with_uuid("abcd-1234") is first
    assert volumes.with_label("root") is volumes.with_partlabel("system") is second
    assert volumes.with_partuuid("0f-02") is second
    assert volumes.with_file("/boot/vmlinuz") is second
    assert volumes.with_file("/vmlinuz") is first
    assert volumes.with_label("ROOT") is None


def test_an_unknown_name_finds_no_volume_whose_name_is_unknown(folder: Path) -> None:
    volumes = Volumes([FolderVolume(str(folder))])
    finders = (
        volumes.named,
        volumes.with_uuid,
        volumes.with_label,
        volumes.with_partuuid,
        volumes.with_partlabel,
    )
    assert [find("") for find in finders] == [None] * 5
