import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bootpy.errors import BootError
from initramfs.build import Image, build
from initramfs.compress import Compressor
from initramfs.contents import REPOSITORY
from initramfs.debian import Archive
from initramfs.profile import FOLDER, CompressionPart
from initramfs.size import report

PLAIN = (
    (FOLDER / "cloud.toml")
    .read_text()
    .replace('method = "zstd"', 'method = "none"')
    .replace("level = 19", "level = 0")
)


def manifest(image: Image) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(image.manifest.read_text())
    return told


@pytest.fixture(scope="session")
def plain(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The same image without compression, from a profile in a file of its own."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "plain.toml").write_text(PLAIN)
    return build(str(folder / "plain.toml"), folder, source=program)


@pytest.fixture(scope="session")
def unpacked(plain: Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    data = plain.initramfs.read_bytes()
    # Two archives follow one another; cpio stops after one. Device nodes need root.
    while data:
        size = data.index(b"TRAILER!!!") + 11
        size += -size % 4
        command = ["cpio", "-idm", "--quiet", "-f", "dev/*"]
        subprocess.run(command, input=data[:size], cwd=folder, check=True)
        data = data[size:]
    return folder


def test_every_file_is_what_the_manifest_says(plain: Image, unpacked: Path) -> None:
    told = manifest(plain)
    files = {row["path"]: row for row in told["files"] if row["type"] == "file"}
    there = {
        f"/{path.relative_to(unpacked)}": path
        for path in unpacked.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    assert there.keys() == files.keys()
    for name, path in there.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == files[name]["sha256"]
        assert path.stat().st_size == files[name]["size"]
        assert files[name]["package"]
        assert files[name]["version"] or files[name]["package"] in {"bootpy", "generated"}
    assert told["size"]["raw"] == plain.initramfs.stat().st_size
    assert hashlib.sha256(plain.kernel.read_bytes()).hexdigest() == told["kernel"]["sha256"]


def test_modules_that_a_run_imports_and_no_others(unpacked: Path) -> None:
    (library,) = unpacked.glob("usr/lib/python3.*")
    names = {path.relative_to(library).as_posix() for path in library.rglob("*.pyc")}
    assert {"bootpy/init/supervisor.pyc", "pyudev/core.pyc", "ctypes/util.pyc", "os.pyc"} <= names
    assert {"bootpy/late.pyc", "html/__init__.pyc", "encodings/cp437.pyc"} <= names
    unwanted = ("bootpy/cli", "json", "argparse", "pathlib", "dataclasses", "asyncio", "elftools")
    assert [name for name in names if name.startswith(unwanted)] == []
    assert list(unpacked.rglob("*.py")) == []


def test_what_is_large_and_not_needed_is_not_there(image: Image) -> None:
    # hashlib, random and tempfile bring OpenSSL: 4.7 MB for checksums that Python has built in.
    paths = [file["path"] for file in json.loads(image.manifest.read_text())["files"]]
    assert paths
    assert [path for path in paths if "libcrypto" in path or "hashlib" in path] == []


def test_shared_libraries_are_all_there(unpacked: Path) -> None:
    (linker,) = unpacked.glob("usr/lib64/ld-linux-*")
    (libraries,) = unpacked.glob("usr/lib/*-linux-gnu")
    (python,) = unpacked.glob("usr/bin/python3.*")
    for file in [python, *libraries.iterdir(), *unpacked.rglob("lib-dynload/*.so")]:
        command = [str(linker), "--library-path", str(libraries), "--list", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = [line.split()[2] for line in done.stdout.splitlines() if "=>" in line]
        assert all(Path(path).is_relative_to(unpacked) for path in found if path != str(linker))


def test_same_bytes_in_another_folder_by_another_process(
    program: Path, plain: Image, tmp_path: Path
) -> None:
    shutil.copytree(program, tmp_path / "elsewhere")
    (tmp_path / "plain.toml").write_text(PLAIN)
    code = (
        "import os, sys; from pathlib import Path; from initramfs.build import build; "
        "os.umask(0o077); build(sys.argv[1], Path(sys.argv[2]), source=Path(sys.argv[3]))"
    )
    places = [tmp_path / "plain.toml", tmp_path / "out", tmp_path / "elsewhere"]
    subprocess.run(
        [sys.executable, "-c", code, *map(str, places)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        check=True,
    )
    for path in (plain.kernel, plain.initramfs, plain.manifest):
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize(
    ("method", "level", "undo"), [("zstd", 19, "zstd"), ("xz", 6, "xz"), ("none", 0, "cat")]
)
def test_compression_is_the_same_each_time_and_undone_by_its_program(
    archive: Archive, tmp_path: Path, method: str, level: int, undo: str
) -> None:
    data = bytes(range(256)) * 4000
    part = CompressionPart(method, level)
    packed = [
        Compressor(part, archive.cache, tmp_path / f"root{n}", tmp_path / f"kept{n}").compress(data)
        for n in range(2)
    ]
    assert packed[0] == packed[1]
    command = [undo] if undo == "cat" else [undo, "-dc"]
    assert subprocess.run(command, input=packed[0], capture_output=True, check=True).stdout == data


def test_nothing_is_done_where_nothing_changed(image: Image, program: Path) -> None:
    times = [path.stat().st_mtime_ns for path in (image.kernel, image.initramfs, image.manifest)]
    start = time.monotonic()
    again = build("cloud", image.kernel.parent, source=program)
    assert time.monotonic() - start < 0.5
    assert again == image
    assert times == [p.stat().st_mtime_ns for p in (image.kernel, image.initramfs, image.manifest)]


def test_an_edit_is_noticed(program: Path, tmp_path: Path) -> None:
    source, output = tmp_path / "source", tmp_path / "out"
    shutil.copytree(program, source)
    first = build("cloud", output, source=source).initramfs.read_bytes()
    (source / "bootpy/late.py").write_text("import html\nEDITED = True\n")
    assert build("cloud", output, source=source).initramfs.read_bytes() != first


def test_an_import_that_the_image_has_not_is_named(program: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(program, source)
    (source / "bootpy/late.py").write_text("def late():\n    import no_such_module\n")
    with pytest.raises(BootError) as caught:
        build("cloud", tmp_path / "out", source=source)
    assert "late.py:2" in caught.value.message
    assert "no_such_module" in caught.value.message
    assert "packages" in caught.value.hint


def test_size_report_names_the_largest(image: Image) -> None:
    text = report(image.manifest)
    assert "python3.11-minimal" in text
    assert f"{image.initramfs.stat().st_size / 1000:,.0f} kB" in text


@pytest.mark.e2e
@pytest.mark.parametrize("built", ["image", "slim_image"])
def test_the_image_boots_and_its_modules_load(
    built: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    image: Image = request.getfixturevalue(built)
    disk = tmp_path / "disk.img"
    with disk.open("wb") as file:
        file.truncate(1 << 20)
    command = [
        *("qemu-system-x86_64", "-M", "q35", "-m", "256", "-nographic", "-no-reboot"),
        *("-nodefaults", "-serial", "stdio"),
        *("-kernel", str(image.kernel), "-initrd", str(image.initramfs)),
        *("-append", "console=ttyS0 panic=-1 quiet"),
        *("-drive", f"file={disk},format=raw,if=virtio,snapshot=on"),
    ]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=180, check=True
    )
    console = done.stdout.decode(errors="replace")
    said = dict(re.findall(r"(FILESYSTEMS|BLOCK|DOCUMENTATION|REFUSED|LOADED) ([^\r\n]*)", console))
    assert {"ext4", "vfat", "xfs", "btrfs", "iso9660"} <= set(said["FILESYSTEMS"].split()), console
    assert "vda" in said["BLOCK"].split(), console
    assert said["DOCUMENTATION"] == "None"
    # 19, ENODEV: a driver for what this machine has not; 2, ENOENT: one that rests on it.
    assert set(re.findall(r": (\d+)", said["REFUSED"])) <= {"19", "2"}, console
    assert int(said["LOADED"]) > 25
