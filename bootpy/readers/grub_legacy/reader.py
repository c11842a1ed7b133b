"""GRUB legacy: which files are read, and which entry boots by itself.

Sources: stage2/stage2.c (cmain, run_menu) and stage2/builtins.c of GRUB 0.97, and its manual.
"""

import posixpath
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, Host, Write
from bootpy.readers.files import read_text
from bootpy.readers.grub_legacy.devices import Devices
from bootpy.readers.grub_legacy.entries import Run
from bootpy.readers.grub_legacy.parser import Script, Title, number, parse
from bootpy.volume import Volume, Volumes

PATHS = (
    "/menu.lst",
    "/grub.conf",
    "/grub/menu.lst",
    "/grub/grub.conf",
    "/boot/grub/menu.lst",
    "/boot/grub/grub.conf",
    "/boot/menu.lst",
    "/boot/grub.conf",
    "/EFI/redhat/grub.conf",
    "/EFI/BOOT/BOOTX64.conf",
)
"""Where menus are looked for; the last two are Red Hat's GRUB legacy for UEFI."""

DEEPEST = 8
"""Menus that lead to each other by configfile."""

MOST_MENUS = 32
"""Menus that are read by way of one."""

MOST_TEXT = 1 << 20
"""Bytes of a menu."""


class _Menu(NamedTuple):
    """A menu as it is shown; `default` is one of `entries`, the same object.

    `fallbacks` are entries to try in turn, `saves` the menu's default file and what booting
    the default would write into it.
    """

    entries: list[Entry]
    default: Entry | None
    timeout: float | None
    fallbacks: tuple[Entry, ...]
    saves: tuple[Write, ...]


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read every menu on `home`.

    A menu is often there under two names, of which one is a link: it is read once, under
    grub.conf where it has that name too, which then is the file itself.
    """
    texts: dict[str, str] = {}
    said: dict[str, list[Diagnostic]] = {}
    for path in PATHS:
        found = home.status(path)
        if found is not None and found.kind == "file":
            text, said[path] = read_text(home, path, MOST_TEXT)
            texts[path] = text or ""
    kept: dict[str, str] = {}
    for path, text in texts.items():
        known = kept.get(text)
        beside = known is not None and posixpath.dirname(known) == posixpath.dirname(path)
        if known is None or not text or (beside and path.endswith("grub.conf")):
            kept[text or path] = path
    return [
        _configuration(home, volumes, path, texts[path], said[path])
        for path in texts
        if path in kept.values()
    ]


def _configuration(
    home: Volume, volumes: Volumes, path: str, text: str, said: list[Diagnostic]
) -> Configuration:
    source = Source(home.name, path)
    devices = Devices(home, volumes)
    menu = _Walk(devices, said).menu(source, text, "", (), "")
    return Configuration(
        source=source,
        format="grub-legacy",
        entries=tuple(entry._replace(default=entry is menu.default) for entry in menu.entries),
        default=menu.default.id if menu.default else None,
        timeout=menu.timeout,
        fallbacks=tuple(entry.id for entry in menu.fallbacks),
        writes=menu.saves,
        diagnostics=tuple(said),
    )


class _Walk:
    """A menu and those that it leads to."""

    def __init__(self, devices: Devices, said: list[Diagnostic]) -> None:
        self.devices = devices
        self.said = said
        self.open: list[tuple[str, str]] = []
        self.left = MOST_MENUS

    def menu(
        self, source: Source, text: str, root: str, above: tuple[str, ...], numbered: str
    ) -> _Menu:
        """Read a menu that starts with `root`, below titles and the numbers of their entries."""
        self.open.append((source.volume, source.path))
        script = parse(text, source, self.said)
        if not above:
            self._learn(script, root)
        entries: list[Entry] = []
        by_number: list[Entry | None] = []
        saves: list[str | None] = []
        for title in script.titles:
            run = Run(self.devices, root, self.said)
            run.run(title)
            name = f"{numbered}{len(by_number)}"
            below = self._below(run, title, above, name)
            made = below.entries if below else [run.entry(title, name, above)]
            entries += made
            by_number.append(below.default if below else made[0])
            saves.append(run.save)
        menu = self._started(script, source, entries, by_number, saves)
        self.open.pop()
        return menu

    def _learn(self, script: Script, root: str) -> None:
        kernels = []
        for title in script.titles:
            run = Run(self.devices, root, [])
            words = ("root", "rootnoverify", "uuid", "find", "kernel")
            commands = tuple(one for one in title.commands if one.name in words)
            run.run(title._replace(commands=commands))
            if run.kernel_place is not None:
                kernels.append(run.kernel_place)
        self.devices.learn(kernels)

    def _below(self, run: Run, title: Title, above: tuple[str, ...], name: str) -> _Menu | None:
        """Read the menu that a title's configfile leads to; None where it leads to none."""
        if run.configfile is None:
            return None
        place, source = run.configfile
        volume = self.devices.volume(place.device)
        if volume is None or volume.status(place.path) is None:
            where = f"volume {volume.name}" if volume else f"({place.device}), which is not known"
            message = f"menu {place.path} is not read: it is not on {where}"
            self._lost(source, message, "correct the path, or attach that disk")
            return None
        if (volume.name, place.path) in self.open:
            # A way back to a menu further up, which is listed there.
            return _Menu([], None, None, (), ())
        if len(self.open) >= DEEPEST or self.left <= 0:
            message = f"menu {place.path} is not read: too many lead to each other"
            self._lost(source, message, "look for menus that never end")
            return None
        self.left -= 1
        text, said = read_text(volume, place.path, MOST_TEXT)
        self.said += said
        if text is None:
            return None
        inside = Source(volume.name, place.path)
        return self.menu(inside, text, run.root, (*above, title.text), f"{name}>")

    def _lost(self, source: Source, message: str, hint: str) -> None:
        self.said.append(Diagnostic("error", source, message, hint))

    def _started(
        self,
        script: Script,
        source: Source,
        entries: list[Entry],
        by_number: list[Entry | None],
        saves: list[str | None],
    ) -> _Menu:
        """Work out default, fallback and timeout from the commands before the first title."""
        chosen, timeout, fallbacks = 0, -1.0, list[int]()
        default_file = posixpath.join(posixpath.dirname(source.path), "default")
        for command in script.settings:
            value = number(command.text)
            if command.name == "fallback":
                fallbacks = [
                    one for word in command.text.split() if (one := number(word)) is not None
                ]
            elif command.name == "default" and command.text.split()[:1] == ["saved"]:
                chosen = self._saved(source, default_file)
            elif command.name in {"default", "timeout"} and value is None:
                message = f"{command.name} {command.text[:40]} is not a number and is passed over"
                hint = "entries are counted from 0, the timeout in seconds"
                self.said.append(Diagnostic("warning", command.source, message, hint))
            elif command.name == "default":
                chosen = value or 0
            elif command.name == "timeout":
                timeout = float(value or 0)
        count = len(by_number)
        usable = [one for one in fallbacks if one < count]
        if count and chosen >= count:
            other = fallbacks[0] if fallbacks and fallbacks[0] < count else 0
            message = f"default is entry {chosen}, and there are {count}: entry {other} is taken"
            self.said.append(Diagnostic("warning", source, message, "entries are counted from 0"))
            chosen = other
        saved = self._would_save(source, default_file, chosen, saves, usable)
        return _Menu(
            entries,
            by_number[chosen] if count else None,
            timeout if count else None,
            tuple(found for one in usable if one != chosen and (found := by_number[one])),
            saved,
        )

    def _saved(self, source: Source, path: str) -> int:
        """Read the number that grub-set-default or savedefault wrote beside the menu."""
        volume = self.devices.on(source.volume)
        if volume is None or volume.status(path) is None:
            return 0
        text, said = read_text(volume, path, 1 << 12)
        self.said += said
        return number(text or "") or 0

    def _would_save(
        self,
        source: Source,
        path: str,
        chosen: int,
        saves: list[str | None],
        fallbacks: list[int],
    ) -> tuple[Write, ...]:
        """Return what savedefault of the default entry would have written."""
        text = saves[chosen] if chosen < len(saves) else None
        if text is None:
            return ()
        words = [word for word in text.split() if not word.startswith("--")]
        if words == ["fallback"]:
            value = fallbacks[0] if fallbacks else None
        else:
            value = number(words[0]) if words else chosen
        if value is None:
            return ()
        return (Write(source.volume, path, (("saved_entry", str(value)),)),)
