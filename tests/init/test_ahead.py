"""Files on their way into the page cache while a menu counts down."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootpy.devices.device import Device
from bootpy.devices.raw import RawVolume
from bootpy.diagnostics import Source
from bootpy.entry import Entry, File
from bootpy.init.ahead import ReadAhead
from bootpy.volume import FolderVolume, Volumes
from qemu.places import BUILD

SIZES = {"vmlinuz": 3 << 20, "initrd.img": 5_000_001}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder on a disk, for a file system in memory has nothing to read."""
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as made:
        path = Path(made)
        for name, size in SIZES.items():
            (path / name).write_bytes(os.urandom(size))
            forget(path / name)
            if cached(path / name):
                pytest.skip(f"needs {BUILD} on a disk")
        yield path


def forget(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def cached(path: Path) -> int:
    words = ["fincore", "-b", "-n", "-o", "RES", str(path)]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def entry(*initrds: str, volume: str | None = "sda1") -> Entry:
    kernel = File(volume, "/vmlinuz")
    source = Source("sda1", "/grub.cfg")
    files = tuple(File(volume, path) for path in initrds)
    return Entry("grub:sda1:x", "X", ("X",), "grub", "linux", source, kernel=kernel, initrds=files)


def test_the_files_are_in_memory_and_closed_afterwards(folder: Path) -> None:
    opened = os.listdir("/proc/self/fd")
    ahead = ReadAhead(entry("/initrd.img"), Volumes([FolderVolume(str(folder), name="sda1")]))
    deadline = time.monotonic() + 30
    whole = sum(SIZES.values())
    while (found := sum(cached(folder / name) for name in SIZES)) < whole:
        assert time.monotonic() < deadline, f"{found} of {whole} bytes are in memory"
        time.sleep(0.01)
    ahead.stop()
    assert ahead.asked == ahead.size == whole
    assert os.listdir("/proc/self/fd") == opened


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    (tmp_path / "vmlinuz").touch()
    os.truncate(tmp_path / "vmlinuz", 1 << 40)
    ahead = ReadAhead(entry(), Volumes([FolderVolume(str(tmp_path), name="sda1")]))
    ahead.stop()
    asked = ahead.asked
    time.sleep(0.05)
    assert ahead.asked == asked < ahead.size == 1 << 40


def test_what_is_no_file_of_a_mounted_volume_is_left_to_the_load(tmp_path: Path) -> None:
    (tmp_path / "initrd.img").write_bytes(bytes(5000))
    (tmp_path / "folder").mkdir()
    device = Device("sda1", str(tmp_path / "initrd.img"), "partition", 5000)
    mounted = FolderVolume(str(tmp_path), name="sda1")
    for volumes, wanted in (
        (Volumes([mounted]), entry("/none", "/folder", "/initrd.img", "/\0")),
        (Volumes([mounted]), entry("/initrd.img", volume=None)),
        (Volumes([RawVolume(device)]), entry("/boot.img")),
        (Volumes(), entry("/initrd.img")),
    ):
        ahead = ReadAhead(wanted, volumes)
        ahead.stop()
        assert ahead.size == (5000 if len(wanted.initrds) == 4 else 0)
