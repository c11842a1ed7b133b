"""Which files a reader opens: found out by letting it look at volumes that say what was asked."""

from typing import NamedTuple

from bootpy.entry import Host
from bootpy.readers.table import Row
from bootpy.volume import Volumes
from tests.fuzz.memory_volume import MemoryVolume
from tests.fuzz.running import reader_of
from tests.fuzz.vocabulary import Vocabulary

_ROUNDS = 4
_MOST = 60


class Layout(NamedTuple):
    """Paths that a reader looks at, from a volume's root.

    `files` it reads or asks for, `folders` it lists, and there it wants names that end with
    one of `endings`, or any where that is empty.
    """

    files: tuple[str, ...]
    folders: tuple[str, ...]
    endings: tuple[str, ...]


def layout(row: Row, vocabulary: Vocabulary) -> Layout:
    """Learn it from the reader itself, in some rounds: what it asks for stands there next."""
    read = reader_of(row)
    files: set[str] = set()
    folders: set[str] = set()
    for place in row.places:
        above, star, ending = place.partition("*")
        if star:
            folders.add(above.rstrip("/") or "/")
            files.add(f"{above}a{ending}")
        else:
            folders.add(place)
    for number in range(_ROUNDS):
        there = {path for path in folders if number or path in row.places}
        in_folders = {
            f"{folder.rstrip('/')}/{name}" for folder in sorted(there)[:_MOST]
            for name in _sample(vocabulary)
        }  # fmt: skip
        # A place may be a file and not a folder: every other round takes it so.
        wanted = files | in_folders
        if number % 2:
            wanted |= {place for place in row.places if "*" not in place and place != "/"}
            there = {path for path in there if path not in row.places}
        nodes: dict[str, bytes | None] = {}
        for path in sorted(wanted):
            if not any(path.startswith(f"{other}/") for other in nodes):
                nodes[path] = b""
        volume = MemoryVolume(
            nodes, folders=tuple(path for path in there if path not in nodes), name="sda1"
        )
        try:
            read(volume, Volumes([volume]), Host("efi", "x86_64"))
        except Exception:
            continue
        folders |= {_clean(path) for path in volume.asked_folders}
        files |= {_clean(path) for path in volume.asked_files} - in_folders
    files -= {"/", *(path for path in folders if path not in row.places)}
    return Layout(
        tuple(sorted(files, key=lambda path: (path.count("/"), path))[: 4 * _MOST]),
        tuple(sorted(folders)[:_MOST]),
        vocabulary.endings,
    )


def _sample(vocabulary: Vocabulary) -> list[str]:
    """One name per ending, and one without: what a reader opens of a folder shows then."""
    return ["x", *(f"x{ending}" for ending in vocabulary.endings[:20])]


def _clean(path: str) -> str:
    return "/" + "/".join(part for part in path.split("/") if part not in {"", ".", ".."})
