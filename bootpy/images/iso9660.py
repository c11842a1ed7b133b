"""The inside of an ISO 9660 image as a Volume, read in place through the file's descriptor.

Names are Rock Ridge's where the image has them, else Joliet's, else the plain ones, as Linux
chooses. The file is opened anew for each look, so that the volume it lies on can be unmounted
at any time. A file inside is given out as a memory file, since a part of a file cannot be
handed to kexec_file_load(2): it costs as much memory as the file is long.
"""

import errno
import os

from bootpy.images.iso_descriptors import Tree, read_descriptors
from bootpy.images.iso_records import (
    Names,
    Node,
    fields_of,
    first_record,
    read_folder,
    root_node,
)
from bootpy.images.stretches import in_memory, read_stretch
from bootpy.images.susp import read_fields
from bootpy.volume import READ_LIMIT, Status, Volume

_MOST_LINKS = 40  # the kernel's own MAXSYMLINKS
_MOST_PARTS = 4096  # of a path with all its links, so that the walk ends
_MOST_FOLDERS = 500  # kept in memory


class IsoVolume:
    """An ISO image in the file at `path` of another volume; see `bootpy.volume.Volume`.

    `name` is "sda1:/isos/debian.iso", `uuid` and `label` are the image's own as blkid shows
    them. `udf` says that it has a UDF file system as well, where Windows' media have the rest.
    """

    def __init__(self, outer: Volume, path: str) -> None:
        """Read the descriptors. OSError says in words why this is no ISO image to be read."""
        self.outer = outer
        self.path = path
        self.name = f"{outer.name}:{path}"
        self.partuuid = self.partlabel = self.grub = ""
        self._folders: dict[Node, dict[str, Node]] = {}
        fd = outer.open(path)
        try:
            found = read_descriptors(fd)
            self._names, self._root = _tree(fd, found.primary, found.joliet)
        finally:
            os.close(fd)
        self.uuid, self.label, self.udf = found.uuid, found.label, found.udf
        self.ignores_case = self._names.style != "rock ridge"

    def __repr__(self) -> str:
        return f"<Volume {self.name}>"

    def status(self, path: str) -> Status | None:
        """Say what stands at `path`; see `Volume.status`."""
        try:
            fd = self.outer.open(self.path)
        except (OSError, ValueError):
            return None
        try:
            node = self._find(fd, path)
        except OSError:
            return None
        finally:
            os.close(fd)
        return Status(node.kind, node.size, node.modified)

    def names(self, path: str) -> list[str]:
        """List a folder; see `Volume.names`."""
        try:
            fd = self.outer.open(self.path)
        except (OSError, ValueError):
            return []
        try:
            node = self._find(fd, path)
            return sorted(self._listing(fd, node)) if node.kind == "folder" else []
        except OSError:
            return []
        finally:
            os.close(fd)

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Read a regular file; see `Volume.read`."""
        fd = self.outer.open(self.path)
        try:
            node = self._file(fd, path)
            if node.size > limit:
                raise OSError(errno.EFBIG, f"larger than {limit} bytes", path)
            return b"".join(read_stretch(fd, *stretch) for stretch in node.stretches)
        finally:
            os.close(fd)

    def open(self, path: str) -> int:
        """Copy a regular file into memory and give its descriptor; see `Volume.open`.

        OSError: ENOMEM too, where memory has no room for it.
        """
        fd = self.outer.open(self.path)
        try:
            return in_memory(fd, self._file(fd, path).stretches, os.path.basename(path)[:200])
        finally:
            os.close(fd)

    def _file(self, fd: int, path: str) -> Node:
        node = self._find(fd, path)
        if node.kind == "folder":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if node.kind != "file":
            raise OSError(errno.EINVAL, "neither a file nor a folder", path)
        if node.trouble:
            raise OSError(errno.EOPNOTSUPP, node.trouble, path)
        return node

    def _find(self, fd: int, path: str) -> Node:
        """Walk to `path`, links followed; `..` and absolute links stay inside of the image."""
        if not path or "\0" in path:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        waiting = path.split("/")[::-1]
        trail = [self._root]
        links = 0
        while waiting:
            if len(waiting) > _MOST_PARTS:
                raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
            part = waiting.pop()
            if trail[-1].kind != "folder":
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            if part == ".." and len(trail) > 1:
                trail.pop()
            if part in {"", ".", ".."}:
                continue
            node = self._child(fd, trail[-1], part)
            if node is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            if node.kind != "link":
                trail.append(node)
                continue
            links += 1
            if links > _MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            if node.target.startswith("/"):
                del trail[1:]
            waiting += node.target.split("/")[::-1]
        return trail[-1]

    def _child(self, fd: int, folder: Node, name: str) -> Node | None:
        listing = self._listing(fd, folder)
        found = listing.get(name)
        if found is None and self.ignores_case:
            lower = name.lower()
            found = next((node for one, node in listing.items() if one.lower() == lower), None)
        return found

    def _listing(self, fd: int, folder: Node) -> dict[str, Node]:
        if folder not in self._folders:
            if len(self._folders) >= _MOST_FOLDERS:
                self._folders.clear()
            self._folders[folder] = read_folder(fd, folder, self._names)
        return self._folders[folder]


def _tree(fd: int, primary: Tree, joliet: Tree | None) -> tuple[Names, Node]:
    """Choose the tree to read: with Rock Ridge, else Joliet's, else the plain one."""
    root = root_node(primary.root, primary.block)
    fields = read_fields(fd, fields_of(first_record(fd, root)), primary.block)
    # Others use System Use fields as well, without the modes that Rock Ridge gives (Apple).
    if fields.skip is not None and fields.mode:
        return Names("rock ridge", primary.block, fields.skip), root
    if joliet is not None:
        return Names("joliet", joliet.block), root_node(joliet.root, joliet.block)
    return Names("plain", primary.block), root
