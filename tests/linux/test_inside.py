"""The kernel's walk inside a root and ours, on the same hostile trees."""

import ctypes
import errno
import os
import socket
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bootpy.linux import inside
from bootpy.linux.inside import open_inside
from bootpy.volume import FolderVolume

Apart = Callable[[Callable[[], object]], object]

NAMES = ("a", "b", "c")
PARTS = st.sampled_from([*NAMES, *NAMES, "..", "..", ".", "", "secret"])
PATHS = st.builds(
    lambda start, parts, end: start + "/".join(parts) + end,
    st.sampled_from(["", "/", "../../", "/../"]),
    st.lists(PARTS, max_size=5),
    st.sampled_from(["", "", "/"]),
)
TARGETS = st.one_of(
    PATHS.filter(bool),
    st.sampled_from(["/proc/self/root/etc/passwd", "/etc/passwd", "../secret", "../../../..", "/"]),
)
KINDS = st.one_of(
    st.sampled_from(["file", "folder", "folder", "folder", "fifo", "device", "socket"]),
    TARGETS.map(lambda target: f"link {target}"),
    TARGETS.map(lambda target: f"link {target}"),
)
PLACES = [f"{prefix}{name}" for prefix in ("", *(f"{n}/" for n in NAMES)) for name in NAMES]
TREES = st.fixed_dictionaries({}, optional=dict.fromkeys(PLACES, KINDS))
FLAGS = st.sampled_from([os.O_PATH, os.O_RDONLY | os.O_NONBLOCK, os.O_PATH | os.O_DIRECTORY])


def plant(root: Path, tree: dict[str, str]) -> None:
    for place, kind in sorted(tree.items()):
        path = root / place
        if path.parent.is_symlink() or not path.parent.is_dir():
            continue
        if kind == "folder":
            path.mkdir()
        elif kind == "fifo":
            os.mkfifo(path)
        elif kind == "device" and os.geteuid() == 0:
            os.mknod(path, 0o20666, os.makedev(1, 3))
        elif kind == "socket":
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
        elif kind.startswith("link "):
            path.symlink_to(kind.removeprefix("link "))
        else:
            path.write_text(place)


Identity = tuple[int, int]


def identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino


def outcome(
    opener: Callable[[int, str, int], int], root: int, path: str, flags: int
) -> Identity | int:
    """What was opened, or the error's number."""
    try:
        found = opener(root, path, flags)
    except OSError as error:
        return error.errno or 0
    try:
        return identity(os.fstat(found))
    finally:
        os.close(found)


