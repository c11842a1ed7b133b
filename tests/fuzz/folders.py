"""A case as real folders, with a way out of them that nothing may take."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bootpy.volume import FolderVolume
from tests.fuzz.case import Case, Link, Locked, Node, Other, Tree

CANARY = "CANARY-FROM-OUTSIDE"
"""Stands in the file beside the volumes: what comes from there shows it."""

OUTSIDE = "OUTSIDE"
"""In a link's target: the absolute path of the folder beside the volumes."""

_TEXT = (
    f"title {CANARY}\nlinux /{CANARY}\nmenuentry {CANARY} {{ linux /{CANARY} }}\n"
    f"LABEL {CANARY}\nLINUX /{CANARY}\nkernel={CANARY}\nimage={CANARY}\nlabel={CANARY}\n"
    f"{CANARY}='/{CANARY} root={CANARY}'\nset x={CANARY}\n"
)


class Folders:
    """A scratch folder for cases, and the canary in it."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.outside = scratch / "outside"
        self.outside.mkdir(parents=True, exist_ok=True)
        self.canary = self.outside / "file"
        self.canary.write_text(_TEXT)
        self._sees_reads = self._canary_was_read_after(self.canary.read_bytes)

    @contextmanager
    def volumes(self, case: Case) -> Iterator[list[FolderVolume]]:
        """Make the trees of a case, and remove them afterwards."""
        made = []
        try:
            for number, tree in enumerate(case.trees):
                folder = self.scratch / f"volume{number}"
                made.append(folder)
                self._make(folder, tree)
            self._set_clock_back()
            yield [
                FolderVolume(
                    str(folder),
                    name=tree.name,
                    uuid=tree.uuid,
                    label=tree.label,
                    partuuid=tree.partuuid,
                    partlabel=tree.partlabel,
                    grub=tree.grub,
                    ignores_case=tree.ignores_case,
                )
                for folder, tree in zip(made, case.trees, strict=True)
            ]
        finally:
            for folder in made:
                shutil.rmtree(folder, ignore_errors=True)

    def canary_was_read(self) -> bool:
        """Whether the canary was read since the trees were made, where the file system tells."""
        return self._sees_reads and self.canary.stat().st_atime_ns != 0

    def _canary_was_read_after(self, work: Callable[[], object]) -> bool:
        self._set_clock_back()
        work()
        return self.canary.stat().st_atime_ns != 0

    def _set_clock_back(self) -> None:
        """Set the time of the last access before that of the last change: relatime notes reads."""
        now = self.canary.stat().st_mtime_ns
        os.utime(self.canary, ns=(0, now))

    def _make(self, folder: Path, tree: Tree) -> None:
        folder.mkdir()
        for path, node in tree.nodes.items():
            # What a file system cannot hold (a name too long, a file below a file) is left out.
            with suppress(OSError, ValueError):
                place = _within(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                self._put(place, node)

    def _put(self, place: Path, node: Node) -> None:
        match node:
            case Link(target):
                place.symlink_to(target.replace(OUTSIDE, str(self.outside)))
            case Other("folder"):
                place.mkdir(exist_ok=True)
            case Other("fifo"):
                os.mkfifo(place)
            case Other("socket"):
                os.mknod(place, stat.S_IFSOCK | 0o600)
            case Other("device"):
                # Reading it would never end. Without root a link to it has to do.
                try:
                    os.mknod(place, stat.S_IFCHR | 0o666, os.makedev(1, 5))
                except PermissionError:
                    place.symlink_to("/dev/zero")
            case Locked(content):
                place.write_bytes(content)
                place.chmod(0)
            case bytes():
                place.write_bytes(node)


def _within(folder: Path, path: str) -> Path:
    """Where to make the node at `path`. ValueError where that is outside of the folder.

    A case has links to anywhere and paths that lead through them: followed in making the
    case, they would write over the files of the machine that runs it.
    """
    parent, name = os.path.split(path.strip("/"))
    place = Path(os.path.realpath(folder / parent), name)
    if name == ".." or not place.parent.is_relative_to(os.path.realpath(folder)):
        raise ValueError(f"{path} leads out of {folder}")
    if os.path.lexists(place) and (place.is_symlink() or not place.is_dir()):
        raise ValueError(f"{path} is there already")
    return place
