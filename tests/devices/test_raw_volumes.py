"""Devices that hold one image and no file system."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from image_tools import boot_image_4

from bootpy.cli.running_system import _gather
from bootpy.devices.device import ANDROID, Device
from bootpy.devices.enumeration import _raw_image, devices
from bootpy.devices.mounting import mount, why_not_mountable
from bootpy.devices.raw import RawVolume
from bootpy.entry import File, Host
from bootpy.kexec.image import examine
from bootpy.readers.reading import read_all
from bootpy.volume import Status

IMAGE = b"ANDROID!" + bytes(100_000)


def raw(node: str, label: str = "boot_a", size: int = len(IMAGE)) -> RawVolume:
    device = Device("sda5", node, "partition", size, filesystem=ANDROID, partlabel=label)
    assert why_not_mountable(device) == ""
    volume = mount(device, "/nowhere", "hd0,gpt5")
    assert isinstance(volume, RawVolume)
    return volume


def test_it_has_one_file(tmp_path: Path) -> None:
    (tmp_path / "node").write_bytes(IMAGE)
    volume = raw(str(tmp_path / "node"))
    assert (volume.name, volume.grub, volume.partlabel) == ("sda5", "hd0,gpt5", "boot_a")
    assert volume.names("/") == ["boot_a.img"]
    assert volume.names("/boot_a.img") == []
    assert volume.status("/boot_a.img") == Status("file", len(IMAGE), 0.0)
    assert volume.status("/") == Status("folder", 0, 0.0)
    assert volume.status("/other.img") is None
    assert volume.read("/boot_a.img") == IMAGE
    with pytest.raises(OSError, match="larger than 100 bytes"):
        volume.read("/boot_a.img", 100)
    with pytest.raises(IsADirectoryError):
        volume.open("/")
    with pytest.raises(FileNotFoundError):
        volume.open("/boot_b.img")


@pytest.mark.parametrize(
    ("label", "file"),
    [
        ("boot", "boot.img"),
        ("recovery_b", "recovery_b.img"),
        ("vendor_boot_a", "vendor_boot_a.img"),
        ("INIT_BOOT_A", "init_boot_a.img"),
        ("", "boot.img"),
        ("kernel", "boot.img"),
        ("../etc/passwd", "boot.img"),
    ],
)
def test_the_file_is_called_as_its_partition(label: str, file: str) -> None:
    assert raw("/dev/none", label).names("/") == [file]


@pytest.mark.parametrize(
    ("content", "found"),
    [(IMAGE, ANDROID), (b"VNDRBOOT" + bytes(99), ANDROID), (bytes(99), ""), (b"ANDROID", "")],
)
def test_what_a_device_starts_with(tmp_path: Path, content: bytes, found: str) -> None:
    (tmp_path / "node").write_bytes(content)
    with open(tmp_path / "node", "rb") as file:
        assert _raw_image(file.fileno()) == found


def test_a_block_device_is_measured_and_read(loop: Callable[[Path], str], tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(IMAGE + bytes(-len(IMAGE) % 4096))
    node = loop(tmp_path / "image")
    (device,) = (device for device in devices() if device.node == node)
    assert device.filesystem == ANDROID
    fd = raw(node).open("/boot_a.img")
    found = examine(fd, "boot")
    os.close(fd)
    assert (found.format, found.size) == ("Android", 102_400)


def test_a_partition_of_a_real_disk(loop: Callable[[Path], str], tmp_path: Path) -> None:
    table = 'label: gpt\nstart=2048, size=2048, name="boot_b"\n'
    disk = tmp_path / "disk"
    with open(disk, "wb") as file:
        file.truncate(4 << 20)
    subprocess.run(["sfdisk", "-q", str(disk)], input=table, text=True, check=True)
    with open(disk, "r+b") as file:
        file.seek(2048 * 512)
        file.write(boot_image_4(b"kernel" * 100, b"070701", "console=ttyS0"))
    node = loop(disk)
    if not os.path.exists(f"{node}p1"):  # a kernel that reads no GPT can be told of partitions
        subprocess.run(["addpart", node, "1", "2048", "2048"], check=True)
    name = f"{node.removeprefix('/dev/')}p1"
    (device,) = [one for one in devices() if one.name == name]
    assert (device.filesystem, device.partlabel) == (ANDROID, "boot_b")
    found, remarks = _gather([device], {}, str(tmp_path / "mounts"))
    assert remarks == []
    (configuration,) = read_all(found, Host("efi", "aarch64"))
    (entry,) = configuration.entries
    assert entry.kernel == File(name, "/boot_b.img", exists=True)
    assert (entry.cmdline, configuration.default) == ("console=ttyS0", entry.id)
