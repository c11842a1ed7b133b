"""What can be typed after `bootpy`, read from the parsers that read it.

argparse keeps its table in attributes with an underscore; they have been the same since it
came into Python, and are looked at in this module alone.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a value is, for a shell that completes it."""

    WORDS = "words"  # one of a few, listed
    FILE = "file"
    DIRECTORY = "directory"
    ENTRY = "entry"
    OTHER = "other"  # nothing that a shell could know


# By the words that stand for a value in --help. What is in neither is a file: a shell that
# offers file names where none is wanted does no harm.
_KINDS = {
    "DIRECTORY": Kind.DIRECTORY,
    "ENTRY": Kind.ENTRY,
    **dict.fromkeys(
        ("ADDRESS", "ARCH", "CALL", "LINE", "NAME", "NUMBER", "SECONDS", "SIZE", "TYPE", "WORDS"),
        Kind.OTHER,
    ),
}


class Value(NamedTuple):
    """A value: what stands for it in the manual, and what can be typed in its place.

    `least` and `most` say how many; `most` is None where there may be any number.
    """

    name: str
    kind: Kind
    words: tuple[str, ...]
    least: int
    most: int | None


class Option(NamedTuple):
    """An option by all its names (`-h`, `--help`); `value` is None where it takes none."""

    names: tuple[str, ...]
    value: Value | None
    help: str
    repeats: bool


class Argument(NamedTuple):
    """What is told apart by its place."""

    value: Value
    help: str


class Command(NamedTuple):
    """`bootpy` itself (`name` is empty), or one of its verbs; a verb may have `commands` too."""

    name: str
    summary: str
    about: str
    notes: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    commands: tuple[Command, ...]


def grammar(parser: argparse.ArgumentParser, name: str = "", summary: str = "") -> Command:
    """Return what `parser` takes. Options and verbs without a help text are left out.

    That is argparse's own way to hide one (help=SUPPRESS).
    """
    options: list[Option] = []
    arguments: list[Argument] = []
    commands: list[Command] = []
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue
        if isinstance(action, argparse._SubParsersAction):
            commands += [
                grammar(action.choices[one.dest], one.dest, _help(one))
                for one in action._choices_actions
            ]
        elif action.option_strings:
            value = _value(action) if action.nargs != 0 else None
            repeats = isinstance(action, argparse._AppendAction | argparse._CountAction)
            options.append(Option(tuple(action.option_strings), value, _help(action), repeats))
        else:
            arguments.append(Argument(_value(action), _help(action)))
    return Command(
        name,
        summary,
        parser.description or "",
        parser.epilog or "",
        tuple(options),
        tuple(arguments),
        tuple(commands),
    )


def commands(
    command: Command, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Give the command and all below it, each with the words that lead to it."""
    path = (*above, command.name) if command.name else above
    yield path, command
    for one in command.commands:
        yield from commands(one, path)


def _value(action: argparse.Action) -> Value:
    words = tuple(str(choice) for choice in action.choices or ())
    name = str(action.metavar or (action.dest.upper() if not words else "|".join(words)))
    first = re.split(r"\W", name)[0]
    kind = Kind.WORDS if words else _KINDS.get(first, Kind.FILE)
    least, most = _count(action.nargs)
    return Value(name, kind, words, least, most)


def _count(nargs: int | str | None) -> tuple[int, int | None]:
    if isinstance(nargs, int):
        return nargs, nargs
    counts: dict[str | None, tuple[int, int | None]] = {
        None: (1, 1),
        "?": (0, 1),
        "*": (0, None),
        "+": (1, None),
        argparse.REMAINDER: (0, None),
        argparse.PARSER: (1, None),
    }
    return counts[nargs]


def _help(action: argparse.Action) -> str:
    # A percent sign is doubled in help texts; %(default)s and kin are filled in by argparse.
    text = action.help or ""
    shown = {key: value for key, value in vars(action).items() if value is not argparse.SUPPRESS}
    return " ".join((text % {**shown, "prog": "bootpy"}).split())
