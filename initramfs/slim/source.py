"""CPython's source: Debian's package of it, or an archive that a profile names."""

import hashlib
import os
import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bootpy.errors import BootError
from initramfs.debian import Archive
from initramfs.debian_sources import SourceArchive
from initramfs.profile import PythonPart
from initramfs.progress import step
from initramfs.slim.toolchain import Toolchain
from initramfs.tree import Origin

# Not needed to compile, nor in an image: two thirds of what is in the archive.
_UNNEEDED = (
    "Doc",
    "Lib/ensurepip",
    "Lib/idlelib",
    "Lib/lib2to3",
    "Lib/test",
    "Lib/tkinter",
    "Lib/turtledemo",
    "Mac",
    "PC",
    "PCbuild",
)


@dataclass(frozen=True)
class Source:
    """An archive of CPython, and where it is Debian's the archive of Debian's changes to it.

    `key` (hex) tells two sources apart.
    """

    archive: Path
    changes: Path | None
    origin: Origin
    key: str

    @classmethod
    def of_profile(cls, archive: Archive, part: PythonPart, version: str, kept: Path) -> Self:
        """Return the source that `part` names, by default Debian's of Python `version`.

        A URL is downloaded once to `kept`. BootError: it is not to be had, or its hash is
        another.
        """
        if not part.source:
            package = SourceArchive(archive).fetch(f"python{version}")
            origin = Origin(f"python{version} (source)", package.version)
            key = _sha256(package.original) + _sha256(package.changes)
            return cls(package.original, package.changes, origin, key)
        path = _fetched(part, kept) if "://" in part.source else Path(part.source)
        if not path.is_file():
            raise BootError(
                f"python.source: there is no file {path}",
                "Name an archive of CPython's source, or its URL and python.sha256.",
            )
        digest = _sha256(path)
        if part.sha256 and digest != part.sha256.lower():
            raise BootError(
                f"{path} has SHA-256 {digest}, and not {part.sha256} as the profile says",
                "Delete the file if it was cut, or correct python.sha256.",
            )
        return cls(path, None, Origin("CPython", path.name), digest)

    def unpack(self, folder: Path, toolchain: Toolchain) -> None:
        """Unpack it into `folder`, which is made, with Debian's patches applied."""
        folder.mkdir(parents=True)
        toolchain.run(
            *("tar", "-x", "--no-same-owner", "--strip-components=1", "-f", self.archive),
            folder=folder,
        )
        if self.changes:
            toolchain.run("tar", "-x", "--no-same-owner", "-f", self.changes, folder=folder)
            patches = folder / "debian/patches"
            for line in (patches / "series").read_text().splitlines():
                name = line.partition("#")[0].strip()
                if name:
                    options = ("-p1", "--batch", "--silent", "--no-backup-if-mismatch")
                    text = (patches / name).read_bytes()
                    toolchain.run(toolchain.root / "patch", *options, folder=folder, given=text)
        for name in _UNNEEDED:
            shutil.rmtree(folder / name, ignore_errors=True)


def _fetched(part: PythonPart, kept: Path) -> Path:
    """Download the archive at the profile's URL, unless it is here."""
    if not part.sha256:
        raise BootError(
            "python.source is a URL, and python.sha256 is missing",
            "Give the archive's SHA-256, so that each build takes the same.",
        )
    path = kept / part.source.rpartition("/")[2]
    if path.is_file() and _sha256(path) == part.sha256.lower():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with (
            step(f"Downloading {part.source}"),
            urllib.request.urlopen(part.source, timeout=60) as answer,  # noqa: S310
            unfinished.open("wb") as file,
        ):
            shutil.copyfileobj(answer, file)
    except (urllib.error.URLError, OSError, ValueError) as error:
        unfinished.unlink(missing_ok=True)
        raise BootError(
            f"{part.source} could not be downloaded: {error}",
            "Is the network up? A file's path may stand in the place of the URL.",
        ) from None
    unfinished.replace(path)
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
