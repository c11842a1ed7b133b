"""Archives read back: what /init of an initramfs begins with, and an image without its modules.

Source: Documentation/driver-api/early-userspace/buffer-format.rst of Linux, as in
`initramfs.cpio`; archives may follow each other, and what comes later replaces.
"""

from __future__ import annotations

import io
import posixpath
import stat

from elftools.elf.elffile import ELFFile
from elftools.elf.segments import InterpSegment

from bootpy.errors import BootError
from initramfs import cpio
from initramfs.tree import GENERATED, Node

_HEADER = 110
_MODULES = "usr/lib/modules/"
_CODE = 8
"""Bytes by which the beginning of a program is known: a few instructions."""

_MOST_LINKS = 20


def nodes(archive: bytes) -> dict[str, Node]:
    """Return what an uncompressed archive holds, by path."""
    found: dict[str, Node] = {}
    at = 0
    while archive.startswith(b"070701", at):
        words = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, size, name_size = words[1], words[6], words[11]
        name = archive[at + _HEADER : at + _HEADER + name_size - 1].decode()
        data = at + _aligned(_HEADER + name_size)
        at = data + _aligned(size)
        if name != "TRAILER!!!":
            device = (words[9], words[10])
            found[name] = Node(name, mode, GENERATED, archive[data : data + size], device)
            continue
        while at < len(archive) and archive[at] == 0:
            at += 4
    if at < len(archive):
        raise BootError(f"the initramfs is no archive from its byte {at} on")
    return found


def without_modules(archive: bytes) -> bytes:
    """Return the archive less all kernel modules: for a kernel that has its drivers built in."""
    kept = [node for path, node in nodes(archive).items() if not path.startswith(_MODULES)]
    return cpio.archive(sorted(kept, key=lambda node: node.path.split("/")))


def init_code(archive: bytes) -> str:
    """Return the mark of /init's first instruction: its place in a page, and the code there.

    Of a script that is its interpreter's, of a program with a dynamic linker the linker's.
    """
    tree = nodes(archive)
    path = "init"
    data = _file(tree, path)
    if data.startswith(b"#!"):
        path = data[2:].split(maxsplit=1)[0].decode()
        data = _file(tree, path)
    program = ELFFile(io.BytesIO(data))
    for segment in program.iter_segments():
        if isinstance(segment, InterpSegment):
            program = ELFFile(io.BytesIO(_file(tree, segment.get_interp_name())))
            break
    entry = program["e_entry"]
    for segment in program.iter_segments("PT_LOAD"):
        offset = entry - segment["p_vaddr"]
        if 0 <= offset < segment["p_filesz"]:
            return f"{entry % 4096:x}:{segment.data()[offset : offset + _CODE].hex()}"
    raise BootError(f"/{path} of the initramfs is no program: its entry is nowhere in it")


def _file(tree: dict[str, Node], path: str) -> bytes:
    """Return a file's content, with links in its path followed."""
    rest, here = path.strip("/").split("/"), ""
    for _ in range(_MOST_LINKS):
        while rest:
            here = posixpath.join(here, rest.pop(0))
            node = tree.get(here)
            if node is None:
                raise BootError(f"the initramfs has no /{here}, which its /init needs")
            if stat.S_ISLNK(node.mode):
                target = posixpath.join("/", posixpath.dirname(here), node.data.decode())
                rest, here = [*posixpath.normpath(target).strip("/").split("/"), *rest], ""
                break
        else:
            return tree[here].data
    raise BootError(f"/{path} of the initramfs is behind more than {_MOST_LINKS} links")


def _aligned(size: int) -> int:
    return (size + 3) & ~3
