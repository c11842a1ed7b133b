"""Modules of a running system: against modprobe on a real Debian kernel, and from /sys."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bootpy.crash.running_modules import Modules, closure, loaded, modules, name_of, of_device
from bootpy.errors import BootError
from initramfs.debian import Archive, default_cache


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real kernel's modules and what depmod says of them."""
    archive = Archive(default_cache())
    (package,) = archive.fetch([archive.kernel_image("linux-image-cloud-amd64")])
    (release,) = (archive.unpacked(package) / "lib/modules").iterdir()
    root = tmp_path_factory.mktemp("root")
    # Links to files, where they can be: it is 100 MB.
    shutil.copytree(release, root / "lib/modules" / release.name, copy_function=_linked)
    subprocess.run(["/sbin/depmod", "-b", root, release.name], check=True)
    return root


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture
def known(root: Path) -> Modules:
    return modules(os.listdir(root / "lib/modules")[0], str(root))


@pytest.mark.parametrize("name", ["virtio_blk", "nvme", "sd_mod", "xfs", "btrfs", "nfsv4", "vfat"])
def test_the_order_is_modprobes(root: Path, known: Modules, name: str) -> None:
    release = os.path.basename(known.folder)
    words = ["/sbin/modprobe", "-d", str(root), "-S", release, "--show-depends", name]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    # Soft dependencies of aliases only where they are loaded: modprobe would take all.
    theirs = [line.split()[1] for line in said.splitlines() if line.startswith("insmod ")]
    soft = {word for words in known.soft.values() for word in words}
    offered = {name_of(each) for word in soft for each in known.aliases.get(word, ())}
    ours = [f"{known.folder}/{path}" for path in closure([name], known, frozenset())]
    assert [each for each in theirs if each in ours] == ours
    assert {name_of(each) for each in set(theirs) - set(ours)} <= offered


def test_of_those_that_offer_an_algorithm_the_loaded_one_is_taken(known: Modules) -> None:
    assert "crypto-crc32c" in known.aliases or "crc32c" in known.aliases
    without = closure(["btrfs"], known, frozenset())
    having = closure(["btrfs"], known, frozenset({"crc32c_intel", "crc32c_generic"}))
    names = [name_of(path) for path in having]
    assert "crc32c_intel" in names
    assert names.index("crc32c_intel") < names.index("btrfs")
    assert "crc32c_intel" not in [name_of(path) for path in without]


def test_what_is_built_in_has_no_file(known: Modules) -> None:
    assert closure(["proc", "no-such-module"], known, frozenset()) == []


def test_a_kernel_that_an_upgrade_removed_is_told(tmp_path: Path) -> None:
    with pytest.raises(BootError, match=r"6\.1\.0-1 has no modules\.dep"):
        modules("6.1.0-1", str(tmp_path))


def test_drivers_of_a_device_from_its_controller_on(tmp_path: Path) -> None:
    place = tmp_path / "sys/devices/pci0000:00/0000:00:03.0/virtio1/block/vda/vda2"
    place.mkdir(parents=True)
    for name in ("virtio_blk", "virtio_pci"):
        (tmp_path / "sys/module" / name).mkdir(parents=True)
    for device, driver, module in (
        ("0000:00:03.0", "virtio-pci", "virtio_pci"),
        ("0000:00:03.0/virtio1", "virtio_blk", "virtio_blk"),
    ):
        folder = tmp_path / "sys/bus" / driver
        folder.mkdir(parents=True)
        (folder / "module").symlink_to(tmp_path / "sys/module" / module)
        (tmp_path / "sys/devices/pci0000:00" / device / "driver").symlink_to(folder)
    (tmp_path / "sys/class/block").mkdir(parents=True)
    (tmp_path / "sys/class/block/vda2").symlink_to(place)
    assert of_device(f"{tmp_path}/sys/class/block/vda2") == ["virtio_pci", "virtio_blk"]


def test_controllers_of_a_disk_that_several_may_reach(tmp_path: Path) -> None:
    """As NVMe's native multipath has it: the disk's own place is below none of them."""
    devices = tmp_path / "sys/devices"
    (devices / "virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p1").mkdir(parents=True)
    (devices / "pci0000:00/0000:00:04.0/nvme/nvme0").mkdir(parents=True)
    (tmp_path / "sys/module/nvme").mkdir(parents=True)
    (tmp_path / "sys/bus/nvme").mkdir(parents=True)
    (tmp_path / "sys/bus/nvme/module").symlink_to(tmp_path / "sys/module/nvme")
    (devices / "pci0000:00/0000:00:04.0/driver").symlink_to(tmp_path / "sys/bus/nvme")
    beside = devices / "virtual/nvme-subsystem/nvme-subsys0/nvme0"
    beside.symlink_to(devices / "pci0000:00/0000:00:04.0/nvme/nvme0")
    (tmp_path / "sys/class/block").mkdir(parents=True)
    (tmp_path / "sys/class/block/nvme0n1p1").symlink_to(
        devices / "virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p1"
    )
    assert of_device(f"{tmp_path}/sys/class/block/nvme0n1p1") == ["nvme"]


def test_loaded_modules(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    text = "ext4 983040 1 - Live 0x0\ncrc32c_generic 16384 0 - Live 0x0\n"
    (tmp_path / "proc/modules").write_text(text)
    assert loaded(str(tmp_path)) == {"ext4", "crc32c_generic"}
