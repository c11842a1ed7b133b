"""getopt_long(3) as glibc has it: abbreviations, clusters, options after operands, its messages.

Neither argparse nor the standard library's getopt stops where glibc's does, or says what it says,
and programs that stand in for others have to.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple


class Long(NamedTuple):
    """A long option: what it is called, and which option it is (several names may be one)."""

    name: str
    key: str
    takes_argument: bool = False


class Given(NamedTuple):
    """An option of the command line, and its argument where it takes one."""

    key: str
    argument: str = ""


class Wrong(NamedTuple):
    """A word that is no option of the table, or not as the table has it: what glibc prints."""

    message: str


class Parsed(NamedTuple):
    """The options in the order in which they were given, and the operands in theirs."""

    options: tuple[Given | Wrong, ...]
    operands: tuple[str, ...]


def parse(words: Sequence[str], longs: Sequence[Long], shorts: Mapping[str, bool]) -> Parsed:
    """Take the words of a command line apart, the program's name not among them.

    `shorts` are the letters, and whether each takes an argument. Operands may stand between
    options, unless $POSIXLY_CORRECT is set; "--" ends the options.
    """
    options: list[Given | Wrong] = []
    operands: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            operands += left
        elif word.startswith("--"):
            options.append(_long(word[2:], left, longs))
        elif word.startswith("-") and word != "-":
            options += _cluster(word[1:], left, shorts)
        else:
            operands.append(word)
            if "POSIXLY_CORRECT" in os.environ:
                operands += left
    return Parsed(tuple(options), tuple(operands))


def _long(word: str, left: Iterator[str], longs: Sequence[Long]) -> Given | Wrong:
    name, equals, argument = word.partition("=")
    found = _named(name, longs)
    if not found:
        return Wrong(f"unrecognized option '--{word}'")
    if len(found) > 1:
        listed = " ".join(f"'--{one.name}'" for one in found)
        return Wrong(f"option '--{word}' is ambiguous; possibilities: {listed}")
    (option,) = found
    if equals and not option.takes_argument:
        return Wrong(f"option '--{option.name}' doesn't allow an argument")
    if option.takes_argument and not equals:
        following = next(left, None)
        if following is None:
            return Wrong(f"option '--{option.name}' requires an argument")
        argument = following
    return Given(option.key, argument)


def _named(name: str, longs: Sequence[Long]) -> list[Long]:
    """Return the option of this name or of this beginning, or all that it may stand for."""
    exact = [one for one in longs if one.name == name]
    if exact:
        return exact[:1]
    found = [one for one in longs if one.name.startswith(name)]
    meant = {(one.key, one.takes_argument) for one in found}
    return found[:1] if len(meant) == 1 else found


def _cluster(letters: str, left: Iterator[str], shorts: Mapping[str, bool]) -> list[Given | Wrong]:
    found: list[Given | Wrong] = []
    for number, letter in enumerate(letters, start=1):
        if letter not in shorts:
            found.append(Wrong(f"invalid option -- '{letter}'"))
        elif not shorts[letter]:
            found.append(Given(letter))
        else:
            argument = letters[number:] or next(left, None)
            if argument is None:
                found.append(Wrong(f"option requires an argument -- '{letter}'"))
            else:
                found.append(Given(letter, argument))
            break
    return found
