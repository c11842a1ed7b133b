"""Files of keywords in sections, as LILO, ELILO and yaboot read them.

`key = value` and flags, in any number on a line; a keyword such as "image" starts a section.
Values may stand in double quotes, with backslashes before quotes, backslashes and line ends.
Where the loaders give up at an error, the rest of the line is passed over here.

Sources: src/cfg.c of LILO, second/cfg.c of yaboot, fileops and config.c of ELILO: one parser's
descendants.
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Level, Source, quoted
from bootpy.readers.files import MOST_REMARKS

LARGEST = 1 << 20
"""Bytes; yaboot takes 32 KiB, LILO what fits into a map of some dozens of images."""

MOST_SECTIONS = 2000
"""Images; what stands after them is not read."""

MOST_OPTIONS = 100_000
"""Options in all; what stands after them is not read."""

# What may be repeated without end is possessive: going back costs memory for each character.
_KEY = re.compile(r"[^\s#=\"]+")
_BLANKS = re.compile(r"[ \t]*")
_TO_NEXT = re.compile(r"(?:\s++|#[^\n]*+)*+")
_BARE = re.compile(r"(?:[^\s#\\]++|\\.)*+", re.DOTALL)
_WHOLE = re.compile(r"[^\n]*")
_QUOTED = re.compile(r'"((?:[^"\\\n]++|\\.)*+)("?)', re.DOTALL)
_AFTER_ARGUMENTS = re.compile(
    r"(?:^|[ \t])(?:#|(?:image|other|label|alias)[ \t]*=|read-only\b|read-write\b|literal[ \t]*=)"
)
_ARGUMENTS = frozenset(("append", "addappend", "literal"))


class Option(NamedTuple):
    """A keyword in lower case, its value (None for a flag), and its line, from 1."""

    key: str
    value: str | None
    line: int


class Section(NamedTuple):
    """What stands before the first section (its `head` is None), or below a section's keyword.

    `options` are by their keywords, of each the last; `repeated` are those that came again.
    """

    head: Option | None
    options: dict[str, Option]
    repeated: list[Option]

    def get(self, key: str) -> Option | None:
        """Return the option that counts for a keyword."""
        return self.options.get(key)

    def text(self, key: str) -> str:
        """Return that option's value, "" where there is none."""
        found = self.options.get(key)
        return found.value or "" if found else ""


def parse(
    text: str, source: Source, starts: Collection[str]
) -> tuple[list[Section], list[Diagnostic]]:
    """Split a text into sections, the one of the global options first; `starts` begin others."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    section = Section(None, {}, [])
    sections = [section]
    said: list[Diagnostic] = []
    at, line, count = 0, 1, 0

    def remark(message: str, hint: str, level: Level = "warning") -> None:
        if len(said) < MOST_REMARKS or level == "error":
            said.append(Diagnostic(level, source._replace(line=line), message, hint))

    while True:
        start, at = at, _end(_TO_NEXT, text, at)
        line += text.count("\n", start, at)
        if at >= len(text):
            return sections, said
        key = _KEY.match(text, at)
        if key is None:
            remark(f"{text[at]} stands where a keyword should", "the rest of the line is ignored")
            at = _end(_WHOLE, text, at)
            continue
        option = Option(key[0].lower(), None, line)
        at = _end(_BLANKS, text, key.end())
        if text.startswith("=", at):
            at = _end(_BLANKS, text, at + 1)
            value, end = _value(text, at, option.key)
            if value is None:
                remark(f"{quoted(option.key)} has no value", "give it one, or delete the line")
                value = ""
            elif text.startswith('"', at) and not _closed(text, at):
                remark(f"{quoted(option.key)}'s value has no closing quote", 'put " at its end')
            elif option.key in _ARGUMENTS and " " in value and not text.startswith('"', at):
                remark(f"{option.key}'s value is not quoted", f'write {option.key}="..."')
            option = Option(option.key, value, line)
            line += text.count("\n", at, end)
            at = end
        count += 1
        begins = option.key in starts
        if count > MOST_OPTIONS or (begins and len(sections) > MOST_SECTIONS):
            what = f"{MOST_SECTIONS} images" if begins else f"{MOST_OPTIONS} options"
            remark(f"what stands after {what} is not read", "write a shorter menu", "error")
            return sections, said
        if begins:
            section = Section(option, {}, [])
            sections.append(section)
        else:
            if option.key in section.options:
                section.repeated.append(option)
            section.options[option.key] = option


def _end(pattern: "re.Pattern[str]", text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _closed(text: str, at: int) -> bool:
    found = _QUOTED.match(text, at)
    return found is not None and bool(found[2])


def _value(text: str, at: int, key: str) -> tuple[str | None, int]:
    """Return the value that starts at `at`, None for none, and where it ends."""
    quoted = _QUOTED.match(text, at)
    if quoted is not None:
        return _unescaped(quoted[1]), quoted.end()
    if key in _ARGUMENTS:
        # petitboot takes the whole line, and so did whoever left the quotes away.
        line = text[at : _end(_WHOLE, text, at)]
        other = _AFTER_ARGUMENTS.search(line)
        kept = line[: other.start()] if other else line
        return kept.strip() or None, at + len(kept)
    end = _end(_BARE, text, at)
    return (_unescaped(text[at:end]) if end > at else None), end


def _unescaped(text: str) -> str:
    def letter(found: "re.Match[str]") -> str:
        return " " if found[0][1] in "\nnt" else found[0][1]

    return re.sub(r"\\\n[ \t]*|\\.", letter, text, flags=re.DOTALL)


def unknown(
    sections: Iterable[Section], known: Collection[str], source: Source, manual: str
) -> list[Diagnostic]:
    """Say which keywords mean nothing; `manual` is where the others are told."""
    said: list[Diagnostic] = []
    for section in sections:
        for option in section.options.values():
            if option.key in known and option.key != "include":
                continue
            if len(said) >= MOST_REMARKS:
                return said
            place = source._replace(line=option.line)
            if option.key == "include":
                message = f"include of {(option.value or '')[:80]} is not followed"
                hint = "put its lines into this file"
                said.append(Diagnostic("warning", place, message, hint))
            else:
                message = f"unknown keyword {option.key[:40]} is ignored"
                said.append(Diagnostic("info", place, message, f"see {manual}"))
    return said
