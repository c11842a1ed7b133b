"""What is mounted, and which of it can lose what was written to it.

Source: proc(5), /proc/[pid]/mountinfo.
"""

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

_ESCAPED = re.compile(r"\\([0-7]{3})")

# Behind these lies no block device (/proc/filesystems calls them nodev), and yet a disk or server.
_KEEPS = frozenset({"nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "virtiofs", "afs", "zfs"})
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "ceph", "afs"})


class Mount(NamedTuple):
    """One line of the table: where, what (`source`, `kind`), and whether it can be written to.

    `device` is "8:2", or of a major number 0 where there is no one block device behind it.
    `writable` wants both: the mount and the file system mounted read-write. `inside` is the folder
    of the file system that is mounted: another than / with bind mounts and subvolumes.
    """

    place: str
    source: str
    kind: str
    device: str
    writable: bool
    inside: str = "/"

    @property
    def network(self) -> bool:
        """Whether what is written to it goes to a server."""
        return self.kind in _NETWORK

    def __str__(self) -> str:
        return f"{self.place} ({self.source}, {self.kind})"


def mounts(root: str = "/") -> list[Mount]:
    """Read the mounts of this process, in the order in which they were made."""
    table = os.path.join(root, "proc/self/mountinfo")
    with open(table, encoding="utf-8", errors="surrogateescape") as file:
        return [_mount(line) for line in file]


def kept(found: Iterable[Mount], root: str = "/") -> list[Mount]:
    """Return the mounts whose content outlives the system: on disks and on servers."""
    with open(os.path.join(root, "proc/filesystems"), encoding="ascii") as file:
        rows = (line.rstrip("\n").split("\t") for line in file)
        on_devices = {row[1] for row in rows if row[0] != "nodev"}

    def keeps(kind: str) -> bool:
        return kind in on_devices or kind in _KEEPS or kind.startswith("fuse.")

    return [mount for mount in found if keeps(mount.kind)]


def mount_of(path: str, found: Iterable[Mount]) -> Mount | None:
    """Return the mount on which a path without links lies: the newest of those nearest to it."""
    nearest = None
    for mount in found:
        on_it = mount.place in {"/", path} or path.startswith(f"{mount.place}/")
        if on_it and (nearest is None or len(mount.place) >= len(nearest.place)):
            nearest = mount
    return nearest


def written(root: str = "/") -> list[Mount]:
    """Return what is mounted read-write and would lose what was not written out."""
    return [mount for mount in kept(mounts(root), root) if mount.writable]


def unwritten(root: str = "/") -> int:
    """Return how many bytes wait to be written to disks and servers (Dirty and Writeback)."""
    total = 0
    with open(os.path.join(root, "proc/meminfo"), encoding="ascii") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name in {"Dirty", "Writeback"}:
                total += int(value.split()[0]) << 10
    return total


def _mount(line: str) -> Mount:
    # ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS [optional fields] - KIND SOURCE SUPER-OPTIONS
    before, _, after = line.rstrip("\n").partition(" - ")
    _, _, device, inside, place, options, *_ = before.split(" ")
    kind, source, super_options = after.split(" ", 2)
    writable = all("rw" in text.split(",") for text in (options, super_options))
    return Mount(_plain(place), _plain(source), kind, device, writable, _plain(inside))


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), text)
