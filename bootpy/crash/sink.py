"""Where a dump goes: a folder of a mounted file system here, a server by ssh in `remote`."""

from typing import Protocol

from bootpy.crash import dump, settled
from bootpy.crash.orders import Orders
from bootpy.timeline import Timeline


class Sink(Protocol):
    """A place for the files of one crash. Each call raises BootError or OSError where it fails."""

    def begin(self, name: str) -> None:
        """Make a folder `name` for the files, or one called nearly so."""

    def text(self, name: str, content: bytes) -> None:
        """Save a small file."""

    def dump(self, name: str, given: Orders, size: int, source: int, timeline: Timeline) -> None:
        """Save the core, `size` bytes that are open at `source`."""


class Folder:
    """A folder of a mounted file system."""

    def __init__(self, path: str) -> None:
        self._path = path

    def begin(self, name: str) -> None:
        """Make a folder in it; see `Sink`."""
        self._path = settled.new_folder(f"{self._path}/{name}")

    def text(self, name: str, content: bytes) -> None:
        """Write a file; see `Sink`."""
        settled.write(f"{self._path}/{name}", content)

    def dump(self, name: str, given: Orders, size: int, source: int, timeline: Timeline) -> None:
        """Write the dump; see `Sink`."""
        dump.save(f"{self._path}/{name}", given, size, source, timeline)
