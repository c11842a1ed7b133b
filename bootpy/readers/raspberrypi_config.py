"""config.txt of the Raspberry Pi's firmware: settings, and filters that say for which board.

Sources: the documentation's pages "config.txt", "Conditional filters" and "Boot options"
(https://www.raspberrypi.com/documentation/computers/config_txt.html).
"""

import re
from collections.abc import Collection
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.readers.files import MOST_REMARKS, lines, normal_path, read_text
from bootpy.volume import Volume

MODELS = {
    "pi5": frozenset(("pi5",)),
    "pi4": frozenset(("pi4",)),
    "pi3": frozenset(("pi3",)),
    "pi02": frozenset(("pi02", "pi0w", "pi0")),
    "pi2": frozenset(("pi2",)),
    "pi1": frozenset(("pi1",)),
    "pi0": frozenset(("pi0",)),
}
"""The filters that a board meets, the newest board first."""

BOOT_KEYS = frozenset(
    (
        *("kernel", "initramfs", "ramfsfile", "cmdline", "os_prefix", "overlay_prefix"),
        *("device_tree", "arm_64bit", "auto_initramfs", "upstream_kernel"),
    )
)
"""Settings that change what is booted, less overlays."""

# Words that prose does not have: with one of them a config.txt is the firmware's.
_OURS = BOOT_KEYS - {"kernel", "cmdline"}
_OURS |= {"dtoverlay", "dtparam", "gpu_mem", "enable_uart", "start_file"}

DEEPEST = 8
MOST_FILES = 32
_LIMIT = 256 << 10

_SETTING = re.compile(r"([A-Za-z][A-Za-z0-9_]*(?::[0-9]+)?)(?:=|[ \t]+|$)(.*)")


class Setting(NamedTuple):
    """A setting, its value and place, and the model's filter that it stands below, or ""."""

    key: str
    value: str
    place: Source
    model: str = ""


class Config(NamedTuple):
    """What config.txt and what it includes say.

    `settings` are those that hold for any board and, where one was assumed, for it; `others`
    those for models that were not. `known` says whether it looks like a config.txt at all.
    """

    settings: list[Setting]
    others: list[Setting]
    known: bool
    diagnostics: list[Diagnostic]

    def last(self, *keys: str) -> Setting | None:
        """Return the setting that counts: the last of these names."""
        return next((one for one in reversed(self.settings) if one.key in keys), None)

    def text(self, key: str) -> str:
        """Return that setting's value, "" where there is none."""
        found = self.last(key)
        return found.value if found else ""

    def on(self, key: str) -> bool:
        """Whether a number is set that is not 0."""
        return re.match(r"0*(?:[1-9]|0x0*[1-9a-f])", self.text(key)) is not None


def read_config(volume: Volume, folder: str, path: str, model: str = "") -> Config:
    """Read a config.txt and its includes, as the board `model` of `MODELS` would, if given."""
    config = Config([], [], False, [])
    reader = _Reader(volume, folder, MODELS.get(model, frozenset()), config)
    reader.read(path, 0)
    known = any(
        one.key in _OURS or (one.key == "kernel" and len(one.value.split()) == 1)
        for one in (*config.settings, *config.others)
    )
    return config._replace(known=known)


class _Reader:
    """The firmware's reading of config.txt: an include starts with the filters as they are."""

    def __init__(
        self, volume: Volume, folder: str, models: Collection[str], config: Config
    ) -> None:
        self.volume = volume
        self.folder = folder
        self.models = models
        self.config = config
        self.files = 0
        self.met: dict[str, bool] = {}
        self.model = ""

    def read(self, path: str, depth: int) -> None:
        self.files += 1
        text, said = read_text(self.volume, path, _LIMIT)
        self._remark(*said)
        for number, raw in enumerate(lines(text or ""), 1):
            line = raw.strip()
            place = Source(self.volume.name, path, number)
            filtered = re.match(r"\[([^\]]*)\]", line)
            if filtered:
                self._filter(filtered[1].strip().lower())
                continue
            found = _SETTING.fullmatch(line)
            if line and not line.startswith("#") and found:
                self._set(Setting(found[1], found[2].strip(), place, self.model), depth)

    def _set(self, setting: Setting, depth: int) -> None:
        elsewhere = [kind for kind, met in self.met.items() if not met]
        if elsewhere == ["model"]:
            self.config.others.append(setting)
        if elsewhere:
            return
        if setting.key != "include":
            self.config.settings.append(setting)
            return
        path = normal_path(setting.value, self.folder)
        message = hint = ""
        if depth >= DEEPEST or self.files >= MOST_FILES:
            message = f"{quoted(path)} is not included: there are too many includes"
            hint = "look for files that include each other"
        elif self.volume.status(path) is None:
            message = f"included file {quoted(path)} is not on volume {self.volume.name}"
            hint = "correct the path: it is taken from the boot partition's root"
        if message:
            self._remark(Diagnostic("warning", setting.place, message, hint))
        else:
            self.read(path, depth + 1)

    def _filter(self, name: str) -> None:
        """Note whether a filter is met: one replaces others of its kind, [all] ends them all.

        What depends on the screen, the pins, the serial number or a trial boot is not met:
        none of it is known.
        """
        if name == "all":
            self.met, self.model = {}, ""
        elif re.fullmatch(r"(pi|cm)[0-9].*|board-type=.*", name):
            self.met["model"] = name in self.models
            self.model = name
        elif name.startswith("hdmi:"):
            self.met["hdmi"] = True
        elif name.startswith("gpio"):
            self.met[name.partition("=")[0]] = False
        else:
            kind = "serial" if name.startswith("0x") else re.split(r"[=:]", name)[0]
            self.met[kind] = False

    def _remark(self, *said: Diagnostic) -> None:
        room = MOST_REMARKS - len(self.config.diagnostics)
        self.config.diagnostics.extend(said[: max(room, 0)])
