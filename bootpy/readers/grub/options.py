"""Options of GRUB commands, taken apart as GRUB's extended commands do it.

Options may stand anywhere before "--". A value follows after "=" or as the next argument;
where the value is optional, a next argument that begins with "-" is none.
Source: grub-core/lib/arg.c.
"""

from functools import cache
from typing import NamedTuple


class Option(NamedTuple):
    """An option: its long name, its letter (each may be ""), and whether it takes a value."""

    name: str
    letter: str = ""
    takes: str = ""  # "", "value" or "optional"


class Options(NamedTuple):
    """What was given: values by long name, in order, and the arguments that remain.

    `fault` says what is wrong, else it is "".
    """

    given: dict[str, list[str | None]]
    arguments: list[str]
    fault: str = ""

    def last(self, name: str) -> str | None:
        """The value given last, or None."""
        values = self.given.get(name)
        return values[-1] if values else None

    def all(self, name: str) -> list[str]:
        """All values of a repeatable option."""
        return [value for value in self.given.get(name, ()) if value is not None]


class UsageAsked(Exception):  # noqa: N818 -- caught where the command was called
    """The command is asked how it is used, and does nothing else."""


_STANDARD = (Option("help", "h"), Option("usage", "u"))
"""What every command with options takes."""


def take_apart(
    arguments: list[str],
    options: tuple[Option, ...],
    *,
    dash: bool = False,
    at_start: bool = False,
) -> Options:
    """Sort `arguments` by `options`. UsageAsked: one of them is --help or --usage.

    With `dash`, unknown options are arguments; with `at_start` the first argument ends the
    options.
    """
    if not any(argument.startswith("-") for argument in arguments):
        return Options({}, arguments)
    by_name, by_letter = _index(options)
    given: dict[str, list[str | None]] = {}
    rest: list[str] = []
    waiting = list(reversed(arguments))
    while waiting:
        argument = waiting.pop()
        if len(argument) < 2 or argument[0] != "-":
            rest.append(argument)
            if at_start:
                rest += reversed(waiting)
                break
            continue
        if argument == "--":
            rest += reversed(waiting)
            break
        if argument[1] == "-":
            name, equals, value = argument[2:].partition("=")
            option = by_name.get(name)
            attached = value if equals else None
        else:
            letters = argument[1:]
            known = [by_letter.get(letter) for letter in letters]
            option = None if None in known else known[-1]
            if option is not None:
                for other in known[:-1]:
                    if other is not None:
                        if other.takes == "value":
                            return Options(given, rest, f"no value for `{argument}'")
                        given.setdefault(other.name, []).append(None)
            attached = None
        if option is None:
            if not dash:
                return Options(given, rest, f"unknown argument `{argument}'")
            rest.append(argument)
            if at_start:
                rest += reversed(waiting)
                break
            continue
        if option in _STANDARD:
            raise UsageAsked
        if not option.takes and attached is not None:
            return Options(given, rest, f"a value for `{argument}', which takes none")
        if option.takes and attached is None and waiting:
            following = waiting[-1]
            if option.takes == "value" or len(following) < 2 or following[0] != "-":
                attached = waiting.pop()
        if option.takes == "value" and attached is None:
            return Options(given, rest, f"missing mandatory option for `{argument}'")
        given.setdefault(option.name, []).append(attached)
    return Options(given, rest)


@cache
def _index(options: tuple[Option, ...]) -> tuple[dict[str, Option], dict[str, Option]]:
    every = (*_STANDARD, *options)
    return (
        {option.name: option for option in every if option.name},
        {option.letter: option for option in every if option.letter},
    )
