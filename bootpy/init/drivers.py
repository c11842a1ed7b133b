"""Kernel modules, loaded by the modalias of each device, with what they depend on.

The image carries two plain-text tables that its builder wrote from the modules' own
.modinfo, so that nothing of modprobe's work is left for run time:

    bootpy.modules   NAME PATH DEP,DEP,...   in load order; PATH "builtin", no deps "-"
    bootpy.aliases   PATTERN NAME            patterns as in fnmatch(3)
"""

import errno
import os
import time
from collections.abc import Iterable
from typing import NamedTuple

from bootpy.linux.syscalls import finit_module
from bootpy.timeline import Timeline

_WILD = frozenset("*?[")


class Module(NamedTuple):
    """One module: its file ("" where it is built in) and what must be loaded before it."""

    path: str
    needs: tuple[str, ...]


class Aliases:
    """Patterns by their literal beginning, so that one device costs a few look-ups.

    Compiling two thousand patterns would cost more than the rest of the boot.
    """

    __slots__ = ("_by_beginning", "_lengths")

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self._by_beginning: dict[str, list[tuple[str, str]]] = {}
        for pattern, name in rows:
            beginning = _literal_beginning(pattern)
            self._by_beginning.setdefault(beginning, []).append((pattern, name))
        self._lengths = sorted({len(beginning) for beginning in self._by_beginning})

    def modules_for(self, modalias: str) -> list[str]:
        """Name the modules whose pattern fits, each once, the vaguest pattern's first."""
        found: dict[str, None] = {}
        for length in self._lengths:
            if length > len(modalias):
                break
            for pattern, name in self._by_beginning.get(modalias[:length], ()):
                if pattern == modalias or _fits(modalias, pattern):
                    found[name] = None
        return list(found)


def _literal_beginning(pattern: str) -> str:
    for place, character in enumerate(pattern):
        if character in _WILD:
            return pattern[:place]
    return pattern


def _fits(modalias: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(modalias, pattern)


class Drivers:
    """The image's modules, and which of them are loaded."""

    __slots__ = ("_aliases", "_done", "_folder", "_modules", "_seen", "_timeline")

    def __init__(self, timeline: Timeline, folder: str = "") -> None:
        self._timeline = timeline
        self._folder = folder or f"/lib/modules/{os.uname().release}"
        self._modules = _read_modules(f"{self._folder}/bootpy.modules", timeline)
        self._aliases = Aliases(_rows(f"{self._folder}/bootpy.aliases", timeline))
        self._done: set[str] = set()
        self._seen: set[str] = set()

    def load_for(self, modalias: str) -> list[str]:
        """Load what drives the device with this modalias; return what was loaded newly."""
        if modalias in self._seen:
            return []
        self._seen.add(modalias)
        names = self._aliases.modules_for(modalias)
        return [loaded for name in names for loaded in self.load(name)]

    def load(self, name: str) -> list[str]:
        """Load a module by name after what it needs; return what was loaded newly.

        A module that the image has not is left out: a built-in driver needs none.
        """
        name = name.replace("-", "_")
        module = self._modules.get(name)
        if module is None:
            return []
        loaded = []
        for needed in (*module.needs, name):
            if needed not in self._done:
                self._done.add(needed)
                if self._insert(needed):
                    loaded.append(needed)
        return loaded

    def load_filesystem(self, kind: str) -> list[str]:
        """Load the driver of a file system as mount(2) would have the kernel ask for it."""
        return self.load_for(f"fs-{kind}")

    def load_for_present_devices(self) -> list[str]:
        """Load drivers for every device that the kernel shows in /sys; return the modules.

        A driver can bring forth devices of its own (a PCI bridge its bus, a controller its
        ports), so it goes round until nothing new is there; what comes later still comes
        as a netlink event.

        One after the other: the drivers of disks start asynchronously in the kernel, and with
        a thread for each processor 32 modules on AHCI, NVMe, USB and SD took as long (2.0 to
        2.1 s in a guest of two processors under TCG, against 2.0 to 2.5 s).
        """
        loaded: list[str] = []
        while True:
            fresh = [modalias for modalias in present_modaliases() if modalias not in self._seen]
            if not fresh:
                return loaded
            for modalias in fresh:
                loaded += self.load_for(modalias)

    def _insert(self, name: str) -> bool:
        module = self._modules.get(name)
        if module is None or not module.path:
            return False
        begun = time.monotonic()
        try:
            fd = os.open(f"{self._folder}/{module.path}", os.O_RDONLY | os.O_CLOEXEC)
            try:
                finit_module(fd)
            finally:
                os.close(fd)
                self._timeline.spent("drivers", name, begun)
        except OSError as error:
            # A driver that finds no device of its own says ENODEV: no fault of anybody's.
            if error.errno == errno.ENODEV:
                self._timeline.debug(f"module {name}: no device for it")
            elif error.errno != errno.EEXIST:
                self._timeline.warning(f"module {name}: cannot be loaded: {error.strerror}")
            return False
        self._timeline.debug(f"module {name} loaded")
        return True


def present_modaliases() -> list[str]:
    """Return the modalias of every device below /sys/devices, each once, in path order."""
    found: dict[str, None] = {}
    waiting = ["/sys/devices"]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as rows:
                inside = sorted(rows, key=lambda row: row.name, reverse=True)
        except OSError:
            continue
        for row in inside:
            if row.is_dir(follow_symlinks=False):
                waiting.append(row.path)
            elif row.name == "modalias":
                found[_first_line(row.path)] = None
    found.pop("", None)
    return list(found)


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""


def _rows(path: str, timeline: Timeline) -> list[tuple[str, str]]:
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.rstrip("\n").rpartition(" ") for line in file]
    except FileNotFoundError:
        return []
    except OSError as error:
        timeline.warning(f"{path}: {error.strerror}: drivers may be missing")
        return []
    return [(first, last) for first, _, last in lines if first]


def _read_modules(path: str, timeline: Timeline) -> dict[str, Module]:
    modules = {}
    for left, needs in _rows(path, timeline):
        name, _, place = left.partition(" ")
        modules[name] = Module(
            "" if place == "builtin" else place, () if needs == "-" else tuple(needs.split(","))
        )
    return modules