@settings(max_examples=150, deadline=None)
@given(TREES, st.lists(st.tuples(PATHS, FLAGS), min_size=1, max_size=6))
@example({"a": "file"}, [("a/", os.O_PATH), ("a/..", os.O_PATH), ("a/.", os.O_PATH)])
@example({"a": "link a/"}, [("a", os.O_PATH)])
@example(
    {"a": "link ../../secret", "b": "link /../secret"}, [("a", 0), ("b", 0), ("/../secret", 0)]
)
@example({"a": "link b/c", "b": "link ..", "c": "file"}, [("a", os.O_PATH), ("b/../c", 0)])
def test_our_walk_finds_what_the_kernel_finds_and_neither_leaves_the_root(
    tree: dict[str, str], asked: list[tuple[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        (base / "secret").write_text("outside")
        for outer in NAMES:
            (base / outer).write_text("outside")
        (base / "root").mkdir()
        plant(base / "root", tree)
        within = {identity(os.lstat(base / "root"))}
        for folder, folders, files in os.walk(base / "root"):
            within |= {identity(os.lstat(f"{folder}/{each}")) for each in folders + files}
        root = os.open(base / "root", os.O_PATH | os.O_DIRECTORY)
        try:
            for path, flags in asked:
                by_kernel = outcome(open_inside, root, path, flags)
                if path:
                    assert outcome(inside._open_by_walking, root, path, flags) == by_kernel
                assert isinstance(by_kernel, int) or by_kernel in within, path
        finally:
            os.close(root)


@pytest.mark.parametrize(("links", "found"), [(40, True), (41, False)])
@pytest.mark.parametrize("opener", [open_inside, inside._open_by_walking])
def test_as_many_links_as_the_kernel_follows(
    tmp_path: Path, opener: Callable[[int, str, int], int], links: int, found: bool
) -> None:
    (tmp_path / "0").touch()
    for number in range(1, links + 1):
        (tmp_path / str(number)).symlink_to(str(number - 1))
    root = os.open(tmp_path, os.O_PATH)
    expected = identity(os.stat(tmp_path / "0")) if found else errno.ELOOP
    assert outcome(opener, root, str(links), os.O_RDONLY) == expected
    os.close(root)


@pytest.mark.parametrize("path", ["", "a\0", "a\0/../b", "\ud800"])
def test_a_path_that_nothing_can_have(tmp_path: Path, path: str) -> None:
    (tmp_path / "a").touch()
    root = os.open(tmp_path, os.O_PATH)
    with pytest.raises(FileNotFoundError):
        open_inside(root, path, os.O_PATH)
    os.close(root)


def test_names_that_are_no_text_are_found(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff")).touch()
    volume = FolderVolume(str(tmp_path))
    (name,) = volume.names("/")
    assert volume.status(name) is not None


def test_renames_elsewhere_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "root/d").mkdir(parents=True)
    (tmp_path / "root/f").touch()
    (tmp_path / "x").touch()
    child = os.fork()
    if child == 0:
        try:
            for _ in range(4_000):
                os.rename(tmp_path / "x", tmp_path / "y")
                os.rename(tmp_path / "y", tmp_path / "x")
        finally:
            os._exit(0)  # whatever happens, a second pytest must not come of it
    root = os.open(tmp_path / "root", os.O_PATH)
    while not os.waitpid(child, os.WNOHANG)[0]:
        os.close(open_inside(root, "d/../d/../d/../f", os.O_PATH))
    os.close(root)


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "link").symlink_to("/a/../a/b/gone")
    root = os.open(tmp_path, os.O_PATH)
    before = os.listdir("/proc/self/fd")
    for path in ("a/b", "link", "a/b/../../none", "a/b/c/d"):
        outcome(inside._open_by_walking, root, path, os.O_PATH)
    assert os.listdir("/proc/self/fd") == before
    os.close(root)


def forbid_openat2(answer: int) -> None:
    """Let this process's openat2 fail, as the filters of older container engines do."""
    load, equal, give = 0x20, 0x15, 0x06
    allow, fail = 0x7FFF0000, 0x00050000 | answer
    program = (
        struct.pack("=HBBI", load, 0, 0, 0)
        + struct.pack("=HBBI", equal, 0, 1, 437)
        + struct.pack("=HBBI", give, 0, 0, fail)
        + struct.pack("=HBBI", give, 0, 0, allow)
    )
    code = ctypes.create_string_buffer(program, len(program))
    filters = struct.pack("@HP", 4, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.c_char_p(filters), 0, 0) == 0, ctypes.get_errno()


@pytest.mark.parametrize("answer", [errno.ENOSYS, errno.EPERM])
def test_a_volume_where_openat2_is_forbidden(apart: Apart, tmp_path: Path, answer: int) -> None:
    (tmp_path / "secret").write_text("outside")
    (tmp_path / "root/boot").mkdir(parents=True)
    (tmp_path / "root/boot/out").symlink_to("../../secret")
    (tmp_path / "root/boot/up").symlink_to("/boot/../boot/f")
    (tmp_path / "root/boot/f").write_text("inside")

    def read() -> object:
        forbid_openat2(answer)
        volume = FolderVolume(str(tmp_path / "root"))
        return volume.read("/boot/up"), volume.names("/boot"), volume.status("/boot/out")

    assert apart(read) == (b"inside", ["f", "out", "up"], None)


@pytest.mark.parametrize("opened", [inside.open_inside, inside._open_by_walking])
def test_another_file_system_mounted_below_is_not_seen(
    opened: Callable[[int, str, int, bool], int],
) -> None:
    root = os.open("/", os.O_PATH)
    try:
        os.close(opened(root, "/proc/version", os.O_RDONLY, False))
        with pytest.raises(OSError, match="cross-device") as refused:
            opened(root, "/proc/version", os.O_RDONLY, True)
        assert refused.value.errno == errno.EXDEV
    finally:
        os.close(root)
