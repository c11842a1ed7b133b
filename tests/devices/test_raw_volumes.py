"""Devices that hold one image and no file system."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bootpy.devices.device import ANDROID, Device
from bootpy.devices.enumeration import _raw_image
from bootpy.devices.mounting import mount, why_not_mountable
from bootpy.devices.raw import RawVolume
from bootpy.kexec.image import examine
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
    assert _raw_image(str(tmp_path / "node")) == found
    assert _raw_image(str(tmp_path / "none")) == ""


def test_a_block_device_is_measured_and_read(loop: Callable[[Path], str], tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(IMAGE + bytes(-len(IMAGE) % 4096))
    node = loop(tmp_path / "image")
    assert _raw_image(node) == ANDROID
    fd = raw(node).open("/boot_a.img")
    found = examine(fd, "boot")
    os.close(fd)
    assert (found.format, found.size) == ("Android", 102_400)
