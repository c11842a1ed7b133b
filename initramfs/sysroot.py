"""Packages laid over one another in one folder, as an installation would have them.

Nothing is installed: no maintainer script runs. /lib, /bin, /sbin and /lib64 are merged into
/usr, as on every Debian 12. The origin of each file is remembered.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path, PurePosixPath

from bootpy.errors import BootError
from initramfs.debian import Archive, Package
from initramfs.tree import Origin

_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_MOST_LINKS = 20


def merged(path: str) -> str:
    """Return `path` (relative to the root) as it is on a system with a merged /usr."""
    return f"usr/{path}" if path.split("/", 1)[0] in _MERGED else path


class Sysroot:
    """A folder that holds the files of packages of one architecture."""

    def __init__(self, archive: Archive, folder: Path) -> None:
        self.archive = archive
        self.folder = folder
        self._packages: dict[str, Package] = {}
        self._origins: dict[str, Origin] = {}

    def add(self, names: Iterable[str]) -> None:
        """Lay the packages `names` over what is here; those here already are passed over."""
        fresh = [name for name in names if name not in self._packages]
        for package in self.archive.fetch(fresh) if fresh else []:
            self._packages[package.name] = package
            self._lay(package, self.archive.unpacked(package))

    def replace(self, path: str, file: Path, origin: Origin) -> None:
        """Put the file at `file` in the place of what a package brought to `path`."""
        target = self.folder / path
        target.unlink(missing_ok=True)
        shutil.copyfile(file, target)
        self._origins[path] = origin

    @property
    def packages(self) -> list[Package]:
        """The packages that are here, in the order in which they came."""
        return list(self._packages.values())

    def origin(self, path: Path) -> Origin:
        """Return the package that the file at `path` (below `folder`) came from."""
        return self._origins[path.relative_to(self.folder).as_posix()]

    def resolve(self, path: str) -> Path | None:
        """Return the file at `path` with links followed inside this root, or None."""
        at = PurePosixPath(merged(path.lstrip("/")))
        for _ in range(_MOST_LINKS):
            here = self.folder / at
            if not here.is_symlink():
                return here if here.is_file() else None
            target = os.path.normpath(os.path.join("/", at.parent, os.readlink(here)))
            at = PurePosixPath(merged(target.lstrip("/")))
        return None

    def library(self, soname: str) -> tuple[str, Path]:
        """Return where a shared library goes (its path by soname) and the file that it is.

        Packages that those here depend on are fetched until one has it; BootError where
        none does.
        """
        while True:
            for folder in self._library_folders():
                found = self.resolve(f"{folder}/{soname}")
                if found is not None:
                    return f"{folder}/{soname}", found
            following = self._following(soname)
            if following is None:
                raise BootError(
                    f"No package has the shared library {soname}",
                    "Add the package that holds it to `packages` in the profile.",
                )
            self.add([following])

    def _library_folders(self) -> list[str]:
        triplets = sorted(path.name for path in self.folder.glob("usr/lib/*-linux-gnu*"))
        return [f"usr/lib/{triplet}" for triplet in triplets] + ["usr/lib"]

    def _following(self, soname: str) -> str | None:
        """Return the next package to look into: by Debian's naming rule, else by nearness."""
        stem, _, number = soname.partition(".so.")
        ruled = self.archive.known([f"{stem}{number}", f"{stem}-{number}"])
        candidates = chain(ruled, self._dependencies())
        return next((name for name in candidates if name not in self._packages), None)

    def _dependencies(self) -> Iterator[str]:
        """Yield the libraries' packages that those here depend on, the nearest first."""
        seen = set(self._packages)
        level = list(self._packages)
        while level:
            below = [name for package in level for name in self.archive.depends(package)]
            level = [name for name in dict.fromkeys(below) if name.startswith(("lib", "zlib"))]
            level = [name for name in self.archive.known(level) if name not in seen]
            yield from level
            seen.update(level)

    def _lay(self, package: Package, unpacked: Path) -> None:
        origin = Origin(package.name, package.version)
        for parent, _, names in _walk(unpacked):
            for name in names:
                source = parent / name
                path = merged(source.relative_to(unpacked).as_posix())
                target = self.folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                if source.is_symlink():
                    target.symlink_to(os.readlink(source))
                else:
                    os.link(source, target)
                self._origins[path] = origin


def _walk(top: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    for parent, folders, files in os.walk(top):
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        yield Path(parent), folders, files + links
