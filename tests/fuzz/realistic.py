"""Realistic configurations: every file that the tests keep, found by walking.

Whole volumes are known by a reader's places that stand in them; single files go to the
formats whose words their lines begin with.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bootpy.readers.reading import stands
from bootpy.readers.table import Row
from bootpy.volume import FolderVolume
from tests.fuzz.checking import REPOSITORY
from tests.fuzz.vocabulary import Vocabulary

_ROOTS = (
    *sorted((REPOSITORY / "tests").glob("**/data")),
    REPOSITORY / "tests/corpus",
)
_LARGEST = 256 << 10
_MOST_FILES = 60
"""Of one volume: more only slows the fuzzing down."""


class Realistic(NamedTuple):
    """Volumes (files by path) with a format's places, and single files that look like it."""

    volumes: tuple[dict[str, bytes], ...]
    files: tuple[bytes, ...]


@cache
def _walked() -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Folders and files below the roots, sorted."""
    found = sorted({path for root in _ROOTS if root.is_dir() for path in (root, *root.rglob("*"))})
    return (
        tuple(path for path in found if path.is_dir() and not path.is_symlink()),
        tuple(path for path in found if path.is_file() and path.stat().st_size <= _LARGEST),
    )


def realistic(row: Row, vocabulary: Vocabulary) -> Realistic:
    """Find what belongs to a row's format."""
    folders, files = _walked()
    places = [place for place in row.places if place.strip("/")]
    volumes = []
    taken: set[Path] = set()
    for folder in folders:
        volume = FolderVolume(str(folder), name="sda1")
        standing = any("/" in place and stands(volume, place) for place in places)
        # "/grub" stands in every folder above a folder "grub": there must be a file to read.
        if standing and not any(above in taken for above in folder.parents):
            taken.add(folder)
            inside = [path for path in files if folder in path.parents][:_MOST_FILES]
            volumes.append({f"/{path.relative_to(folder)}": path.read_bytes() for path in inside})
    single = [
        path.read_bytes() for path in files if _is_of(path, path.read_bytes(), row, vocabulary)
    ]
    return Realistic(tuple(volume for volume in volumes if volume), tuple(dict.fromkeys(single)))


_EVERYWHERE = frozenset(
    ["default", "timeout", "title", "label", "image", "kernel", "initrd", "linux", "name"]
)


def _is_of(path: Path, content: bytes, row: Row, vocabulary: Vocabulary) -> bool:
    """Whether the file's name or its lines' first words are the format's."""
    if path.name == "README.md" or path.suffix in {".py", ".sh"}:
        return False
    name = path.name.lower()
    wanted = {place.rpartition("/")[2].lower() for place in row.places}
    if name in wanted or any(one.startswith("*") and name.endswith(one[1:]) for one in wanted):
        return True
    if b"\0" in content:
        return False
    firsts = [
        found[0].lower()
        for line in content.decode("utf-8", "replace").splitlines()
        if (found := re.match(r"[\w.-]+", line.strip()))
    ]
    if not firsts:
        return False
    words = {word.rstrip("=").lower() for word in vocabulary.words}
    known = [first for first in firsts if first in words]
    telling = {first for first in known if first not in _EVERYWHERE}
    return len(known) >= len(firsts) * 0.5 and (len(telling) >= 2 or row.format in str(path))
