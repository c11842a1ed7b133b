"""One configuration with all that its labels lead to, as its menu shows it.

Sources: txt/syslinux.cfg.txt, doc/menu.txt and com32/elflink/ldlinux/{readconfig,execute}.c of
SYSLINUX 6.04; boot/pxe_utils.c of U-Boot.
"""

import posixpath
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, Host
from bootpy.readers.syslinux import default
from bootpy.readers.syslinux.commands import chosen, for_other_media
from bootpy.readers.syslinux.entries import entry_of
from bootpy.readers.syslinux.label import Label, Script
from bootpy.readers.syslinux.naming import Naming
from bootpy.readers.syslinux.parser import Parser
from bootpy.readers.syslinux.programs import MENUS, base_name

MOST_CHAINED = 64
"""Configurations that may be read by way of one that leads to others."""


class _Reading(NamedTuple):
    """A configuration as its menu shows it; `default` is one of `entries`, the same object.

    So is `on_error`, the entry that ONERROR names.
    """

    script: Script
    entries: list[Entry]
    default: Entry | None
    timeout: float | None
    on_error: Entry | None = None


class _Chain(NamedTuple):
    """Where a label leads: configurations, the folder they are read in, what shows them."""

    names: list[str]
    folder: str
    ui: str


def read_configuration(naming: Naming, path: str, folder: str, host: Host) -> Configuration:
    """Read the configuration at `path`, whose names are taken from `folder`."""
    return _Walk(naming, host).configuration(path, folder)


