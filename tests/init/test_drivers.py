"""Modules by modalias and in order, on tables as the builder writes them."""

import ctypes
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bootpy.init.drivers import Aliases, Drivers, present_modaliases
from bootpy.timeline import Timeline
from initramfs.debian import Archive, default_cache
from initramfs.modinfo import KernelModules

Rows = list[tuple[str, str]]


@pytest.fixture(scope="module")
def debian() -> Rows:
    """Every alias of Debian's cloud kernel."""
    archive = Archive(default_cache())
    (package,) = archive.fetch([archive.kernel_image("linux-image-cloud-amd64")])
    folder = archive.unpacked(package)
    (release,) = (folder / "lib/modules").iterdir()
    modules = KernelModules(release, folder.parent / f"{folder.name}.modinfo.json")
    found = [info for name in modules.paths if (info := modules.find(name))]
    return [(alias, info.name) for info in found for alias in info.aliases if " " not in alias]


def by_libc(rows: Rows, modalias: str) -> set[str]:
    fnmatch = ctypes.CDLL(None).fnmatch
    text = modalias.encode()
    return {name for pattern, name in rows if fnmatch(pattern.encode(), text, 0) == 0}


def test_debians_aliases_fit_what_fnmatch_says(debian: Rows) -> None:
    aliases = Aliases(debian)
    assert len(debian) > 1000
    wanted = [pattern.replace("*", "00000001") for pattern, _ in debian[::20]]
    wanted += [pattern.replace("*", "") for pattern, _ in debian[7::40]]
    wanted += [*present_modaliases(), "", "pci:", "no such bus:x", "*"]
    fitting = 0
    for modalias in wanted:
        found = aliases.modules_for(modalias)
        assert set(found) == by_libc(debian, modalias), modalias
        assert len(found) == len(set(found))
        fitting += bool(found)
    assert fitting > 100


def test_virtio_disks_and_network_cards_have_their_drivers(debian: Rows) -> None:
    aliases = Aliases(debian)
    card = "pci:v00001AF4d00001042sv00001AF4sd00001100bc01sc80i00"
    assert aliases.modules_for("virtio:d00000002v00001AF4") == ["virtio_blk"]
    assert "virtio_pci" in aliases.modules_for(card)
    assert aliases.modules_for("fs-xfs") == ["xfs"]


ALIASES = st.text("ab:[]!-*?", max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.text("ab:*?", max_size=6), st.sampled_from("mno"))), ALIASES)
def test_any_pattern_fits_as_fnmatch_says(rows: Rows, modalias: str) -> None:
    assert set(Aliases(rows).modules_for(modalias)) == by_libc(rows, modalias)


@pytest.mark.parametrize(
    "pattern", ["usb:d0[1-9]*", "usb:d0[1-36-9]*", "usb:d0[!2]*", "usb:d?[1]*"]
)
@pytest.mark.parametrize("modalias", [f"usb:d0{digit}x" for digit in "01234567"] + ["usb:d0", ""])
def test_ranges_fit_as_fnmatch_says(pattern: str, modalias: str) -> None:
    rows = [(pattern, "m")]
    assert set(Aliases(rows).modules_for(modalias)) == by_libc(rows, modalias)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A kernel's folder whose modules are none, so that the kernel refuses each by name."""
    (tmp_path / "bootpy.modules").write_text(
        "ext4 ext4.ko crc16,mbcache,jbd2\n"
        "jbd2 jbd2.ko crc16\n"
        "crc16 crc16.ko -\n"
        "mbcache builtin -\n"
        "virtio_blk blk.ko virtio,virtio_ring\n"
        "virtio builtin -\n"
        "virtio_ring ring.ko virtio\n"
        "gone gone.ko -\n"
    )
    (tmp_path / "bootpy.aliases").write_text(
        "fs-ext4 ext4\nfs-ext3 ext4\nvirtio:d00000002v* virtio_blk\nvirtio:* no_such_module\n"
    )
    for name in ("ext4", "jbd2", "crc16", "blk", "ring"):
        (tmp_path / f"{name}.ko").write_text("this is no module")
    return tmp_path


def tried(timeline: Timeline) -> list[str]:
    told = [moment.text for moment in timeline.moments if moment.level == "warning"]
    return [text.removeprefix("module ").partition(":")[0] for text in told]


def test_what_a_module_needs_is_loaded_before_it_and_once(folder: Path) -> None:
    timeline = Timeline()
    drivers = Drivers(timeline, str(folder))
    assert drivers.load("ext4") == []  # none that the kernel took
    assert tried(timeline) == ["crc16", "jbd2", "ext4"]
    drivers.load("ext4")
    drivers.load("jbd2")
    assert tried(timeline) == ["crc16", "jbd2", "ext4"]


