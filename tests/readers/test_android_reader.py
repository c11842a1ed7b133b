"""Android boot images made by mkbootimg, as files and on partitions of their own."""

from pathlib import Path

import pytest
from image_tools import boot_image, boot_image_4, fill, vendor_image_4

from bootpy.devices.device import ANDROID, Device
from bootpy.devices.raw import RawVolume
from bootpy.entry import Configuration, File, Host
from bootpy.policy.listing import merge
from bootpy.readers import android as reader
from bootpy.readers.reading import read_all
from bootpy.volume import FolderVolume, Volume, Volumes

ARM = Host("efi", "aarch64")
OS = ("--os_version", "12.0.0", "--os_patch_level", "2021-10")
RELEASE = (12 << 14) << 11 | 21 << 4 | 10
PARTS = {"kernel": b"kernel" * 1000, "ramdisk": b"070701" * 100}


def read(folder: Path) -> list[Configuration]:
    volume = FolderVolume(str(folder), name="sda1")
    return reader.read(volume, Volumes([volume]), ARM)


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_every_version_of_the_header(tmp_path: Path, version: int) -> None:
    more = {"dtb": b"tree"} if version == 2 else {}
    words = ("--cmdline", "console=ttyMSM0 androidboot.hardware=qcom", *OS)
    boot_image(tmp_path / "boot.img", version, *words, **PARTS, **more)
    (found,) = read(tmp_path)
    (entry,) = found.entries
    here = File("sda1", "/boot.img", exists=True)
    assert (entry.kernel, entry.initrds) == (here, (here,))
    assert entry.cmdline == "console=ttyMSM0 androidboot.hardware=qcom"
    assert (entry.version, entry.title) == ("12.0.0", "Android 12.0.0 (boot)")
    assert (entry.format, entry.kind, entry.default) == ("android", "linux", True)
    assert found.default == entry.id == "android:sda1:/boot.img"
    assert [one.field for one in entry.origins] == [
        "title",
        "kernel",
        "initrds",
        "cmdline",
        "version",
    ]
    assert found.diagnostics == ()


@pytest.mark.parametrize("size", [2048, 4096, 16384])
@pytest.mark.parametrize("length", [100, 511, 512, 513, 1500])
def test_page_sizes_names_and_long_command_lines(tmp_path: Path, size: int, length: int) -> None:
    line = ("a=b " * 400)[:length].strip()
    words = ("--pagesize", str(size), "--board", "postmarketOS", "--cmdline", line)
    boot_image(tmp_path / "boot.img", 0, *words, **PARTS)
    ((entry,),) = (one.entries for one in read(tmp_path))
    assert (entry.cmdline, entry.title, entry.version) == (line, "postmarketOS (boot)", None)


def test_without_a_ramdisk(tmp_path: Path) -> None:
    boot_image(tmp_path / "boot.img", 0, kernel=b"kernel")
    ((entry,),) = (one.entries for one in read(tmp_path))
    assert entry.initrds == ()


def test_vendor_and_init_boot_beside_it(tmp_path: Path) -> None:
    vendor = tmp_path / "boot/vendor_boot_b.img"
    fill(tmp_path, {"v": b"070701vendor", "/boot/x": b""})
    words = ["--vendor_ramdisk", str(tmp_path / "v"), "--vendor_cmdline", "vendor=1"]
    words += ["--vendor_boot", str(vendor)]
    boot_image(tmp_path / "none", 3, *words, **PARTS, dtb=b"tree")
    kernel_alone = boot_image_4(b"kernel", b"", "own=1", RELEASE)
    (tmp_path / "boot/boot_b.img").write_bytes(kernel_alone)
    (tmp_path / "boot/init_boot_b.img").write_bytes(boot_image_4(b"", b"070701init"))
    (found,) = read(tmp_path)
    (entry,) = found.entries
    assert entry.initrds == (
        File("sda1", "/boot/vendor_boot_b.img", exists=True),
        File("sda1", "/boot/init_boot_b.img", exists=True),
    )
    assert (entry.cmdline, entry.title) == ("own=1 vendor=1", "Android 12.0.0 (boot_b)")
    lines = [(one.value, one.source.path) for one in entry.origins if one.field == "cmdline"]
    assert lines == [("own=1", "/boot/boot_b.img"), ("vendor=1", "/boot/vendor_boot_b.img")]
    vendor.write_bytes(vendor.read_bytes()[:5000])
    (found,) = read(tmp_path)
    assert found.entries[0].initrds == (File("sda1", "/boot/init_boot_b.img", exists=True),)
    assert [(one.level, one.message.partition(":")[0]) for one in found.diagnostics] == [
        ("error", "left out")
    ]
    vendor.unlink()
    (tmp_path / "boot/init_boot_b.img").unlink()
    (found,) = read(tmp_path)
    assert [one.message for one in found.diagnostics] == [
        "no vendor_boot_b is beside it: the entry lacks a ramdisk"
    ]


