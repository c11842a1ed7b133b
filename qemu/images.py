"""Disk images of strangers: what QEMU is told of them, so that they can name nothing by themselves.

A guest can write a qcow2 header into a raw image, and some formats name further files of
the host. So nothing is left to QEMU's own probing: the layout is what the first bytes say
to us, the files behind an image are named to QEMU one by one, and what reaches further than
regular files is refused. Nothing here is opened for writing.

Sources: docs/interop/qcow2.txt, block/vmdk.c and qapi/block-core.json of QEMU 7.2.
"""

import os
import stat
from pathlib import Path
from typing import Any

from bootpy.errors import BootError

_LAYOUTS = (
    (0, b"QFI\xfb", "qcow2"),
    (0, b"KDMV", "vmdk"),
    (0, b"COWD", "vmdk"),
    (0x40, b"\x7f\x10\xda\xbe", "vdi"),
    (0, b"vhdxfile", "vhdx"),
    (0, b"conectix", "vpc"),
)
_HAS_BACKING = frozenset(("qcow2", "vmdk"))
_DEEPEST = 16
"""How many images may stand upon each other."""

_CONVERT = "make one image of its own of it: qemu-img convert -O qcow2 {} disk.qcow2"


def read_only_node(path: Path, name: str = "", layout: str = "", depth: int = 0) -> dict[str, Any]:
    """Return the block node `name` for an image, as -blockdev takes it.

    `layout` is the image's format where it is known already. A machine that runs from the
    image at the same time is no obstacle. BootError: no regular file, or one that names what
    it may not.
    """
    _check_regular(path)
    layout = layout or _layout(path)
    sharing = {"read-only": True, "force-share": True}
    node: dict[str, Any] = {"driver": layout, **sharing, **({"node-name": name} if name else {})}
    node["file"] = {"driver": "file", "filename": str(path.absolute()), **sharing}
    if layout == "vmdk":
        _check_vmdk(path)
    if layout in _HAS_BACKING:
        node["backing"] = _backing(path, depth) if layout == "qcow2" else None
    return node


def _layout(path: Path) -> str:
    head = _part(path, 0, 4096)
    if head.startswith(b"# Disk DescriptorFile"):
        raise BootError(
            f"{path} only names the files that hold the disk's content",
            f"name its -flat.vmdk file, or {_CONVERT.format(path)}",
        )
    found = [layout for offset, magic, layout in _LAYOUTS if head.startswith(magic, offset)]
    return found[0] if found else "raw"


def _check_regular(path: Path) -> None:
    """Let no device and no FIFO pass: reading one may do something, or never end."""
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
    except OSError as error:
        raise _unreadable(path, error) from None
    if not regular:
        raise BootError(f"{path} is no regular file", "an image and all behind it are to be files")


def _part(path: Path, offset: int, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(length)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> BootError:
    return BootError(
        f"{path}: {(error.strerror or str(error)).lower()}",
        "an image and the files that it stands on are to be there, and readable for you",
    )


def _backing(path: Path, depth: int) -> dict[str, Any] | None:
    """Return the node of the image on which a qcow2 image stands; None where on none."""
    header = _part(path, 0, 4096).ljust(112, b"\0")
    version = _number(header, 4, 4)
    if version not in (2, 3):
        raise BootError(f"{path}: qcow of version {version}", _CONVERT.format(path))
    if _number(header, 32, 4):
        raise BootError(f"{path} is encrypted", f"give the key, and {_CONVERT.format(path)}")
    if version == 3 and _number(header, 72, 8) & 4:
        raise BootError(f"{path} has its data in another file", _CONVERT.format(path))
    offset, length = _number(header, 8, 8), _number(header, 16, 4)
    if not offset:
        return None
    if not 0 < length <= 1023 or offset > 1 << 21:
        raise BootError(f"{path}: its qcow2 header is damaged", f"qemu-img check {path}")
    name = os.fsdecode(_part(path, offset, length)).removeprefix("file:")
    before, colon, _ = name.partition(":")
    if "\0" in name or (colon and "/" not in before):
        raise BootError(
            f"{path} stands on {name!r}, which is no file of this machine", _CONVERT.format(path)
        )
    if depth >= _DEEPEST:
        raise BootError(f"{path}: more than {_DEEPEST} images stand upon each other")
    below = path.parent / name
    layout = _told_layout(path, header, version)
    try:
        return read_only_node(below, layout=layout, depth=depth + 1)
    except BootError as error:
        raise BootError(f"{path} stands on {name!r}: {error.message}", error.hint) from error


def _told_layout(path: Path, header: bytes, version: int) -> str:
    """Return the format of the image below, where a qcow2 header tells it."""
    place = _number(header, 100, 4) if version == 3 else 72
    while 0 < place <= len(header) - 8:
        kind, length = _number(header, place, 4), _number(header, place + 4, 4)
        if kind == 0:
            break
        if kind == 0xE2792ACA:
            name = header[place + 8 : place + 8 + length].decode("ascii", "replace")
            if name != "raw" and name not in {layout for _, _, layout in _LAYOUTS}:
                raise BootError(f"{path} stands on an image of format {name!r}")
            return name
        place += 8 + (length + 7) // 8 * 8
    return ""


def _check_vmdk(path: Path) -> None:
    """Refuse what names other files: parts of a split image, and snapshots."""
    header = _part(path, 0, 512).ljust(512, b"\0")
    if not header.startswith(b"KDMV"):
        return
    if not int.from_bytes(header[12:20], "little"):
        raise BootError(f"{path} only names the files with the content", _CONVERT.format(path))
    offset = int.from_bytes(header[28:36], "little") * 512
    text = _part(path, offset, 20 * 512) if 0 < offset < 1 << 32 else b""
    parent = text.partition(b"parentCID=")[2][:8]
    if parent and parent != b"ffffffff":
        raise BootError(f"{path} is a snapshot of another image", _CONVERT.format(path))


def _number(data: bytes, offset: int, length: int) -> int:
    return int.from_bytes(data[offset : offset + length], "big")
