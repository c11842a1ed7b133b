"""The Raspberry Pi's boot partition: config.txt with its filters, kernels, prefixes, overlays."""

from pathlib import Path

import pytest
from boot_trees import EFI, tree

from bootpy.entry import Configuration, Entry, File, Host
from bootpy.readers.raspberrypi import read
from bootpy.readers.raspberrypi_config import DEEPEST, MOST_FILES, read_config
from bootpy.readers.table import ROWS
from bootpy.volume import FolderVolume, Volumes

PI = Host("pc", "aarch64")

CMDLINE = "console=serial0,115200 console=tty1 root=PARTUUID=4e639091-02 rootfstype=ext4 rootwait\n"

# Raspberry Pi OS of 2023 (Bookworm).
OS = """\
# For more options and information see
# http://rptl.io/configtxt

# Uncomment some or all of these to enable the optional hardware interfaces
#dtparam=i2c_arm=on
dtparam=audio=on
camera_auto_detect=1
auto_initramfs=1
dtoverlay=vc4-kms-v3d
max_framebuffers=2
disable_fw_kms_setup=1
arm_64bit=1
arm_boost=1

[cm4]
otg_mode=1

[cm5]
dtoverlay=dwc2,dr_mode=host

[all]
"""

# Ubuntu 22.04 for the Pi.
UBUNTU = """\
[all]
kernel=vmlinuz
cmdline=cmdline.txt
initramfs initrd.img followkernel

[pi4]
max_framebuffers=2
arm_boost=1

[all]
dtparam=audio=on
arm_64bit=1
dtoverlay=dwc2
"""

# piCore 14: all that boots stands below a model's filter, and without "=".
PICORE = """\
[PI0]
initramfs rootfs-13.1.0.gz,modules-5.10.77.gz followkernel
kernel kernel-5.10.77-piCore.img
[PI3]
initramfs rootfs-13.1.0.gz,modules-5.10.77-v7.gz followkernel
kernel kernel-5.10.77-piCore-v7.img
[PI4]
initramfs rootfs-13.1.0.gz,modules-5.10.77-v7l.gz followkernel
kernel kernel-5.10.77-piCore-v7l.img
[ALL]
cmdline cmdline.txt
"""


def one(volume: FolderVolume, *others: FolderVolume, host: Host = PI) -> Configuration:
    (found,) = read(volume, Volumes([volume, *others]), host)
    return found


def card(folder: Path, config: str, *names: str, name: str = "mmcblk0p1") -> FolderVolume:
    files: dict[str, str | bytes] = {"config.txt": config, "cmdline.txt": CMDLINE}
    return tree(folder, files | dict.fromkeys(names, "x"), name)


def default(found: Configuration) -> Entry | None:
    marked = [entry for entry in found.entries if entry.default]
    assert [entry.id for entry in marked] == ([found.default] if found.default else [])
    return marked[0] if marked else None


def said(found: Configuration) -> list[tuple[str, int | None]]:
    return [(each.level, each.source.line if each.source else None) for each in found.diagnostics]


def paths(files: tuple[File, ...]) -> list[str | None]:
    return [file.path for file in files]


def test_raspberry_pi_os(tmp_path: Path) -> None:
    names = ("kernel8.img", "kernel_2712.img", "kernel7l.img", "initramfs8", "initramfs_2712")
    found = one(card(tmp_path, OS, *names, "overlays/README", "overlays/vc4-kms-v3d.dtbo"))
    (entry,) = found.entries
    assert default(found) is entry
    assert not found.diagnostics
    assert entry == Entry(
        id="raspberrypi:mmcblk0p1:config.txt",
        title="Raspberry Pi (kernel8.img)",
        path=("Raspberry Pi (kernel8.img)",),
        format="raspberrypi",
        kind="linux",
        source=entry.source,
        default=True,
        kernel=File("mmcblk0p1", "/kernel8.img", exists=True),
        initrds=(File("mmcblk0p1", "/initramfs8", exists=True),),
        overlays=(File("mmcblk0p1", "/overlays/vc4-kms-v3d.dtbo", exists=True),),
        cmdline=CMDLINE.strip(),
        origins=entry.origins,
    )
    assert [(each.field, each.source.path, each.source.line) for each in entry.origins] == [
        ("title", "/config.txt", None),
        ("kernel", "/config.txt", None),
        ("initrds", "/config.txt", 8),
        ("overlays", "/config.txt", 9),
        ("cmdline", "/cmdline.txt", 1),
    ]