def test_recovery_is_no_default(tmp_path: Path) -> None:
    boot_image(tmp_path / "recovery.img", 0, **PARTS)
    boot_image(tmp_path / "boot_a.img", 0, **PARTS)
    boot_image(tmp_path / "boot_b.img", 0, **PARTS)
    volume = FolderVolume(str(tmp_path), name="sda1")
    listing = merge(read_all(Volumes([volume]), ARM))
    titles = [(entry.title, entry.default) for entry in listing.entries]
    assert titles == [
        ("Android (boot_a)", True),
        ("Android (boot_b)", True),
        ("Android (recovery)", False),
    ]
    assert listing.default == "android:sda1:/boot_a.img"


def test_other_files_called_boot_img(tmp_path: Path) -> None:
    fill(
        tmp_path, {"boot.img": b"\xeb\x3c\x90mkfs.fat".ljust(5000, b"\0"), "/boot/boot.img/x": "y"}
    )
    (found,) = read(tmp_path)
    assert (found.entries, found.default) == ((), None)
    assert [one.level for one in found.diagnostics] == ["info"]


def test_damaged_images(tmp_path: Path) -> None:
    path = boot_image(tmp_path / "boot.img", 0, **PARTS)
    whole = path.read_bytes()
    for content, said in (
        (whole[:-3000], "truncated"),
        (whole[:100], "truncated"),
        (whole[:36] + b"\7\0\0\0" + whole[40:], "pages of 7 bytes"),
    ):
        path.write_bytes(content)
        (found,) = read(tmp_path)
        assert found.entries == ()
        (told,) = found.diagnostics
        assert (told.level, said in told.message) == ("error", True)
        assert told.hint


def partition(folder: Path, name: str, content: bytes, label: str) -> Volume:
    """Stand a file in for a device's node: it is opened, read and measured alike."""
    node = folder / name
    node.write_bytes(content + bytes(8192))
    size = node.stat().st_size
    return RawVolume(
        Device(name, str(node), "partition", size, filesystem=ANDROID, partlabel=label)
    )


def test_partitions_of_their_own(tmp_path: Path) -> None:
    ramdisks = [("", 1, b"070701vendor")]
    volumes = Volumes(
        [
            partition(tmp_path, "sda1", boot_image_4(b"kernel", b"", "own=1", RELEASE), "boot_a"),
            partition(tmp_path, "sda2", boot_image_4(b"kernel", b""), "boot_b"),
            partition(tmp_path, "sda3", vendor_image_4(ramdisks, cmdline="v=1"), "vendor_boot_a"),
            partition(tmp_path, "sda4", boot_image_4(b"", b"070701init"), "init_boot_a"),
            partition(tmp_path, "sdb3", vendor_image_4(ramdisks), "vendor_boot_b"),
        ]
    )
    listing = merge(read_all(volumes, ARM))
    first, second = listing.entries
    assert listing.default == first.id == "android:sda1:/boot_a.img"
    assert first.kernel == File("sda1", "/boot_a.img", exists=True)
    assert first.initrds == (
        File("sda3", "/vendor_boot_a.img", exists=True),
        File("sda4", "/init_boot_a.img", exists=True),
    )
    assert first.cmdline == "own=1 v=1"
    assert second.initrds == (File("sdb3", "/vendor_boot_b.img", exists=True),)
