"""Parse a menu.lst: settings before the first title, and each title with its commands.

Sources: stage2/cmdline.c (find_command, skip_to), stage2/stage2.c (get_line_from_config, cmain)
and stage2/builtins.c of GRUB 0.97; debian/patches of grub-legacy for uuid and quiet.
"""

import re
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Level, Source
from bootpy.readers.files import MOST_REMARKS
from bootpy.readers.grub_legacy.words import COMMANDS, IN_ENTRIES_ONLY

MOST_TITLES = 2000
"""Entries of one menu; a file with more is no menu."""


class Command(NamedTuple):
    """One command: its name in lower case, the text after it, and its line."""

    name: str
    text: str
    source: Source


class Title(NamedTuple):
    """A menu entry as it is written: `commands` has at least one."""

    text: str
    source: Source
    commands: tuple[Command, ...]


class Script(NamedTuple):
    """What a menu.lst says: `settings` are the commands before the first title."""

    settings: tuple[Command, ...]
    titles: tuple[Title, ...]


def parse(text: str, source: Source, said: list[Diagnostic]) -> Script:
    """Parse the text of a menu.lst; `source` is the file."""
    return _Parsing(source, said).run(text)


class _Parsing:
    def __init__(self, source: Source, said: list[Diagnostic]) -> None:
        self.source = source
        self.said = said
        self.settings: list[Command] = []
        self.titles: list[Title] = []
        self._title: Title | None = None
        self._commands: list[Command] = []
        self._remarks = 0

    def run(self, text: str) -> Script:
        for number, line in _lines(text):
            if command := self._command(line, self.source._replace(line=number)):
                self._take(command)
        self._close()
        return Script(tuple(self.settings), tuple(self.titles))

    def _command(self, line: str, place: Source) -> Command | None:
        found = re.match(r"([^ =]*)[ =]*(.*)", line)
        written, rest = (found[1], found[2].rstrip(" ")) if found else ("", "")
        name = written.lower()
        if name not in COMMANDS:
            message = f"unknown command {written[:40] or '='} is passed over"
            self._remark("info", place, message, "see the GRUB 0.97 manual for the commands")
            return None
        if name != written:
            message = f"{written} is taken for {name}, which GRUB knows in lower case only"
            self._remark("warning", place, message, f"write {name}")
        return Command(name, rest, place)

    def _take(self, command: Command) -> None:
        if command.name == "title":
            self._close()
            self._title = Title(command.text, command.source, ())
        elif self._title is not None:
            self._commands.append(command)
        elif command.name in IN_ENTRIES_ONLY:
            message = f"{command.name} before the first title is passed over"
            self._remark("info", command.source, message, "move it below the title it is for")
        else:
            self.settings.append(command)

    def _close(self) -> None:
        title, self._title = self._title, None
        if title is None:
            return
        if self._commands and len(self.titles) >= MOST_TITLES:
            message = f"entries beyond {MOST_TITLES} are not read"
            self._remark("error", title.source, message, "write a menu that a person can read")
        elif self._commands:
            self.titles.append(title._replace(commands=tuple(self._commands)))
        else:
            message = f"title {title.text[:60]} has no command: GRUB does not show it"
            self._remark("info", title.source, message, "give it commands, or remove it")
        self._commands = []

    def _remark(self, level: Level, place: Source, message: str, hint: str) -> None:
        if self._remarks < MOST_REMARKS:
            self.said.append(Diagnostic(level, place, message, hint))
        self._remarks += 1


def _lines(text: str) -> list[tuple[int, str]]:
    """Return the lines that say something, with their numbers from 1.

    CR is no character at all, a tab a blank, a backslash at the end joins the next line.
    """
    found = []
    pieces: list[str] = []
    start = 1
    for number, raw in enumerate(text.replace("\r", "").replace("\t", " ").split("\n"), 1):
        if not pieces:
            start = number
        if raw.endswith("\\"):
            pieces.append(raw[:-1])
            continue
        line = " ".join([*pieces, raw]).lstrip(" ")
        pieces = []
        if line and not line.startswith("#"):
            found.append((start, line))
    if pieces and (line := " ".join(pieces).lstrip(" ")) and not line.startswith("#"):
        found.append((start, line))
    return found


def number(text: str) -> int | None:
    """Read a number as GRUB does: digits, or 0x and hexadecimal ones; None where there is none."""
    found = re.match(r"0[xX]([0-9a-fA-F]{1,8})|([0-9]{1,10})", text)
    if found is None:
        return None
    return int(found[1], 16) if found[1] else int(found[2])
