"""The SYSLINUX family: which files are read, and which entry boots by itself.

Sources: txt/syslinux.cfg.txt and com32/elflink/ldlinux/{readconfig,ldlinux}.c of
SYSLINUX 6.04; boot/pxe_utils.c of U-Boot.
"""

import posixpath
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, Host
from bootpy.readers.files import normal_path
from bootpy.readers.syslinux.entries import arguments_of, entry_of
from bootpy.readers.syslinux.label import Label, Script
from bootpy.readers.syslinux.parser import MENU_MODULES, Parser
from bootpy.volume import Volume, Volumes

FOLDERS = (
    "/",
    "/syslinux",
    "/boot/syslinux",
    "/isolinux",
    "/boot/isolinux",
    "/extlinux",
    "/boot/extlinux",
)
"""Where configurations are looked for."""

NAMES = ("extlinux.conf", "syslinux.cfg", "isolinux.cfg")
"""What they are called, in the order of SYSLINUX's own search."""

MOST_CHAINED = 64
"""Configurations that may be read by way of one that leads to others."""


class _Reading(NamedTuple):
    """A configuration as its menu shows it; `default` is one of `entries`, the same object."""

    script: Script
    entries: list[Entry]
    default: Entry | None


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read every configuration on `home`; each names files of its own volume only."""
    return [
        _configuration(home, path)
        for folder in FOLDERS
        for name in NAMES
        if (found := home.status(path := posixpath.join(folder, name))) and found.kind == "file"
    ]


def _configuration(home: Volume, path: str) -> Configuration:
    said: list[Diagnostic] = []
    seen = {path}
    reading = _read(home, posixpath.dirname(path), [path], seen, said)
    files = _ui_files(reading.script)
    if files:
        # The menu reads files of its own; what the main one has besides can still be typed.
        folder = posixpath.dirname(path)
        paths = [one for name in files if (one := normal_path(name, folder)) not in seen]
        seen.update(paths)
        if paths:
            shown = _read(home, folder, paths, seen, said, ui=MENU_MODULES[0])
            reading = _Reading(shown.script, shown.entries + reading.entries, shown.default)
    default = reading.default
    if default is None and reading.entries:
        message = "nothing boots by itself: no DEFAULT names a label"
        hint = "add a line DEFAULT with the name of a label"
        said.append(Diagnostic("info", Source(home.name, path), message, hint))
    return Configuration(
        source=Source(home.name, path),
        format="syslinux",
        entries=tuple(entry._replace(default=entry is default) for entry in reading.entries),
        default=default.id if default else None,
        timeout=_timeout(reading.script),
        diagnostics=tuple(said),
    )


def _read(
    home: Volume,
    folder: str,
    paths: list[str],
    seen: set[str],
    said: list[Diagnostic],
    *,
    ui: str = "",
) -> _Reading:
    """Read `paths` as if they were one file, and the configurations that labels lead to.

    `ui` is the menu program that was started with them, if it was one.
    """
    parser = Parser(home, folder)
    for path in paths:
        parser.read(path)
    script = parser.finish()
    script.ui = script.ui or ui
    said += parser.said
    entries: list[Entry] = []
    by_label: dict[Label, Entry | None] = {}
    wanted = _wanted(script)
    for label in script.labels:
        if not label.selectable or (label.hidden and label.name not in wanted):
            continue
        chained = _chained(label)
        if chained is None:
            entry = entry_of(home, label, said)
            by_label[label] = entry
            entries.append(entry)
            continue
        names, inside, shown_by = chained
        unread = [path for name in names if (path := normal_path(name, folder)) not in seen]
        if unread and len(seen) + len(unread) > MOST_CHAINED:
            message = f"{unread[0]} is not read: more than {MOST_CHAINED} configurations in all"
            hint = "look for a chain of menus that never ends"
            said.append(Diagnostic("error", label.place("kernel"), message, hint))
            continue
        seen.update(unread)
        below = _read(home, normal_path(inside, folder), unread, seen, said, ui=shown_by)
        for entry in below.entries:
            deeper = entry._replace(path=(*label.menu.path, label.title, *entry.path))
            entries.append(deeper)
            if entry is below.default:
                by_label[label] = deeper
    return _Reading(script, entries, _default(home, folder, script, by_label, entries, said=said))


def _chained(label: Label) -> tuple[list[str], str, str] | None:
    """Return the configurations that a label leads to, their folder, and what shows them."""
    words = label.kernel.split()
    if label.kind == "config":
        return words[:1], (words[1] if len(words) > 1 else ""), ""
    if label.kind in {"kernel", "com32"} and words and _is_menu(words[0]):
        names = [*words[1:], *arguments_of(label).split()]
        return [name for name in names if not name.startswith("~")], "", words[0]
    return None


def _is_menu(command: str) -> bool:
    return posixpath.basename(command.replace("\\", "/")).lower() in MENU_MODULES


def _wanted(script: Script) -> set[str]:
    """Return the names that DEFAULT and ONTIMEOUT begin with: such labels are never hidden."""
    return {line.split()[0] for line in (script.default, script.on_timeout) if line.split()}


def _ui(script: Script) -> str:
    """Return the command that shows the labels as a menu, "" where only a prompt is shown."""
    for command in (script.ui, script.default):
        if command.split() and _is_menu(command.split()[0]):
            return command
    return ""


def _ui_files(script: Script) -> list[str]:
    return [name for name in _ui(script).split()[1:] if not name.startswith("~")]


def _default(
    home: Volume,
    folder: str,
    script: Script,
    by_label: dict[Label, Entry | None],
    entries: list[Entry],
    *,
    said: list[Diagnostic],
) -> Entry | None:
    """Return the entry that boots when nobody touches anything; it may be added to `entries`."""
    for line in (script.on_timeout, script.default):
        words = line.split(None, 1)
        if not words or _is_menu(words[0]):
            continue
        label = script.label(words[0])
        if label is not None and by_label.get(label) and len(words) == 1:
            return by_label[label]
        place = script.default_source or Source(home.name, folder)
        typed = _typed(home, folder, script, line, place)
        if typed is not None:
            entry = entry_of(home, typed, said)
            entries.append(entry)
            return entry
        message = f"default {words[0]} is neither a label nor a file"
        said.append(Diagnostic("warning", place, message, "name one of the labels"))
    chosen = script.start.default
    if chosen is not None and by_label.get(chosen):
        return by_label[chosen]
    # A menu starts on its first line, and U-Boot, which has no prompt, tries the first label.
    if _ui(script) or any(entry.source.path.endswith("/extlinux.conf") for entry in entries):
        started = (label for label in by_label if label.menu is script.start)
        return next((by_label[label] for label in started), None)
    return None


def _typed(home: Volume, folder: str, script: Script, line: str, place: Source) -> Label | None:
    """Make a label of a command such as one types at the prompt: LABEL or FILE, arguments."""
    words = line.split(None, 1)
    arguments = words[1] if len(words) == 2 else ""
    base = script.label(words[0])
    if base is None and home.status(normal_path(words[0], folder)) is None:
        return None
    typed = Label(words[0], script.top, place, folder)
    if base is not None:
        typed.kind, typed.kernel, typed.initrd = base.kind, base.kernel, base.initrd
        typed.devicetree, typed.overlays = base.devicetree, base.overlays
        typed.devicetree_folder, typed.lines = base.devicetree_folder, base.lines
        typed.menu, typed.title = base.menu, base.title
    typed.append = " ".join(
        part for part in (arguments_of(base) if base else "", arguments) if part
    )
    typed.title = f"{typed.title} {arguments}".strip()
    typed.name = " ".join(words)
    return typed


def _timeout(script: Script) -> float | None:
    """Return seconds, -1 to wait for ever, None where nothing is said.

    SYSLINUX counts in tenths of a second, and 0 switches the countdown off. It counts at
    its prompt or menu alone: with PROMPT 0 and no menu it boots at once.
    """
    limits = [limit / 10 for limit in (script.timeout, script.total_timeout) if limit]
    if limits:
        return limits[0]
    shown = bool(_ui(script)) or bool(script.prompt)
    if script.timeout == 0:
        return 0.0 if script.prompt == 0 and not shown else -1.0
    return -1.0 if shown else None
