"""The content of an image, before it is written: paths, what stands there, where it came from."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from bootpy.errors import BootError


@dataclass(frozen=True)
class Origin:
    """Where a file came from: a Debian package, or "bootpy", or "generated"."""

    name: str
    version: str = ""


BOOTPY = Origin("bootpy")
GENERATED = Origin("generated")


@dataclass(frozen=True)
class Node:
    """One path of the image. `path` is relative to the root ("usr/bin/python3.11").

    `mode` holds type and permission bits (inode(7)). `data` is a file's content or a
    symbolic link's target; `device` is (major, minor) of a character device.
    """

    path: str
    mode: int
    origin: Origin
    data: bytes = b""
    device: tuple[int, int] = (0, 0)

    @property
    def is_file(self) -> bool:
        """Whether this is a regular file."""
        return stat.S_ISREG(self.mode)


@dataclass
class Tree:
    """Nodes by path; parents of what is added are made as needed."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def folder(self, path: str, mode: int = 0o755) -> None:
        """Add a folder and those above it."""
        if not path:
            return
        here = self.nodes.get(path)
        if here is None:
            self.folder(path.rpartition("/")[0])
            self.nodes[path] = Node(path, stat.S_IFDIR | mode, GENERATED)
        elif not stat.S_ISDIR(here.mode):
            raise BootError(f"/{path} is to be a folder of the image and is something else already")

    def file(self, path: str, data: bytes, origin: Origin, executable: bool = False) -> None:
        """Add a regular file."""
        self._add(Node(path, stat.S_IFREG | (0o755 if executable else 0o644), origin, data))

    def link(self, path: str, target: str, origin: Origin = GENERATED) -> None:
        """Add a symbolic link."""
        self._add(Node(path, stat.S_IFLNK | 0o777, origin, target.encode()))

    def character_device(self, path: str, major: int, minor: int, mode: int) -> None:
        """Add a character device node."""
        self._add(Node(path, stat.S_IFCHR | mode, GENERATED, device=(major, minor)))

    def _add(self, node: Node) -> None:
        there = self.nodes.get(node.path)
        if there is not None:
            if (there.mode, there.data) == (node.mode, node.data):
                return
            raise BootError(
                f"/{node.path} of the image comes twice with different content",
                f"Once from {there.origin.name}, once from {node.origin.name}.",
            )
        self.folder(node.path.rpartition("/")[0])
        self.nodes[node.path] = node

    def __iter__(self) -> Iterator[Node]:
        """Yield the nodes sorted by path, so that folders precede what is in them."""
        return iter(sorted(self.nodes.values(), key=lambda node: node.path.split("/")))
