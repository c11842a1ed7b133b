"""The file system of a folder, as a capture kernel finds it again."""

import subprocess
from pathlib import Path

import pytest

from bootpy.crash.place import DiskPlace, disk_place
from bootpy.errors import BootError

UUID = "b8a2b9de-17a5-4d7a-9a6c-1f6c0d9b2f11"
MOUNTS = """\
22 1 254:2 / / rw,relatime - ext4 /dev/vda2 rw
23 22 0:20 / /run rw - tmpfs tmpfs rw
24 22 254:3 /data /srv rw - ext4 /dev/vda3 rw
25 22 0:30 /@var /var/my\\040dumps rw - btrfs /dev/vda4 rw,subvol=/@var
26 22 253:0 / /home rw - ext4 /dev/mapper/vg-home rw
27 22 0:40 / /mnt rw - nfs4 server:/dumps rw
29 22 9:0 / /raid rw - ext4 /dev/md0 rw
28 22 254:2 / /boot rw - ext4 /dev/root rw
"""


@pytest.fixture
def root(tmp_path: Path) -> str:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(MOUNTS)
    (tmp_path / "dev").mkdir()
    for name in ("vda2", "vda3", "vda4", "dm-0", "md0"):
        (tmp_path / "sys/class/block" / name).mkdir(parents=True)
        image = tmp_path / "dev" / name
        with image.open("wb") as file:
            file.truncate(1 << 20)
    (tmp_path / "sys/class/block/dm-0/dm").mkdir()
    (tmp_path / "sys/class/block/dm-0/dm/name").write_text("vg-home\n")
    (tmp_path / "dev/mapper").mkdir()
    (tmp_path / "dev/mapper/vg-home").symlink_to("../dm-0")
    (tmp_path / "sys/dev/block").mkdir(parents=True)
    (tmp_path / "sys/dev/block/254:2").symlink_to("../../class/block/vda2")
    (tmp_path / "sys/dev/block/253:0").symlink_to("../../class/block/dm-0")
    for name in ("vda2", "vda4", "dm-0"):
        words = ["mke2fs", "-q", "-F", "-t", "ext4", "-U", UUID, str(tmp_path / "dev" / name)]
        subprocess.run(words, check=True)
    return str(tmp_path)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/no/such/folder", DiskPlace("ext4", UUID, "/no/such/folder", "vda2")),
        ("/", DiskPlace("ext4", UUID, "/", "vda2")),
        # A subvolume: its path is one of the whole file system.
        ("/var/my dumps/a", DiskPlace("btrfs", UUID, "/@var/a", "vda4")),
        # There is no /dev/root; the number tells.
        ("/boot/x", DiskPlace("ext4", UUID, "/x", "vda2")),
        ("/runs", DiskPlace("ext4", UUID, "/runs", "vda2")),
    ],
)
def test_folders(root: str, folder: str, expected: DiskPlace) -> None:
    assert disk_place(folder, root) == expected


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("/run/crash", "is on tmpfs, which is on no disk"),
        ("/mnt", "is on nfs4, which is on no disk"),
        ("/home/x", "the device mapper does not tell what vg-home is made of"),
        ("/raid", r"/dev/md0 \(md0\), which is put together of other devices"),
        ("/srv/dumps", "has no UUID"),
    ],
)
def test_what_a_capture_kernel_could_not_mount(root: str, folder: str, said: str) -> None:
    with pytest.raises(BootError, match=said):
        disk_place(folder, root)
