"""Chooses kernel modules by profile, and writes the tables that loading goes by at run time.

bootpy.modules   `NAME PATH NEED,NEED,...`  NEEDs in load order, complete ("-" for none);
                 PATH below the release's folder, or "builtin"
bootpy.aliases   `PATTERN NAME`             of the modules that are in the image
"""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bootpy.errors import BootError
from initramfs.modinfo import KernelModules, ModuleInfo, canonical
from initramfs.profile import KernelPart

# Where implementations that soft dependencies name by alias ("crc32c", "crypto-sha256") are
# taken from: drivers of crypto hardware offer them too, and bring firmware and more.
_PROVIDERS = re.compile(r"kernel/(crypto|lib|arch/[^/]+/crypto)/")


@dataclass
class Selection:
    """Chosen modules by name, each with all that must be loaded before it, in order."""

    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    infos: dict[str, ModuleInfo] = field(default_factory=dict)

    def loadable(self) -> list[ModuleInfo]:
        """Return those that are files, sorted by name."""
        return [info for _, info in sorted(self.infos.items()) if not info.builtin]

    def index(self) -> str:
        """Return the text of bootpy.modules."""
        lines = [
            f"{name} {info.path} {','.join(self.needs[name]) or '-'}\n"
            for name, info in sorted(self.infos.items())
        ]
        return "".join(lines)

    def aliases(self) -> str:
        """Return the text of bootpy.aliases."""
        rows = sorted({(a, info.name) for info in self.loadable() for a in info.aliases})
        return "".join(f"{alias} {name}\n" for alias, name in rows if " " not in alias)

    def firmware(self) -> list[str]:
        """Return the firmware files that the modules may ask for, sorted."""
        return sorted({path for info in self.loadable() for path in info.firmware})


class Selector:
    """Resolves what a profile names against the modules of one kernel.

    `configuration` is the kernel's .config: it says which character sets file systems
    ask for when they are mounted, which no module's .modinfo does.
    """

    def __init__(self, modules: KernelModules, configuration: str) -> None:
        self._modules = modules
        self._implied = _character_sets(configuration)
        self._providers: dict[str, list[str]] | None = None
        self._selection = Selection()

    def select(self, part: KernelPart) -> Selection:
        """Return the modules of `part`, dependencies included; BootError for an unknown name."""
        left_out = {canonical(name) for name in part.without}
        for pattern in (*part.drivers, *part.filesystems):
            for name in self._named(pattern):
                if name not in left_out:
                    self._add(name)
        self._modules.save()
        return self._selection

    def _named(self, pattern: str) -> list[str]:
        if "/" in pattern:
            paths = self._modules.paths.items()
            found = [name for name, path in paths if fnmatchcase(path, f"{pattern}.ko")]
        else:
            found = [canonical(pattern)] if self._modules.find(pattern) else []
        if not found:
            raise BootError(
                f"Kernel {self._modules.release} has no module {pattern}",
                "Take it out of the profile's [kernel] drivers or filesystems, or choose "
                "another kernel package.",
            )
        return found

    def _add(self, name: str, above: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Choose `name` and all it needs; return that, in load order, without itself."""
        if name in self._selection.needs:
            return self._selection.needs[name]
        info = self._modules.find(name)
        if info is None:
            raise BootError(f"Module {above[-1]} needs {name}, which the kernel has not")
        before = [each for wanted in info.softdeps_before for each in self._resolved(wanted)]
        direct = [*before, *self._implied.get(name, ()), *info.depends]
        order: dict[str, None] = {}
        for each in direct:
            if each != name and each not in above:
                order.update(dict.fromkeys(self._add(each, (*above, name))))
                order[each] = None
        # What is built in needs no loading and is only in the table to be found there.
        loaded = [each for each in order if not self._selection.infos[each].builtin]
        self._selection.infos[name] = info
        self._selection.needs[name] = tuple(loaded)
        for wanted in info.softdeps_after:
            for each in self._resolved(wanted):
                if each != name and each not in above:
                    self._add(each, (*above, name))
        return self._selection.needs[name]

    def _resolved(self, wanted: str) -> list[str]:
        """Return the modules that a soft dependency means: by name, else by alias."""
        if self._modules.find(wanted):
            return [canonical(wanted)]
        return self._by_alias().get(wanted, [])

    def _by_alias(self) -> dict[str, list[str]]:
        if self._providers is None:
            infos = self._modules.builtin()
            for name, path in self._modules.paths.items():
                if _PROVIDERS.match(path):
                    info = self._modules.find(name)
                    infos += [info] if info else []
            self._providers = {}
            for info in sorted(infos, key=lambda info: info.name):
                for alias in info.aliases:
                    self._providers.setdefault(alias, []).append(info.name)
        return self._providers


def _character_sets(configuration: str) -> dict[str, tuple[str, ...]]:
    """Return the NLS modules that each file system asks for with the kernel's defaults.

    The kernel would call modprobe for them at mount time, and the image has none.
    """
    values = dict(re.findall(r'^CONFIG_(\w+)="?([^"\n]*)', configuration, re.MULTILINE))
    general = [canonical(f"nls_{values['NLS_DEFAULT']}")] if values.get("NLS_DEFAULT") else []
    page, names = values.get("FAT_DEFAULT_CODEPAGE"), values.get("FAT_DEFAULT_IOCHARSET")
    fat = [canonical(f"nls_{text}") for text in (page and f"cp{page}", names) if text]
    return {
        "vfat": tuple(fat),
        "msdos": tuple(fat),
        "isofs": tuple(general),
        "udf": tuple(general),
        "ntfs3": tuple(general),
    }
