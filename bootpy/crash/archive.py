"""Files of the running system in an archive for the capture kernel, each where it is here.

Links on the way to a file come along, so that whoever looks for a file by one finds it there.
"""

import gzip
import os
import stat
from typing import IO, NamedTuple

from bootpy.errors import BootError
from bootpy.kexec.cpio import header

_MOST_LINKS = 40  # the kernel's own MAXSYMLINKS
_PAGE = 4096
_LEVEL = 6  # of zlib: 9 takes three times as long for a hundredth less


class _Node(NamedTuple):
    mode: int
    content: bytes | str  # bytes, or the path of a file to be read when the archive is written
    device: tuple[int, int] = (0, 0)


class Archive:
    """The content of an archive by paths below /; folders come by themselves.

    `root` is where files are taken from.
    """

    def __init__(self, root: str = "/") -> None:
        self._root = root
        self._nodes: dict[str, _Node] = {}

    def __contains__(self, path: str) -> bool:
        return path.strip("/") in self._nodes

    @property
    def size(self) -> int:
        """Bytes that it takes up unpacked, in pages as a file system in memory has them."""
        files = [node for node in self._nodes.values() if stat.S_ISREG(node.mode)]
        return sum(-(-self._length(node) // _PAGE) * _PAGE for node in files)

    def put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Add a file with this content, in the place of one that was there.

        Where a folder of its path is a link here, it is one in the archive.
        """
        folder, name = os.path.split(path)
        place = f"{self._links_to(folder)}/{name}".lstrip("/")
        self._put(place, _Node(stat.S_IFREG | mode, content))

    def folder(self, path: str, mode: int = 0o755) -> None:
        """Add a folder and those above it."""
        path = path.strip("/")
        if path and path not in self._nodes:
            self.folder(os.path.dirname(path))
            self._nodes[path] = _Node(stat.S_IFDIR | mode, b"")

    def character_device(self, path: str, device: tuple[int, int], mode: int) -> None:
        """Add a device node: major and minor number."""
        self._put(path.strip("/"), _Node(stat.S_IFCHR | mode, b"", device))

    def add(self, path: str) -> None:
        """Add a file of the running system and the links by which it is reached.

        BootError: it cannot be read.
        """
        try:
            place = self._links_to(path)
            found = os.stat(os.path.join(self._root, place))
        except OSError as error:
            raise _unreadable(path, error) from error
        if not stat.S_ISREG(found.st_mode):
            raise BootError(f"{path} is to go into the capture image, and is no file", "remove it")
        self._put(place, _Node(stat.S_IFREG | (found.st_mode & 0o755), f"/{place}"))

    def write(self, target: IO[bytes]) -> None:
        """Write it compressed (gzip, which every kernel with an initrd unpacks)."""
        with gzip.GzipFile("", "wb", _LEVEL, target, mtime=0) as packed:
            for number, (path, node) in enumerate(sorted(self._nodes.items()), start=1):
                content = node.content
                if isinstance(content, str):
                    content = self._read(content)
                packed.write(header(path, number, node.mode, len(content), node.device))
                packed.write(content + bytes(-len(content) % 4))
            packed.write(header("TRAILER!!!", 0, 0, 0))

    def _length(self, node: _Node) -> int:
        if isinstance(node.content, bytes):
            return len(node.content)
        return os.stat(os.path.join(self._root, node.content.lstrip("/"))).st_size

    def _read(self, path: str) -> bytes:
        try:
            with open(os.path.join(self._root, path.lstrip("/")), "rb") as file:
                return file.read()
        except OSError as error:
            raise _unreadable(path, error) from error

    def _put(self, path: str, node: _Node) -> None:
        self.folder(os.path.dirname(path))
        self._nodes[path] = node

    def _links_to(self, path: str) -> str:
        """Add every link on the way to `path`; return where it is in the end, without any."""
        waiting = [name for name in path.split("/") if name][::-1]
        place = ""
        links = 0
        while waiting:
            name = waiting.pop()
            if name == "..":
                self.folder(place)  # it is gone through
                place = os.path.dirname(place)
                continue
            here = f"{place}/{name}".lstrip("/")
            whole = os.path.join(self._root, here)
            if name == "." or not os.path.islink(whole):
                place = place if name == "." else here
                continue
            links += 1
            if links > _MOST_LINKS:
                raise OSError(40, "too many links", path)
            target = os.readlink(whole)
            if here not in self._nodes:
                self._put(here, _Node(stat.S_IFLNK | 0o777, os.fsencode(target)))
            waiting += [part for part in target.split("/") if part][::-1]
            if target.startswith("/"):
                place = ""
        return place


def _unreadable(path: str, error: OSError) -> BootError:
    return BootError(
        f"{path} is to go into the capture image, and cannot be read: {error.strerror}",
        "install its package again",
    )
