import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import pyudev
from hypothesis import given
from hypothesis import strategies as st

from bootpy.devices.device import order, partition_number
from bootpy.devices.enumeration import devices
from bootpy.devices.sysfs import bus

Loop = Callable[[Path], str]

NAMES = st.from_regex(r"[a-z]{1,4}([0-9]{1,3}([a-z]{1,2}[0-9]{1,3})?)?", fullmatch=True)


@pytest.mark.parametrize(
    "right",
    [
        ["sda", "sda1", "sda2", "sda10", "sdb", "sdz", "sdaa", "sdaa1"],
        ["vda", "vdb", "nvme0n1", "nvme0n1p1", "nvme0n1p10", "nvme0n2", "nvme1n1", "nvme10n1"],
        ["sr0", "sda", "loop0", "loop2", "loop10", "mmcblk0", "mmcblk0p1", "mmcblk1"],
        ["cciss/c0d0", "cciss/c0d0p1", "cciss/c0d1", "cciss/c10d0"],
    ],
)
def test_names_are_in_the_order_of_the_disks(right: list[str]) -> None:
    names = sorted(right)
    names.sort(key=order)
    assert names == right


@pytest.mark.parametrize(
    ("name", "disk", "number"),
    [
        ("sda1", "sda", 1),
        ("vda12", "vda", 12),
        ("nvme0n1p3", "nvme0n1", 3),
        ("cciss/c0d0p1", "cciss/c0d0", 1),
        ("loop12", "loop1", None),
        ("mmcblk0boot0", "mmcblk0", None),
        ("sdap1", "sda", None),
        ("sda", "sda", None),
        ("sdb1", "sda", None),
    ],
)
def test_which_names_are_a_disks_partitions(name: str, disk: str, number: int | None) -> None:
    assert partition_number(name, disk) == number


@given(NAMES, NAMES)
def test_any_two_names_can_be_compared(one: str, other: str) -> None:
    assert (order(one) < order(other)) + (order(other) < order(one)) == (order(one) != order(other))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/devices/pci0000:00/0000:00:04.0/virtio1/block/vda", "virtio"),
        ("/devices/pci0000:00/0000:00:04.0/virtio1/host2/target2:0:0/2:0:0:0/block/sda", "virtio"),
        ("/devices/pci0000:00/0000:00:1d.0/nvme/nvme0/nvme0n1", "nvme"),
        ("/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda", "ata"),
        (
            "/devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb",
            "usb",
        ),
        ("/devices/platform/emmc2bus/fe340000.mmc/mmc_host/mmc0/mmc0:0001/block/mmcblk0", "mmc"),
        ("/devices/pci0000:00/0000:00:10.0/host3/target3:0:0/3:0:0:0/block/sda", "scsi"),
        ("/devices/virtual/block/loop0", "virtual"),
        ("/devices/vbd-768/block/xvda", ""),
    ],
)
def test_the_bus_is_the_one_that_a_person_would_name(path: str, name: str) -> None:
    assert bus(path) == name


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A GPT disk with an ext4 partition and one with nothing on it."""
    path, part = tmp_path / "disk", tmp_path / "part"
    path.touch()
    os.truncate(path, 16 << 20)
    table = (
        "label: gpt\n"
        'start=2048, size=16384, name="boot it", uuid=11111111-2222-4333-8444-555555555555\n'
        "start=20480, size=2048, type=swap\n"
    )
    subprocess.run(["sfdisk", "-q", str(path)], input=table, text=True, check=True)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-L", "b", str(part), "8M"], check=True)
    with open(path, "r+b") as file, open(part, "rb") as content:
        file.seek(2048 * 512)
        shutil.copyfileobj(content, file)
    return path


def test_a_real_disk_with_partitions(loop: Loop, disk: Path) -> None:
    node = loop(disk)
    name = node.removeprefix("/dev/")
    if not os.path.exists(f"{node}p1"):  # a kernel that reads no GPT can be told of partitions
        subprocess.run(["addpart", node, "1", "2048", "16384"], check=True)
        subprocess.run(["addpart", node, "2", "20480", "2048"], check=True)
    found = {device.name: device for device in devices() if device.name.startswith(name)}
    assert list(found) == [name, f"{name}p1", f"{name}p2"]
    whole, first, second = found.values()
    assert (whole.kind, whole.size, whole.table, whole.filesystem) == ("disk", 16 << 20, "gpt", "")
    assert (whole.bus, whole.parent, whole.number, whole.node) == ("virtual", None, None, node)
    assert (first.kind, first.parent, first.number, first.size) == ("partition", name, 1, 8 << 20)
    assert (first.filesystem, first.label, first.partlabel) == ("ext4", "b", "boot it")
    assert first.partuuid == "11111111-2222-4333-8444-555555555555"
    assert (first.bus, first.node, first.problem) == ("virtual", f"{node}p1", "")
    assert (second.number, second.filesystem, second.table) == (2, "", "")
    assert second.parttype == "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"


def test_what_is_known_is_not_probed_again(loop: Loop, disk: Path) -> None:
    name = loop(disk).removeprefix("/dev/")
    known = [device._replace(label="as it was") for device in devices() if device.name == name]
    (again,) = [device for device in devices(known) if device.name == name]
    assert again.label == "as it was"
    grown = [device._replace(size=1) for device in known]
    (fresh,) = [device for device in devices(grown) if device.name == name]
    assert (fresh.label, fresh.size) == ("", 16 << 20)


@pytest.mark.parametrize(("ahead", "behind"), [(1, 0), (2, 1), (100, 100)])
def test_how_many_are_open_makes_no_difference(
    loop: Loop, disk: Path, monkeypatch: pytest.MonkeyPatch, ahead: int, behind: int
) -> None:
    loop(disk)
    before, opened = devices(), os.listdir("/proc/self/fd")
    monkeypatch.setattr("bootpy.devices.opening._AHEAD", ahead)
    monkeypatch.setattr("bootpy.devices.opening._BEHIND", behind)
    assert devices() == before
    assert os.listdir("/proc/self/fd") == opened


def test_devices_stay_open_as_long_as_they_are_wanted(loop: Loop, disk: Path) -> None:
    node = loop(disk)
    opened = os.listdir("/proc/self/fd")
    with ExitStack() as held:
        assert node in {device.node for device in devices(held=held)}
        files = {os.readlink(f"/proc/self/fd/{file}") for file in range(3, 64) if _is_open(file)}
        assert node in files
    assert os.listdir("/proc/self/fd") == opened


def _is_open(file: int) -> bool:
    return os.path.exists(f"/proc/self/fd/{file}")


def test_each_device_that_pyudev_enumerates(loop: Loop, disk: Path) -> None:
    loop(disk)
    listed = {}
    for raw in pyudev.Context().list_devices(subsystem="block"):
        size = int(raw.attributes.get("size")) * 512
        if size and not raw.sys_name.startswith(("ram", "zram", "fd")):
            listed[raw.sys_name] = (raw.device_type, raw.device_node, size)
    found = {device.name: (device.kind, device.node, device.size) for device in devices()}
    assert found == listed


def test_a_disk_that_cannot_be_read_says_why(loop: Loop, disk: Path) -> None:
    node = loop(disk)
    os.truncate(disk, 0)  # the device keeps its size, and has nothing left to give
    (device,) = (device for device in devices() if device.node == node)
    assert (device.problem, device.size) == ("Input/output error", 16 << 20)


def test_memory_that_looks_like_a_disk_is_none() -> None:
    names = [device.name for device in devices()]
    assert not [name for name in names if name.startswith(("ram", "zram", "fd"))]
    assert all(device.size for device in devices())
