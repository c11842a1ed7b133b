"""Read-only mounts of real file systems on loop devices, in a namespace of the test's own."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bootpy.linux import mounts, syscalls

Apart = Callable[[Callable[[], object]], object]
Loop = Callable[[Path], str]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", str(path), "16M"], check=True)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def dirty(apart: Apart, loop: Loop, image: Path, tmp_path: Path) -> Path:
    """The image of a file system that was never unmounted: its journal holds what was done."""
    node, place, copy = loop(image), tmp_path / "place", tmp_path / "dirty"

    def use() -> None:
        place.mkdir()
        syscalls.mount(node, str(place), "ext4", 0)
        (place / "file").write_text("content")
        descriptor = os.open(place / "file", os.O_RDONLY)
        os.fsync(descriptor)
        shutil.copyfile(image, copy)

    apart(use)
    shown = subprocess.run(
        ["dumpe2fs", "-h", str(copy)], capture_output=True, text=True, check=True
    )
    assert "needs_recovery" in shown.stdout
    return copy


def mount_and_look(node: str, place: Path, mounting: Callable[[str, str], None]) -> str:
    place.mkdir(exist_ok=True)
    mounting(node, str(place))
    with open("/proc/self/mounts", encoding="utf-8") as file:
        (options,) = (line.split()[3] for line in file if line.split()[1] == str(place))
    os.listdir(place)
    mounts.unmount(str(place))
    return options


def test_a_read_only_mount_leaves_a_dirty_journal_as_it_is(
    apart: Apart, loop: Loop, dirty: Path, tmp_path: Path
) -> None:
    node, before = loop(dirty), digest(dirty)

    def ours(node: str, place: str) -> None:
        mounts.mount_read_only(node, place, "ext4")

    options = apart(lambda: mount_and_look(node, tmp_path / "place", ours))
    assert {"ro", "nosuid", "nodev", "noexec"} <= set(str(options).split(","))
    assert digest(dirty) == before

    def plainly(node: str, place: str) -> None:
        syscalls.mount(node, place, "ext4", mounts.MS_RDONLY)

    # What the options are for: read-only alone replays the journal, which writes.
    apart(lambda: mount_and_look(node, tmp_path / "place", plainly))
    assert digest(dirty) != before


def test_a_device_whose_writes_are_forbidden_takes_none(
    apart: Apart, loop: Loop, dirty: Path, tmp_path: Path
) -> None:
    node, before = loop(dirty), digest(dirty)
    file = os.open(node, os.O_RDONLY)
    mounts.forbid_writes(file)
    os.close(file)

    def careless(node: str, place: str) -> None:
        syscalls.mount(node, place, "ext4", mounts.MS_RDONLY)

    def attempt() -> str:
        try:
            return mount_and_look(node, tmp_path / "place", careless)
        except OSError as error:
            return error.strerror or ""

    assert apart(attempt) == "Read-only file system"
    # Some kernels refuse when it is opened, some when it is written.
    with pytest.raises(PermissionError):  # noqa: PT012
        descriptor = os.open(node, os.O_WRONLY)
        try:
            os.write(descriptor, bytes(512))
        finally:
            os.close(descriptor)
    assert digest(dirty) == before


def test_what_is_no_block_device_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    for path in (str(tmp_path / "file"), "/dev/null"):
        file = os.open(path, os.O_RDONLY)
        mounts.forbid_writes(file)
        os.close(file)
    assert (tmp_path / "file").read_text() == "text"


def test_where_devices_are_mounted(apart: Apart, loop: Loop, image: Path, tmp_path: Path) -> None:
    node = loop(image)
    place = tmp_path / "a place\twith \\040 and\nmore"

    def mounted() -> object:
        place.mkdir()
        mounts.mount_read_only(node, str(place), "ext4")
        (tmp_path / "second").mkdir()
        mounts.mount_read_only(node, str(tmp_path / "second"), "ext4")
        return mounts.mounted()

    number = os.stat(node).st_rdev
    places = apart(mounted)
    assert isinstance(places, dict)
    assert places[f"{os.major(number)}:{os.minor(number)}"] == str(place)


def test_a_busy_mount_goes_only_at_once(
    apart: Apart, loop: Loop, image: Path, tmp_path: Path
) -> None:
    node = loop(image)

    def unmount() -> object:
        place = tmp_path / "place"
        place.mkdir()
        mounts.mount_read_only(node, str(place), "ext4")
        held = os.open(place, os.O_RDONLY)
        try:
            mounts.unmount(str(place))
            refused = False
        except OSError as error:
            refused = "busy" in (error.strerror or "")
        mounts.unmount(str(place), at_once=True)
        gone = not os.path.ismount(place)
        os.close(held)
        return refused, gone

    assert apart(unmount) == (True, True)


def test_a_private_namespace_is_private(apart: Apart, tmp_path: Path) -> None:
    def mount() -> object:
        syscalls.mount("none", str(tmp_path), "tmpfs", 0)
        return os.path.ismount(tmp_path)

    assert apart(mount) is True
    assert not os.path.ismount(tmp_path)


def test_known_file_systems_are_those_of_block_devices() -> None:
    known = mounts.known_filesystems()
    assert known
    assert not known & {"proc", "sysfs", "tmpfs", "", "nodev"}


def test_a_mount_that_fails_names_what(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"none") as caught:
        mounts.mount_read_only(str(tmp_path / "none"), str(tmp_path), "ext4")
    assert caught.value.errno
