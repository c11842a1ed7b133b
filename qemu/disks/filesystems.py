"""File systems made from a folder, each by its own mkfs, into an image file of a fixed size.

Owners in the images are those of the folder's files. UUIDs are given where tests need to
know them ahead; an empty one is chosen by mkfs.
"""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

from qemu.disks.image import MIB
from qemu.places import call


def make_ext4(image: Path, tree: Path, size: int, *, label: str = "", uuid: str = "") -> None:
    """Make an ext4 file system of `size` bytes that holds `tree` (mke2fs -d)."""
    _blank(image, size)
    options = [*(["-L", label] if label else []), *(["-U", uuid] if uuid else [])]
    call(["mke2fs", "-q", "-F", "-t", "ext4", *options, "-d", tree, image])


def make_fat(image: Path, tree: Path, size: int, *, label: str = "", serial: int = 0) -> None:
    """Make a FAT file system that holds `tree` (mtools).

    FAT32 from 33 MiB on, as its definition demands, FAT16 below. `serial` is the volume's
    number, which Linux shows as a UUID of the form 1234-ABCD.
    """
    _blank(image, size)
    kind = ["-F"] if size >= 33 * MIB else []
    names = [*(["-v", label] if label else []), *(["-N", f"{serial:08X}"] if serial else [])]
    sectors = str(size // 512)
    call(["mformat", "-i", image, *kind, "-T", sectors, "-h", "64", "-s", "32", *names, "::"])
    content = sorted(tree.iterdir())
    if content:
        call(["mcopy", "-i", image, "-s", "-Q", "-m", *content, "::"])


def make_btrfs(image: Path, tree: Path, size: int, *, label: str = "", uuid: str = "") -> None:
    """Make a btrfs that holds `tree` (mkfs.btrfs --rootdir); it needs 109 MiB at least."""
    _blank(image, size)
    options = [*(["-L", label] if label else []), *(["-U", uuid] if uuid else [])]
    call(["mkfs.btrfs", "-q", *options, "--rootdir", tree, image])


def make_xfs(image: Path, tree: Path, size: int, *, label: str = "", uuid: str = "") -> None:
    """Make an XFS that holds `tree` (mkfs.xfs -p); it needs 300 MiB at least."""
    _blank(image, size)
    options = [*(["-L", label] if label else []), *(["-m", f"uuid={uuid}"] if uuid else [])]
    with tempfile.TemporaryDirectory() as folder:
        prototype = Path(folder) / "prototype"
        prototype.write_text(xfs_prototype(tree))
        call(["mkfs.xfs", "-q", "-f", *options, "-p", prototype, image])


def xfs_prototype(tree: Path) -> str:
    """Describe a folder as mkfs.xfs's prototype file does (mkfs.xfs(8), "-p").

    Regular files, folders and symbolic links; names with blanks cannot be written in it.
    """
    lines = ["/", "0 0", f"d--{tree.stat().st_mode & 0o777:03o} 0 0", *_members(tree, tree), "$"]
    return "\n".join(lines) + "\n"


def _members(folder: Path, top: Path) -> list[str]:
    lines = []
    for path in sorted(folder.iterdir()):
        if any(blank in path.name for blank in " \t\n"):
            raise ValueError(f"{path}: a prototype file has no way to write a name with blanks")
        mode = path.lstat().st_mode
        # The second and third letter stand for set-user-ID and set-group-ID.
        marks = ("u" if mode & stat.S_ISUID else "-") + ("g" if mode & stat.S_ISGID else "-")
        rights = f"{marks}{mode & 0o777:03o} 0 0"
        if path.is_symlink():
            lines.append(f"{path.name} l{rights} {path.readlink()}")
        elif path.is_dir():
            lines += [f"{path.name} d{rights}", *_members(path, top), "$"]
        else:
            lines.append(f"{path.name} -{rights} {path}")
    return lines


def _blank(image: Path, size: int) -> None:
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(size)
