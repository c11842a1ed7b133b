import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bootpy.cli.running_system import _gather, mounted_volumes
from bootpy.devices.device import Device
from bootpy.devices.mounting import NO_FILES, mount, passed_over, volume_of, why_not_mountable
from bootpy.errors import BootError
from bootpy.linux import mounts
from bootpy.volume import FolderVolume

Apart = Callable[[Callable[[], object]], object]
Loop = Callable[[Path], str]


def device(node: str = "/dev/sda1", filesystem: str = "ext4", **more: str) -> Device:
    name = node.removeprefix("/dev/")
    return Device(name, node, "partition", 1 << 20, filesystem=filesystem, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (device(), ""),
        (device(filesystem="vfat"), ""),
        (device(filesystem="something new"), ""),
        (device(filesystem="", table="dos"), "disk with a dos partition table"),
        (
            device(filesystem="", table="PMBR"),
            "its GPT is damaged, or it was cut short: no partition can be found",
        ),
        (device(filesystem="iso9660", table="dos"), ""),
        (device(filesystem=""), "nothing recognised on it: no partition table, no file system"),
        (device(problem="Input/output error"), "cannot be read: Input/output error"),
        *((device(filesystem=kind), why) for kind, why in NO_FILES.items()),
    ],
)
def test_why_a_device_is_no_volume(found: Device, why: str) -> None:
    assert why_not_mountable(found) == why


def test_a_partition_that_is_the_whole_disk_again() -> None:
    disk = Device("sda", "/dev/sda", "disk", 1 << 30, table="dos", filesystem="iso9660", uuid="1")
    same = device(filesystem="iso9660", uuid="1")
    assert why_not_mountable(same, disk) == "the same iso9660 as the whole of sda"
    assert why_not_mountable(disk) == ""
    for other in (device(filesystem="vfat", uuid="1"), device(filesystem="iso9660", uuid="2")):
        assert why_not_mountable(other, disk) == ""


def test_what_is_said_of_devices_that_are_passed_over() -> None:
    assert passed_over(device()) is None
    for found, level in (
        (device(filesystem="", table="gpt"), "info"),
        (device(filesystem="", table="PMBR"), "warning"),
        (device(problem="Input/output error"), "warning"),
    ):
        remark = passed_over(found)
        assert remark is not None
        assert (remark.level, remark.source) == (level, None)
        assert remark.message.startswith("sda1: ")


def test_a_volume_has_the_names_of_its_device(tmp_path: Path) -> None:
    names = {"uuid": "1", "label": "2", "partuuid": "3", "partlabel": "4"}
    volume = volume_of(device(**names, parttype="4F68BCE3"), str(tmp_path), "hd0,gpt1")
    assert volume.parttype == "4f68bce3"
    assert {name: getattr(volume, name) for name in names} == names
    assert (volume.name, volume.grub, volume.folder) == ("sda1", "hd0,gpt1", str(tmp_path))


@pytest.mark.parametrize(
    ("filesystem", "ignores"), [("vfat", True), ("iso9660", True), ("ext4", False), ("xfs", False)]
)
def test_which_file_systems_ignore_case(tmp_path: Path, filesystem: str, ignores: bool) -> None:
    assert volume_of(device(filesystem=filesystem), str(tmp_path)).ignores_case is ignores


@pytest.fixture
def image(tmp_path: Path) -> Path:
    content = tmp_path / "content"
    (content / "boot").mkdir(parents=True)
    (content / "boot/vmlinuz").write_text("kernel")
    path = tmp_path / "image"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", str(content), str(path), "8M"], check=True)
    return path


def refusal(found: Device, folder: Path) -> object:
    """Mount in vain; what is said of it, and whether the folder is gone."""
    try:
        mount(found, str(folder))
    except BootError as error:
        return error.message, error.hint, folder.exists()
    return None


def test_a_mounted_device_is_read(apart: Apart, loop: Loop, image: Path, tmp_path: Path) -> None:
    found = device(loop(image))

    def read() -> object:
        volume = mount(found, str(tmp_path / "volumes/one"), "hd0")
        assert isinstance(volume, FolderVolume)
        options = os.statvfs(volume.folder).f_flag
        return volume.read("/boot/vmlinuz"), volume.name, bool(options & os.ST_RDONLY)

    assert apart(read) == (b"kernel", found.name, True)


def test_a_damaged_file_system_is_told_from_a_missing_driver(
    apart: Apart, loop: Loop, image: Path, tmp_path: Path
) -> None:
    node = loop(image)
    with open(image, "r+b") as file:
        file.seek(1024)
        file.write(bytes(1024))
    said = apart(lambda: refusal(device(node), tmp_path / "volume"))
    assert isinstance(said, tuple)
    message, hint, left = said
    assert message.startswith(f"{node.removeprefix('/dev/')}: cannot mount its ext4 file system: ")
    assert "superblock" in hint
    assert not left
    said = apart(lambda: refusal(device(node, "befs"), tmp_path / "volume"))
    assert isinstance(said, tuple)
    message, hint, left = said
    if "befs" not in mounts.known_filesystems():
        assert message.endswith("this kernel has no driver for befs")
        assert "profile" in hint
    assert not left


def test_a_device_in_use_is_not_called_damaged(
    apart: Apart, loop: Loop, image: Path, tmp_path: Path
) -> None:
    found = device(loop(image))

    def twice() -> object:
        mount(found, str(tmp_path / "volume"))
        return refusal(found, tmp_path / "volume")

    said = apart(twice)
    assert isinstance(said, tuple)
    message, hint, left = said
    assert message.endswith("busy")
    assert "mounted already" in hint
    assert left


def test_what_of_the_running_system_is_mounted_is_read_there(
    apart: Apart, loop: Loop, image: Path, tmp_path: Path
) -> None:
    found = device(loop(image))
    lost = device("/dev/none", problem="No such device")
    empty = device("/dev/sdz9", filesystem="")

    def gather() -> object:
        (tmp_path / "here").mkdir()
        (tmp_path / "private").mkdir()
        before, _ = _gather([found, lost, empty], {found.name: "hd7"}, str(tmp_path / "private"))
        (fresh,) = before
        mounts.unmount(f"{tmp_path}/private/{found.name}")
        unmounted, remarks = _gather([found, lost, empty], {}, "")
        mounts.mount_read_only(found.node, str(tmp_path / "here"), "ext4")
        (there,) = _gather([found], {}, "")[0]
        return (
            (fresh.name, fresh.grub, there.read("/boot/vmlinuz"), there.folder),  # type: ignore[attr-defined]
            len(unmounted),
            [(remark.level, remark.message) for remark in remarks],
        )

    name = found.name
    assert apart(gather) == (
        (name, "hd7", b"kernel", str(tmp_path / "here")),
        0,
        [
            ("warning", f"{name}: ext4, not mounted, so not looked at"),
            ("warning", "none: cannot be read: No such device"),
            (
                "info",
                "sdz9: nothing recognised on it: no partition table, no file system",
            ),
        ],
    )


def test_a_system_of_which_nothing_can_be_written_to(apart: Apart) -> None:
    def look() -> list[str]:
        tempfile.tempdir = "/nowhere"
        with mounted_volumes() as (_, remarks):
            return [remark.hint for remark in remarks if "so not looked at" in remark.message]

    hints = apart(look)
    assert isinstance(hints, list)
    assert set(hints) <= {"run as root, or mount it and name its folder"}
