"""What kernel modules say of themselves: the .modinfo section, read as it is needed.

Source: include/linux/module.h and modpost of Linux: NUL-separated "key=value" strings. For
built-in modules the build leaves the same in modules.builtin.modinfo, each key led by the
module's name.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

from bootpy.errors import BootError


def canonical(name: str) -> str:
    """Return a module's one name: the kernel takes "-" and "_" for the same."""
    return name.strip().replace("-", "_")


@dataclass(frozen=True)
class ModuleInfo:
    """One module: path below the release's folder, and its .modinfo by kind.

    `path` is "builtin" where the kernel has it built in. `depends` are names, `softdeps_*`
    names or aliases to be loaded before or after it, `firmware` paths below /lib/firmware.
    """

    name: str
    path: str
    depends: tuple[str, ...] = ()
    softdeps_before: tuple[str, ...] = ()
    softdeps_after: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    firmware: tuple[str, ...] = ()

    @property
    def builtin(self) -> bool:
        """Whether it needs no loading."""
        return self.path == "builtin"


class KernelModules:
    """The modules of one kernel release: `folder` is its /lib/modules/RELEASE.

    What was read of a module is kept in the file `cache`, since reading all 4,000 of
    Debian's generic kernel takes seconds.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.release = folder.name
        self._cache = cache
        self._fresh = False
        files = sorted(folder.glob("kernel/**/*.ko"))
        if not files:
            raise BootError(f"{folder} holds no uncompressed kernel modules (*.ko)")
        relative = (file.relative_to(folder).as_posix() for file in files)
        self.paths = {canonical(Path(path).stem): path for path in relative}
        self._known = self._from_cache()
        self._known.update(self._built_in())

    def find(self, name: str) -> ModuleInfo | None:
        """Return the module `name`, or None where the kernel has none of that name."""
        name = canonical(name)
        if name not in self._known and name in self.paths:
            path = self.paths[name]
            self._known[name] = _parsed(name, path, modinfo(self.folder / path))
            self._fresh = True
        return self._known.get(name)

    def builtin(self) -> list[ModuleInfo]:
        """Return the modules that are built into the kernel."""
        return [info for info in self._known.values() if info.builtin]

    def save(self) -> None:
        """Keep what was read for the next time."""
        if self._fresh:
            loadable = [asdict(info) for info in self._known.values() if not info.builtin]
            temporary = self._cache.with_name(f"{self._cache.name}.{os.getpid()}")
            temporary.write_text(json.dumps(loadable))
            temporary.replace(self._cache)

    def _from_cache(self) -> dict[str, ModuleInfo]:
        if not self._cache.exists():
            return {}
        rows: list[dict[str, Any]] = json.loads(self._cache.read_text())
        infos = [_revived(row) for row in rows]
        return {info.name: info for info in infos}

    def _built_in(self) -> dict[str, ModuleInfo]:
        fields: dict[str, list[tuple[str, str]]] = {}
        for path in (self.folder / "modules.builtin").read_text().split():
            fields[canonical(Path(path).stem)] = []
        for text in _strings((self.folder / "modules.builtin.modinfo").read_bytes()):
            name, _, rest = text.partition(".")
            key, _, value = rest.partition("=")
            fields.setdefault(canonical(name), []).append((key, value))
        return {name: _parsed(name, "builtin", pairs) for name, pairs in fields.items()}


def modinfo(path: Path) -> list[tuple[str, str]]:
    """Return the (key, value) pairs of the module at `path`, in their order."""
    with path.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".modinfo")
        if section is None:
            raise BootError(f"{path} is no kernel module: it has no .modinfo section")
        pairs = (text.partition("=") for text in _strings(section.data()))
        return [(key, value) for key, _, value in pairs]


def _strings(data: bytes) -> list[str]:
    return [text.decode(errors="replace") for text in data.split(b"\0") if text]


def _parsed(name: str, path: str, pairs: list[tuple[str, str]]) -> ModuleInfo:
    def values(wanted: str) -> list[str]:
        return [value for key, value in pairs if key == wanted]

    before, after = _softdeps(values("softdep"))
    depends = [canonical(word) for value in values("depends") for word in value.split(",") if word]
    aliases, firmware = values("alias"), values("firmware")
    return ModuleInfo(name, path, tuple(depends), before, after, tuple(aliases), tuple(firmware))


def _revived(row: dict[str, Any]) -> ModuleInfo:
    lists = ("depends", "softdeps_before", "softdeps_after", "aliases", "firmware")
    return ModuleInfo(row["name"], row["path"], *(tuple(row[key]) for key in lists))


def _softdeps(values: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split "pre: a b post: c" (modprobe.d(5)) into what comes before and after."""
    lists: dict[str, list[str]] = {"pre:": [], "post:": []}
    for value in values:
        current = lists["pre:"]
        for word in value.split():
            if word in lists:
                current = lists[word]
            else:
                current.append(word)
    return tuple(lists["pre:"]), tuple(lists["post:"])
