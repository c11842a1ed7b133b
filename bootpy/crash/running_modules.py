"""The running kernel's modules that a device and its file system need, as depmod lists them.

The capture kernel is the running one, so what drives a disk now will drive it then. Sources:
Documentation/ABI/testing/sysfs-devices-*, modules.dep(5), depmod(8), modprobe.d(5) (softdep).
"""

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from bootpy.errors import BootError


class Modules(NamedTuple):
    """What depmod wrote of a kernel release in `folder`.

    `needs` has for each module its file, below the folder, and those of all that it needs, in
    the order of loading; `soft` what it would like to have loaded before; `aliases` who offers
    "crypto-crc32c" and kin.
    """

    folder: str
    needs: dict[str, tuple[str, ...]]
    soft: dict[str, tuple[str, ...]]
    aliases: dict[str, tuple[str, ...]]


def modules(release: str, root: str = "/") -> Modules:
    """Read depmod's tables. BootError: there are none for this kernel."""
    folder = os.path.join(root, "lib/modules", release)
    if not os.path.exists(f"{folder}/modules.dep"):
        raise BootError(
            f"{folder} has no modules.dep: the running kernel's modules are not installed",
            f"reboot, if a kernel upgrade has removed them; else: depmod {release}",
        )
    needs = {}
    for line in _lines(f"{folder}/modules.dep"):
        path, _, rest = line.partition(":")
        needs[name_of(path)] = (*reversed(rest.split()), path)
    soft: dict[str, tuple[str, ...]] = {}
    for line in _lines(f"{folder}/modules.softdep"):
        # "softdep NAME pre: A pre: B post: C": what is loaded after it is not needed to start with.
        words = line.split()
        when = ""
        for word in words[2:] if words[:1] == ["softdep"] else ():
            if word in {"pre:", "post:"}:
                when = word
            elif when == "pre:":
                name = name_of(words[1])
                soft[name] = (*soft.get(name, ()), word)
    aliases: dict[str, tuple[str, ...]] = {}
    for line in _lines(f"{folder}/modules.alias"):
        words = line.split()
        # Patterns are devices'; a file system or an algorithm is asked for by its own name.
        if len(words) == 3 and not set(words[1]) & set("*?["):
            aliases[words[1]] = (*aliases.get(words[1], ()), words[2])
    return Modules(folder, needs, soft, aliases)


def closure(wanted: Iterable[str], known: Modules, loaded: frozenset[str]) -> list[str]:
    """Return the files of modules by name or alias, and of what each needs, in load order.

    What is built in has no file and is left out. Of the modules that offer an alias those are
    taken that are `loaded` now: others may be for hardware that is not here.
    """
    files: dict[str, None] = {}
    seen: set[str] = set()

    def add(word: str) -> None:
        name = name_of(word)
        if name in seen:
            return
        seen.add(name)
        if name not in known.needs:
            for offering in known.aliases.get(word, ()):
                if name_of(offering) in loaded:
                    add(offering)
            return
        for path in known.needs[name]:
            needed = name_of(path)
            for before in known.soft.get(needed, ()):
                add(before)
            files[path] = None

    for word in wanted:
        add(word)
    return list(files)


def of_device(place: str) -> list[str]:
    """Name the modules that drive a device now, by its folder in /sys.

    Those of what it hangs on come first: its controller's, its own last.
    """
    root = place[: place.index("/sys/")]
    return _drivers(place, root)


def _drivers(place: str, root: str) -> list[str]:
    """Name the modules of what a device in /sys hangs on, and of itself, in that order."""
    place = os.path.realpath(place)
    top = os.path.realpath(f"{root}/sys/devices")
    found: list[str] = []
    while place.startswith(f"{top}/"):
        link = f"{place}/driver/module"
        if os.path.exists(link):
            found.insert(0, os.path.basename(os.path.realpath(link)))
        if os.path.isdir(f"{place}/dm"):
            # A logical volume: it hangs on the disks that it lies on.
            below = [f"{place}/slaves/{name}" for name in sorted(os.listdir(f"{place}/slaves"))]
            found = [*(each for path in below for each in _drivers(path, root)), "dm_mod", *found]
        if os.path.basename(place).startswith("nvme-subsys"):
            # A disk that several controllers may reach hangs on none: they are beside it.
            for name in sorted(os.listdir(place)):
                if re.fullmatch(r"nvme\d+", name) and os.path.islink(f"{place}/{name}"):
                    found = [*_drivers(f"{place}/{name}", root), *found]
        place = os.path.dirname(place)
    return list(dict.fromkeys(found))


def loaded(root: str = "/") -> frozenset[str]:
    """Return the names of the modules that are loaded (/proc/modules)."""
    return frozenset(line.split(" ")[0] for line in _lines(os.path.join(root, "proc/modules")))


def name_of(path: str) -> str:
    """Return a module's one name, of a file of it or of any way to write it."""
    return os.path.basename(path).partition(".ko")[0].replace("-", "_")


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line for line in file if not line.startswith("#")]
    except FileNotFoundError:
        return []