def test_a_device_gets_its_driver_once(folder: Path) -> None:
    timeline = Timeline()
    drivers = Drivers(timeline, str(folder))
    drivers.load_for("virtio:d00000002v00001AF4")
    drivers.load_for("virtio:d00000002v00001AF4")
    assert tried(timeline) == ["virtio_ring", "virtio_blk"]


def test_a_file_system_is_asked_for_as_the_kernel_does(folder: Path) -> None:
    timeline = Timeline()
    drivers = Drivers(timeline, str(folder))
    drivers.load_filesystem("ext3")
    assert tried(timeline) == ["crc16", "jbd2", "ext4"]
    drivers.load_filesystem("xfs")
    assert len(tried(timeline)) == 3


def test_names_have_either_dash(folder: Path) -> None:
    timeline = Timeline()
    Drivers(timeline, str(folder)).load("virtio-blk")
    assert tried(timeline) == ["virtio_ring", "virtio_blk"]


def test_a_missing_file_and_a_refusal_are_told_with_the_reason(folder: Path) -> None:
    timeline = Timeline()
    drivers = Drivers(timeline, str(folder))
    drivers.load("gone")
    drivers.load("crc16")
    first, second = [moment.text for moment in timeline.moments]
    assert first == "module gone: cannot be loaded: No such file or directory"
    assert second.startswith("module crc16: cannot be loaded: ")
    assert second != first.replace("gone", "crc16")


def test_an_image_without_modules_has_none_to_load(tmp_path: Path) -> None:
    timeline = Timeline()
    drivers = Drivers(timeline, str(tmp_path))
    assert drivers.load("ext4") == drivers.load_for("fs-ext4") == []
    assert drivers.load_for_present_devices() == []
    assert timeline.moments == []


def walked() -> list[str]:
    """Every modalias below /sys/devices, as a walk through all of it finds them."""
    found: dict[str, None] = {}
    for path, folders, names in os.walk("/sys/devices"):
        folders.sort()
        if "modalias" in names:
            with open(f"{path}/modalias", encoding="ascii") as file:
                found[file.readline().strip()] = None
    found.pop("", None)
    return list(found)


@pytest.mark.skipif(not os.path.isdir("/sys/devices"), reason="needs /sys")
def test_modaliases_of_this_machine() -> None:
    found = present_modaliases()
    assert len(found) > 0
    assert found == walked()


def device(sys: Path, place: str, modalias: str | None, listed: str = "") -> None:
    """Make a device below /sys/devices, with a link to it where `listed` says."""
    (sys / "devices" / place).mkdir(parents=True, exist_ok=True)
    if modalias is not None:
        (sys / "devices" / place / "modalias").write_text(f"{modalias}\n")
    if listed:
        link = sys / listed
        link.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * (listed.count("/"))
        link.symlink_to(f"{up}devices/{place}")


def test_devices_come_after_what_they_hang_on(tmp_path: Path) -> None:
    bridge = "pci0000:00/0000:00:01.0"
    device(tmp_path, f"{bridge}/0000:01:00.0/usb1", "usb:v1D6B", "bus/usb/devices/usb1")
    device(tmp_path, f"{bridge}/0000:01:00.0", "pci:xhci", "bus/pci/devices/0000:01:00.0")
    device(tmp_path, bridge, "pci:bridge", "bus/pci/devices/0000:00:01.0")
    device(tmp_path, f"{bridge}/0000:01:00.0/usb1/input/input3", "input:b", "class/input/input3")
    device(tmp_path, "virtual/dmi/id", "dmi:bvn", "class/dmi/id")
    device(tmp_path, "platform/rtc", None, "bus/platform/devices/rtc")
    device(tmp_path, "platform/nameless", "", "bus/platform/devices/nameless")
    device(tmp_path, "system/cpu", "cpu:type:x86")
    device(tmp_path, "system/cpu/cpu0", "cpu:never", "bus/cpu/devices/cpu0")
    known: set[str] = set()
    assert present_modaliases(known, str(tmp_path)) == [
        "pci:bridge",
        "pci:xhci",
        "usb:v1D6B",
        "input:b",
        "cpu:type:x86",
        "dmi:bvn",
    ]
    assert present_modaliases(known, str(tmp_path)) == []
    device(tmp_path, f"{bridge}/0000:01:00.0/usb1/1-1", "usb:stick", "bus/usb/devices/1-1")
    assert present_modaliases(known, str(tmp_path)) == ["usb:stick"]


def test_a_machine_without_sys(tmp_path: Path) -> None:
    assert present_modaliases(sys=str(tmp_path / "none")) == []
