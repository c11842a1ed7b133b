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
from contextlib import suppress
from typing import NamedTuple

from bootpy.linux.syscalls import finit_module
from bootpy.timeline import Timeline

_PAGE = 4096  # bytes, of which an attribute in /sys has at most one page


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
    beginning = pattern.partition("*")[0]
    return beginning.partition("?")[0].partition("[")[0]


def _fits(modalias: str, pattern: str) -> bool:
    if "?" in pattern or "[" in pattern:
        from fnmatch import fnmatchcase

        return fnmatchcase(modalias, pattern)
    # Nearly all have stars alone; to compile them as fnmatch does takes as long as a module.
    if "*" not in pattern:
        return modalias == pattern
    first, *middle, last = pattern.split("*")
    if not modalias.startswith(first):
        return False
    place = len(first)
    for part in middle:
        found = modalias.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return len(modalias) - place >= len(last) and modalias.endswith(last)


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
        if not self._modules:
            return loaded
        known: set[str] = set()
        while True:
            fresh = present_modaliases(known)
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


# Classes whose devices have a modalias; all other devices that have one are on a bus.
_CLASSES = ("dmi", "input")


def present_modaliases(known: set[str] | None = None, sys: str = "/sys") -> list[str]:
    """Return the modalias of every device, each once, those of a device before its children's.

    Devices in `known` are passed over; what was looked at is added to it. Buses list their
    devices; of all of /sys/devices, a walk would go through forty folders for each disk.
    """
    known = set() if known is None else known
    found = []
    for folder in _folders_of_devices(sys):
        for name in _names(folder):
            path = f"{folder}/{name}"
            # A SCSI target has none, only what is behind it: with many disks they are many.
            if path not in known and not name.startswith("target"):
                known.add(path)
                modalias = _first_line(f"{path}/modalias")
                if modalias:
                    found.append((_place(path), modalias))
    found.sort()
    return list(dict.fromkeys(modalias for _, modalias in found))


def _folders_of_devices(sys: str) -> list[str]:
    """Return the folders that list what can have a modalias.

    Of processors, memory and the like (/sys/devices/system) the bus has one, no device has.
    """
    system = f"{sys}/devices/system"
    parts = set(_names(system))
    buses = [f"{sys}/bus/{bus}/devices" for bus in _names(f"{sys}/bus") if bus not in parts]
    return [*buses, *(f"{sys}/class/{name}" for name in _CLASSES), system]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _place(path: str) -> list[str]:
    """Return the parts of a device's place below /sys/devices, by which the devices are sorted."""
    with suppress(OSError):  # not a link: it is its own place
        path = os.readlink(path)
    return path.rpartition("devices/")[2].split("/")


def _first_line(path: str) -> str:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(file, _PAGE).decode("ascii", "replace").partition("\n")[0].strip()
    except OSError:
        return ""
    finally:
        os.close(file)


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