def test_ubuntu(tmp_path: Path) -> None:
    found = one(card(tmp_path, UBUNTU, "vmlinuz", "initrd.img", "overlays/dwc2.dtbo"))
    (entry,) = found.entries
    assert entry.kernel == File("mmcblk0p1", "/vmlinuz", exists=True)
    assert paths(entry.initrds) == ["/initrd.img"]
    assert paths(entry.overlays) == ["/overlays/dwc2.dtbo"]
    assert entry.source.line == 2
    assert not found.diagnostics


@pytest.mark.parametrize(
    ("machine", "suffix"), [("aarch64", "-v7l"), ("armv7l", "-v7l"), ("armv6l", "")]
)
def test_picore(tmp_path: Path, machine: str, suffix: str) -> None:
    kernels = [f"kernel-5.10.77-piCore{end}.img" for end in ("", "-v7", "-v7l")]
    names = ["rootfs-13.1.0.gz", *(f"modules-5.10.77{end}.gz" for end in ("", "-v7", "-v7l"))]
    found = one(card(tmp_path, PICORE, *kernels, *names), host=Host("pc", machine))
    (entry,) = found.entries
    assert entry.kernel == File("mmcblk0p1", f"/kernel-5.10.77-piCore{suffix}.img", exists=True)
    assert paths(entry.initrds) == ["/rootfs-13.1.0.gz", f"/modules-5.10.77{suffix}.gz"]
    assert said(found) == [("warning", None)]
    assert default(found) is entry


@pytest.mark.parametrize(
    ("machine", "config", "there", "kernel"),
    [
        ("aarch64", "", "kernel8.img kernel_2712.img kernel7l.img", "kernel8.img"),
        ("aarch64", "", "kernel_2712.img kernel7l.img", "kernel_2712.img"),
        ("aarch64", "", "kernel7.img", "kernel8.img"),
        ("armv7l", "", "kernel8.img kernel7l.img kernel7.img kernel.img", "kernel7l.img"),
        ("armv7l", "", "kernel7.img kernel.img", "kernel7.img"),
        ("armv6l", "", "kernel7.img kernel.img", "kernel.img"),
        ("x86_64", "", "kernel8.img kernel.img", "kernel8.img"),
        ("x86_64", "arm_64bit=0", "kernel8.img kernel7.img", "kernel7.img"),
        ("x86_64", "arm_64bit=1", "kernel8.img kernel7.img", "kernel8.img"),
        ("x86_64", "", "kernel.img", "kernel.img"),
        ("aarch64", "kernel=my.img", "kernel8.img my.img", "my.img"),
        ("aarch64", "kernel=my.img\nkernel=other.img", "my.img other.img", "other.img"),
    ],
)
def test_which_kernel(tmp_path: Path, machine: str, config: str, there: str, kernel: str) -> None:
    volume = card(tmp_path, f"gpu_mem=16\n{config}", *there.split())
    (entry,) = one(volume, host=Host("pc", machine)).entries
    assert entry.kernel is not None
    assert entry.kernel.path == f"/{kernel}"
    assert entry.kernel.exists == (kernel in there)


