"""Plain text as roff takes it: man(7), groff_man_style(7) and mandoc's own man(7) agree."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ESCAPED = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}
_MARKED = re.compile(r"`([^`]+)`|\[([^]]+)\]\([^)]*\)|\(docs/[^)]*\)")


def literal(text: str) -> str:
    """Return text that is typed or shown to the letter: a hyphen stays one that can be copied."""
    return _whole("".join(_ESCAPED.get(character, character) for character in text))


def prose(text: str) -> str:
    """Return a sentence: `code` becomes bold, of a link the words stay."""
    parts = []
    end = 0
    for found in _MARKED.finditer(text):
        parts.append(_plain(text[end : found.start()]))
        if found[1]:
            parts.append(bold(found[1]))
        elif found[2]:
            parts.append(prose(found[2]))
        else:
            parts.append(f"(/usr/share/doc/bootpy/{literal(found[0][6:-1])})")
        end = found.end()
    return _whole("".join([*parts, _plain(text[end:])]))


def bold(text: str) -> str:
    """Return text to be typed as it is."""
    return f"\\fB{literal(text)}\\fR"


def italic(text: str) -> str:
    """Return a word that stands for a value."""
    return f"\\fI{literal(text)}\\fR"


def paragraphs(text: str) -> Iterator[str]:
    """Give the lines of a help text: prose is filled, indented lines stand as they are."""
    for number, block in enumerate(text.strip("\n").split("\n\n")):
        shown: list[str] = []
        if number:
            yield ".PP"
        for line in block.splitlines():
            if line.startswith("  "):
                shown.append(line[2:])
                continue
            yield from _example(shown)
            shown = []
            yield prose(line)
        yield from _example(shown)


def _example(lines: list[str]) -> Iterator[str]:
    if lines:
        yield from (".RS 4", ".nf", *(literal(line) for line in lines), ".fi", ".RE")


def _plain(text: str) -> str:
    # An apostrophe and a hyphen of prose are roff's own.
    return re.sub(r"(?<!\w)-(?=[\w-])|(?<=-)-", r"\\-", text.replace("\\", "\\e")).replace(
        "`", "\\(ga"
    )


def _whole(line: str) -> str:
    """A line that begins like a request is none."""
    return f"\\&{line}" if line.startswith((".", "'")) else line
