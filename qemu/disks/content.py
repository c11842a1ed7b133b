"""Disks with one partition, described by the files on it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from qemu.disks.cache import made
from qemu.disks.filesystems import make_btrfs, make_ext4, make_fat, make_xfs
from qemu.disks.image import ESP, LINUX, MIB, Partition, write_gpt

Content = Path | str | bytes | None
"""What stands at a path: a copy of a file, text, bytes; None for an empty folder."""

_SIZES = {"ext4": 64 * MIB, "vfat": 64 * MIB, "btrfs": 128 * MIB, "xfs": 320 * MIB}
_MAKERS: dict[str, Callable[[Path, Path, int], None]] = {
    "ext4": make_ext4,
    "vfat": make_fat,
    "btrfs": make_btrfs,
    "xfs": make_xfs,
}


def disk_of(
    name: str,
    files: Mapping[str, Content],
    *,
    filesystem: str = "ext4",
    esp: bool = False,
    size: int = 0,
    behind: Partition | None = None,
) -> Path:
    """Return a disk with one partition that holds `files`, made where it is not there yet.

    Paths are taken from the file system's root ("/boot/vmlinuz"). `filesystem` is ext4,
    vfat, btrfs or xfs, of `size` bytes where the usual size will not do; `esp` makes the
    partition an EFI system partition. `behind` is a second partition.
    """
    contents = [[path, digest(content)] for path, content in sorted(files.items())]
    second = [behind.type, behind.label, digest(behind.content)] if behind else []
    key = (
        [filesystem, esp, contents, size, second] if size or behind else [filesystem, esp, contents]
    )

    def make(image: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="bootpy-disk-") as folder:
            tree = Path(folder) / "tree"
            tree.mkdir()
            lay_out(files, tree)
            part = Path(folder) / "part"
            _MAKERS[filesystem](part, tree, size or _SIZES[filesystem])
            first = Partition(part, ESP if esp else LINUX)
            write_gpt(image, first, *([behind] if behind else []))

    return made(name, key, make)


def lay_out(files: Mapping[str, Content], tree: Path) -> None:
    """Write `files` into the folder `tree`."""
    for path, content in files.items():
        target = tree / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            target.mkdir(exist_ok=True)
        else:
            target.write_bytes(_bytes(content))


def files_in(folder: Path) -> dict[str, Content]:
    """Return the regular files under a folder as `disk_of` takes them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {f"/{path.relative_to(folder)}": path for path in paths}


def _bytes(content: Path | str | bytes) -> bytes:
    if isinstance(content, Path):
        return content.read_bytes()
    return content.encode() if isinstance(content, str) else content


def digest(content: Content) -> str:
    """Return what tells this content from other content, for a recipe's key."""
    return "" if content is None else hashlib.sha256(_bytes(content)).hexdigest()