@pytest.mark.parametrize(
    ("config", "kernel"),
    [
        ("[pi4]\nkernel=b", "a"),
        ("[pi4]\n[all]\nkernel=b", "b"),
        ("[none]\nkernel=b", "a"),
        ("[none]\n[pi4]\nkernel=b", "a"),
        ("[none]\n[pi4]\n[all]\nkernel=b", "b"),
        ("[tryboot]\nkernel=b", "a"),
        ("[gpio4=1]\nkernel=b", "a"),
        ("[EDID=VSC-TD2220]\nkernel=b", "a"),
        ("[0x12345678]\nkernel=b", "a"),
        ("[board-type=0x14]\nkernel=b", "a"),
        ("[HDMI:0]\nkernel=b", "b"),
        ("[cm4]\n[all]\n[pi3+]\nkernel=b", "a"),
        ("#kernel=b", "a"),
        ("include more.txt", "b"),
        ("[pi4]\ninclude more.txt", "a"),
    ],
)
def test_filters(tmp_path: Path, config: str, kernel: str) -> None:
    volume = card(tmp_path, f"kernel=a\n{config}\n", "a", "b")
    (tmp_path / "more.txt").write_text("kernel=b\n")
    found = one(volume)
    assert found.entries[0].kernel == File("mmcblk0p1", f"/{kernel}", exists=True)
    # A person should know what a model's section would have changed.
    told = "is not known" in " ".join(each.message for each in found.diagnostics)
    assert told == (config.startswith(("[pi4]\nkernel", "[board", "[cm4]")))


@pytest.mark.parametrize(
    ("config", "there", "wanted"),
    [
        (
            "os_prefix=new/",
            "new/kernel8.img new/i new/cmdline.txt",
            ("/new/kernel8.img", "x", "/new/i"),
        ),
        ("os_prefix=new/", "new/kernel8.img i", ("/new/kernel8.img", "root", "/new/i")),
        ("os_prefix=test-", "test-kernel8.img", ("/test-kernel8.img", "root", "/test-i")),
        ("os_prefix=new/", "kernel8.img", ("/kernel8.img", "root", "/i")),
        ("os_prefix=new/", "kernel_2712.img", ("/kernel_2712.img", "root", "/i")),
        ("os_prefix=new/\nkernel=/k", "k new/cmdline.txt", ("/k", "x", "/new/i")),
        (
            "upstream_kernel=1",
            "upstream/kernel8.img",
            ("/upstream/kernel8.img", "root", "/upstream/i"),
        ),
        ("upstream_kernel=0", "upstream/kernel8.img kernel8.img", ("/kernel8.img", "root", "/i")),
    ],
)
def test_prefixes(tmp_path: Path, config: str, there: str, wanted: tuple[str, str, str]) -> None:
    kernel, cmdline, initrd = wanted
    volume = card(tmp_path, f"{config}\ninitramfs i followkernel\n", *there.split())
    (entry,) = one(volume).entries
    assert entry.kernel == File("mmcblk0p1", kernel, exists=True)
    assert entry.cmdline == (CMDLINE.strip() if cmdline == "root" else cmdline)
    assert paths(entry.initrds) == [initrd]


@pytest.mark.parametrize(
    ("config", "there", "overlays"),
    [
        (
            "dtoverlay=a,x=1\ndtoverlay=b:y\ndtoverlay=\n",
            "overlays/a.dtbo overlays/b.dtbo",
            "/overlays/",
        ),
        (
            "os_prefix=n/\ndtoverlay=a\ndtoverlay=b",
            "n/kernel8.img n/overlays/README n/overlays/a.dtbo n/overlays/b.dtbo overlays/a.dtbo",
            "/n/overlays/",
        ),
        (
            "os_prefix=n/\ndtoverlay=a\ndtoverlay=b",
            "n/kernel8.img n/overlays/a.dtbo overlays/a.dtbo overlays/b.dtbo",
            "/overlays/",
        ),
        ("overlay_prefix=o-\ndtoverlay=a\ndtoverlay=b", "o-a.dtbo o-b.dtbo", "/o-"),
    ],
)
def test_overlays(tmp_path: Path, config: str, there: str, overlays: str) -> None:
    found = one(card(tmp_path, config, "kernel8.img", *there.split()))
    assert paths(found.entries[0].overlays) == [f"{overlays}{name}.dtbo" for name in "ab"]


def test_files_of_the_configuration(tmp_path: Path) -> None:
    config = "kernel=k\nramfsfile=a,b\ndevice_tree=my.dtb\ncmdline=mine.txt\n"
    volume = card(tmp_path, config, "k", "a", "b", "my.dtb")
    (tmp_path / "mine.txt").write_text("\n  root=/dev/sda2\tquiet \r\nmore\n")
    found = one(volume)
    (entry,) = found.entries
    assert paths(entry.initrds) == ["/a", "/b"]
    assert entry.devicetree == File("mmcblk0p1", "/my.dtb", exists=True)
    assert entry.cmdline == "root=/dev/sda2 quiet"
    assert said(found) == [("warning", 3)]


