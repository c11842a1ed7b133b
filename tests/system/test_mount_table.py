"""Which mounts can lose data, from recorded tables; and the order in which they are let go."""

from pathlib import Path

import pytest

from bootpy.errors import BootError
from bootpy.system.departure import Wishes, refuse_loss
from bootpy.system.mount_table import Mount, kept, mounts, unwritten, written
from bootpy.system.unmount_all import order

# From a Debian 12 with systemd, /boot/efi, an NFS server, btrfs subvolumes, and a stick.
MOUNTINFO = r"""
22 28 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
23 28 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:13 - proc proc rw
24 28 0:5 / /dev rw,nosuid,relatime shared:2 - devtmpfs udev rw,size=490628k,mode=755
26 28 0:23 / /run rw,nosuid,nodev,noexec,relatime shared:5 - tmpfs tmpfs rw,size=99904k,mode=755
28 1 254:2 / / rw,relatime shared:1 - ext4 /dev/vda2 rw,errors=remount-ro
40 28 254:1 / /boot/efi rw,relatime shared:25 - vfat /dev/vda1 rw,fmask=0077,dmask=0077
41 28 0:40 /@home /home rw,relatime shared:30 - btrfs /dev/vdb1 rw,space_cache=v2,subvol=/@home
42 28 0:41 / /srv rw,relatime shared:31 - nfs4 server:/srv rw,vers=4.2,addr=192.0.2.1
43 28 254:17 / /mnt/read\040only ro,relatime shared:32 - ext4 /dev/vdb2 rw
44 28 254:18 / /opt rw,relatime shared:33 - ext4 /dev/vdb3 ro
45 26 8:1 / /run/media/stick rw,relatime - vfat /dev/sda1 rw
46 28 0:42 / /tmp rw,relatime - tmpfs tmpfs rw
47 28 0:43 / /merged rw,relatime - overlay overlay rw,lowerdir=/a,upperdir=/b,workdir=/c
48 28 0:44 / /cloud rw,relatime - fuse.sshfs me@host: rw,user_id=0
""".lstrip()
FILESYSTEMS = "".join(
    f"{kind}\n"
    for kind in (
        *("nodev\tsysfs", "nodev\ttmpfs", "nodev\tproc", "nodev\toverlay", "nodev\tnfs4"),
        *("\text4", "\tvfat", "\tbtrfs"),
    )
)
MEMINFO = "MemTotal:  1000 kB\nDirty:   12 kB\nWriteback:    4 kB\nWritebackTmp:   8 kB\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(MOUNTINFO)
    (tmp_path / "proc/filesystems").write_text(FILESYSTEMS)
    (tmp_path / "proc/meminfo").write_text(MEMINFO)
    return tmp_path


def places(found: list[Mount]) -> list[str]:
    return [mount.place for mount in found]


def test_what_keeps_data_and_can_be_written_to(root: Path) -> None:
    assert places(written(str(root))) == [
        "/",
        "/boot/efi",
        "/home",
        "/srv",
        "/run/media/stick",
        "/cloud",
    ]


def test_a_line_of_the_table(root: Path) -> None:
    found = {mount.place: mount for mount in mounts(str(root))}
    assert found["/boot/efi"] == Mount("/boot/efi", "/dev/vda1", "vfat", "254:1", True)
    assert not found["/mnt/read only"].writable
    assert not found["/opt"].writable
    assert [place for place, mount in found.items() if mount.network] == ["/srv"]


def test_the_newest_is_unmounted_first(root: Path) -> None:
    found = mounts(str(root))
    assert places(order(found, kept(found, str(root)))) == [
        "/cloud",
        "/merged",
        "/tmp",
        "/run/media/stick",
        "/opt",
        "/mnt/read only",
        "/srv",
        "/home",
        "/boot/efi",
    ]


def test_bytes_that_wait_to_be_written(root: Path) -> None:
    assert unwritten(str(root)) == 16 << 10


def test_no_jump_while_something_can_be_written_to(root: Path) -> None:
    said: list[str] = []
    with pytest.raises(BootError, match=r"cut off whoever writes to / \(/dev/vda2, ext4\), ") as no:
        refuse_loss(Wishes(), said.append, str(root))
    assert "bootpy reboot" in no.value.hint
    assert said == []
    refuse_loss(Wishes(force=True), said.append, str(root))
    assert said[-1].startswith("still mounted read-write, as forced: / (/dev/vda2, ext4)")


def test_no_jump_while_data_waits_to_be_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bootpy.system.departure._PATIENCE", 0.2)
    (root / "proc/self/mountinfo").write_text("")
    refuse_loss(Wishes(), lambda _: None, str(root))
    (root / "proc/meminfo").write_text("Dirty:   1024 kB\nWriteback: 0 kB\n")
    with pytest.raises(BootError, match="1048576 bytes are still not on the disks"):
        refuse_loss(Wishes(), lambda _: None, str(root))
    refuse_loss(Wishes(force=True), lambda _: None, str(root))