class _Walk:
    """A configuration and those that it leads to: each is read once."""

    def __init__(self, naming: Naming, host: Host) -> None:
        self.naming = naming
        self.host = host
        self.said: list[Diagnostic] = []
        self.seen: set[str] = set()

    def configuration(self, path: str, folder: str) -> Configuration:
        self.seen.add(path)
        found = self._read(folder, [path])
        files = default.ui_files(found.script)
        # The menu reads files of its own; what the main one has besides can still be typed.
        paths = [one for name in files if (one := self.naming.path(name, folder)) not in self.seen]
        if paths:
            self.seen.update(paths)
            shown = self._read(folder, paths, ui=MENUS[0])
            found = shown._replace(entries=shown.entries + found.entries)
        source = Source(self.naming.volume.name, path)
        if found.default is None and found.entries:
            message = "nothing boots by itself: no DEFAULT names a label"
            hint = "add a line DEFAULT with the name of a label"
            self.said.append(Diagnostic("info", source, message, hint))
        fallback = found.on_error if found.on_error is not found.default else None
        return Configuration(
            source=source,
            format=self.naming.format,
            entries=tuple(
                entry._replace(default=entry is found.default) for entry in found.entries
            ),
            default=found.default.id if found.default else None,
            timeout=found.timeout,
            fallbacks=(fallback.id,) if fallback else (),
            diagnostics=tuple(self.said),
        )

    def _read(self, folder: str, paths: list[str], *, ui: str = "") -> _Reading:
        """Read `paths` as if they were one file, and the configurations that labels lead to.

        `ui` is the menu program that was started with them, if it was one.
        """
        parser = Parser(self.naming, folder)
        for path in paths:
            parser.read(path)
        script = parser.finish()
        script.ui = script.ui or ui
        self.said += parser.said
        place = Source(self.naming.volume.name, paths[0] if paths else folder)
        first = default.first_command(self.naming, folder, script, place, self.said)
        wanted = {label for label in (first, default.on_error(script)) if label is not None}
        entries: list[Entry] = []
        by_label: dict[Label, Entry | None] = {}
        led_to: list[Entry] = []
        timeout = default.timeout(script)
        labels = [*script.labels]
        command_line = None if first in labels else first
        if command_line is not None:
            labels.append(command_line)  # which no LABEL stands for
        elsewhere = {name for label in labels for name in for_other_media(self.naming, label)}
        for label in labels:
            unseen = label.hidden or label.name in elsewhere
            if not label.selectable or (unseen and label not in wanted):
                continue
            runs = chosen(self.naming, script, label, self.host.machine, self.said)
            chain = self._chain(runs)
            if chain is None:
                made = entry_of(self.naming, runs, self.said)
                shown = _twin(made, entries) if label is command_line else None
                if shown is None:
                    entries.append(made)
                by_label[label] = shown or made
                continue
            below = self._chained(runs, chain)
            at_once = label is first and default.boots_at_once(script)
            # A label that boots at once is no menu that anybody sees, unless it has a title.
            nameless = at_once and "title" not in label.lines
            above = () if nameless else (*label.menu.path, label.title)
            for entry in below.entries:
                deeper = entry._replace(path=(*above, *entry.path))
                entries.append(deeper)
                led_to.append(deeper)
                if entry is below.default:
                    by_label[label] = deeper
            if at_once and below.entries:
                timeout = below.timeout
        entries = _without_repeated(entries, led_to, by_label)
        started = default.started(script, first, by_label)
        on_error = default.on_error(script)
        return _Reading(
            script, entries, started, timeout, by_label.get(on_error) if on_error else None
        )

    def _chain(self, label: Label) -> _Chain | None:
        words = label.kernel.split()
        if label.kind == "config":
            inside = [*words[1:], *label.arguments.split()]
            return _Chain(words[:1], inside[0] if inside else "", "")
        if label.kind in {"kernel", "com32"} and words:
            program = base_name(words[0])
            if program in MENUS or f"{program}.c32" in MENUS:
                names = [*words[1:], *label.arguments.split()]
                return _Chain([name for name in names if not name.startswith("~")], "", program)
        return None

    def _chained(self, label: Label, chain: _Chain) -> _Reading:
        """Read where a label leads; empty where that was read before, or is not there."""
        nothing = _Reading(Script(), [], None, None)
        place = label.place("append" if chain.ui and "append" in label.lines else "kernel")
        unread = []
        for name in chain.names:
            path = self.naming.path(name, label.folder)
            if not self.naming.stands(name, label.folder):
                where = self.naming.url(name) or f"{path} on volume {self.naming.volume.name}"
                message = f"configuration {name} is not read: there is no {where}"
                hint = "correct the path: it is taken from the folder of this configuration"
                self.said.append(Diagnostic("error", place, message, hint))
            elif path not in self.seen:
                unread.append(path)
        if not unread:
            return nothing
        if len(self.seen) + len(unread) > MOST_CHAINED:
            message = f"{unread[0]} is not read: more than {MOST_CHAINED} configurations in all"
            hint = "look for a chain of menus that never ends"
            self.said.append(Diagnostic("error", place, message, hint))
            return nothing
        self.seen.update(unread)
        folder = self.naming.path(chain.folder, label.folder) if chain.folder else label.folder
        return self._read(posixpath.normpath(folder), unread, ui=chain.ui)


def _twin(made: Entry, entries: list[Entry]) -> Entry | None:
    """Return the entry that boots the same as a command line of ONTIMEOUT or DEFAULT does."""
    return next((one for one in entries if _booted(one) == _booted(made)), None)


def _booted(entry: Entry) -> tuple[object, ...]:
    return (entry.kind, entry.kernel, entry.initrds, entry.devicetree, entry.modules, entry.cmdline)


def _without_repeated(
    entries: list[Entry], led_to: list[Entry], by_label: dict[Label, Entry | None]
) -> list[Entry]:
    """Leave out what another configuration only repeats from the files that both include.

    Debian's installer has its help so: a configuration with a prompt in place of the menu.
    """
    if not led_to:
        return entries
    led = {id(entry) for entry in led_to}
    own = {_same(entry): entry for entry in reversed(entries) if id(entry) not in led}
    for label, entry in by_label.items():
        if entry is not None and id(entry) in led:
            by_label[label] = own.get(_same(entry), entry)
    return [entry for entry in entries if id(entry) not in led or _same(entry) not in own]


def _same(entry: Entry) -> Entry:
    return entry._replace(id="", path=(), default=False, origins=())