@pytest.mark.parametrize(
    ("config", "remarks"),
    [
        ("gpu_mem=16", [("error", None)]),
        ("kernel=gone", [("error", 1)]),
        ("kernel=k\ninitramfs gone 0x1", [("error", 2)]),
        ("kernel=k\ndevice_tree=gone", [("error", 2)]),
        ("kernel=k\ndtoverlay=gone", [("info", 2)]),
        ("kernel=k\ncmdline=gone", [("warning", 2)]),
        ("kernel=k\nos_prefix=gone/", [("warning", 2)]),
        ("kernel=k\ninclude gone", [("warning", 2)]),
        ("kernel=k\nauto_initramfs=1", []),
        ("kernel=k\n???\n[\n=\n[pi", []),
        ("kernel=uboot_rpi_4.bin", [("error", 1), ("info", 1)]),
    ],
)
def test_what_is_wrong_costs_nothing_else(
    tmp_path: Path, config: str, remarks: list[tuple[str, int | None]]
) -> None:
    found = one(card(tmp_path, config, "k"))
    assert len(found.entries) == 1
    assert said(found) == remarks
    assert all(each.hint for each in found.diagnostics)


def test_u_boot_is_no_kernel(tmp_path: Path) -> None:
    found = one(card(tmp_path, "kernel=u-boot.bin\n", "u-boot.bin"))
    assert [entry.kind for entry in found.entries] == ["unsupported"]
    assert default(found) is None


def test_includes_end(tmp_path: Path) -> None:
    volume = card(tmp_path, "include config.txt\n" * 9 + "kernel=k\n", "k")
    config = read_config(volume, "/", "/config.txt")
    assert config.text("kernel") == "k"
    assert len(config.settings) <= MOST_FILES
    assert config.diagnostics
    assert DEEPEST < MOST_FILES


@pytest.mark.parametrize(
    "text",
    [
        "colour=blue\n[section]\nsize 5\n",
        "include this file\nin your kernel and cmdline\nkernel of the matter\n",
        "",
    ],
)
def test_a_config_txt_of_something_else(tmp_path: Path, text: str) -> None:
    volume = tree(tmp_path, {"config.txt": text})
    assert read(volume, Volumes([volume]), PI) == []
    # The firmware needs no settings at all where its own files are.
    (tmp_path / "bootcode.bin").write_text("x")
    assert len(read(volume, Volumes([volume]), PI)) == 1


AUTOBOOT = "[all]\ntryboot_a_b=1\nboot_partition={}\n[tryboot]\nboot_partition=3\n"


def test_autoboot_chooses_the_partition(tmp_path: Path) -> None:
    first = card(tmp_path / "1", "gpu_mem=16", "kernel8.img", name="mmcblk0p1")
    second = card(tmp_path / "2", "gpu_mem=16", "kernel8.img", name="mmcblk0p2")
    (tmp_path / "1/autoboot.txt").write_text(AUTOBOOT.format(2))
    assert default(one(first, second)) is None
    assert any("autoboot.txt" in each.message for each in one(first, second).diagnostics)
    assert default(one(second, first)) is not None
    # Another disk's autoboot.txt, or a partition that is not there, decide nothing.
    third = card(tmp_path / "3", "gpu_mem=16", "kernel8.img", name="sda1")
    assert default(one(third, first)) is not None
    assert default(one(first, third)) is not None


def test_every_place_is_in_the_table(tmp_path: Path) -> None:
    (row,) = [row for row in ROWS if row.format == "raspberrypi"]
    volume = tree(tmp_path, dict.fromkeys(row.places, "kernel=k\n"))
    assert [each.source.path for each in read(volume, Volumes([volume]), EFI)] == list(row.places)
    found = read(volume, Volumes([volume]), EFI)[2].entries[0].kernel
    assert found == File("sda1", "/boot/firmware/k", exists=False)
