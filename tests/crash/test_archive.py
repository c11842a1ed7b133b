"""The archive of the capture image, unpacked by cpio; and what Python does in it."""

import gzip
import os
import subprocess
from pathlib import Path

import pytest

from bootpy.crash import image
from bootpy.crash.archive import Archive
from bootpy.crash.orders import PATH, Orders, read
from bootpy.errors import BootError

ORDERS = Orders("ext4", "some-uuid", "/var/crash", [], level=1)


def unpacked(archive: Archive, folder: Path) -> Path:
    """Unpack the archive as the kernel would, less the device nodes."""
    packed = folder / "image"
    with packed.open("wb") as file:
        archive.write(file)
    tree = folder / "tree"
    tree.mkdir()
    subprocess.run(
        ["cpio", "--quiet", "-idm", "--nonmatching", "dev/*"],
        cwd=tree,
        input=gzip.decompress(packed.read_bytes()),
        check=True,
    )
    return tree


@pytest.fixture
def system(tmp_path: Path) -> Path:
    root = tmp_path / "system"
    (root / "usr/lib/deep").mkdir(parents=True)
    (root / "lib").symlink_to("usr/lib")
    (root / "usr/lib/libx.so.1.2").write_bytes(b"library")
    (root / "usr/lib/libx.so.1.2").chmod(0o755)
    (root / "usr/lib/libx.so.1").symlink_to("libx.so.1.2")
    (root / "usr/lib/deep/up").symlink_to("../libx.so.1")
    (root / "usr/lib/deep/absolute").symlink_to("/lib/libx.so.1")
    (root / "round").symlink_to("round")
    return root


@pytest.mark.parametrize(
    "path",
    ["/lib/libx.so.1", "/usr/lib/deep/up", "/usr/lib/deep/absolute", "/lib/deep/../libx.so.1"],
)
def test_links_on_the_way_come_along(system: Path, tmp_path: Path, path: str) -> None:
    archive = Archive(str(system))
    archive.add(path)
    tree = unpacked(archive, tmp_path)
    assert (tree / "usr/lib/libx.so.1.2").read_bytes() == b"library"
    found = tree / path.lstrip("/")
    if "absolute" not in path:  # it would lead out of the tree
        assert found.read_bytes() == b"library"
        assert os.access(found, os.X_OK)


def test_what_is_put_in_goes_where_links_lead(system: Path, tmp_path: Path) -> None:
    archive = Archive(str(system))
    archive.put("/lib/modules/6.1/x.ko", b"module")
    archive.put("init", b"#!/bin/sh\n", 0o755)
    tree = unpacked(archive, tmp_path)
    assert (tree / "usr/lib/modules/6.1/x.ko").read_bytes() == b"module"
    assert os.readlink(tree / "lib") == "usr/lib"
    assert os.access(tree / "init", os.X_OK)
    assert archive.size == 2 * 4096


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/lib/none", "/lib/none is to go into the capture image, and cannot be read: No such"),
        ("/round", "cannot be read: "),
        ("/usr/lib", "/usr/lib is to go into the capture image, and is no file"),
    ],
)
def test_what_cannot_go_in(system: Path, path: str, said: str) -> None:
    with pytest.raises(BootError, match=said):
        Archive(str(system)).add(path)


def test_python_runs_in_it_alone(tmp_path: Path) -> None:
    """What saves a dump, and every module that a function of it imports, loads there."""
    tree = unpacked(image.archive(image.Contents(ORDERS, (), "6.1")), tmp_path)
    assert read(str(tree / PATH.lstrip("/"))) == ORDERS
    program, *rest = (tree / "init").read_text().splitlines()
    assert rest[-1] == "main()"
    interpreter, flags = program.removeprefix("#!").split()
    code = "\n".join(
        [
            *rest[:-1],
            "import bootpy.crash.dump, bootpy.crash.makedumpfile, json, code, traceback",
            "import sys",
            "from bootpy.linux import blkid",
            "print(blkid.probe(sys.executable), 'elftools' in sys.modules)",
        ]
    )
    words = ["chroot", str(tree), interpreter, flags, "-c", code]
    done = subprocess.run(
        ["unshare", "--map-root-user", *words] if os.geteuid() else words,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{os.defpath}:/usr/sbin:/sbin"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{} False\n", "")
