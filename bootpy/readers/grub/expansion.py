"""Words to arguments: variables, splitting, quoting, translation marks, wildcards."""

import re
from functools import cache
from typing import Protocol

from bootpy.readers.grub.limits import LONGEST_WORD, MOST_ARGUMENTS, LimitReached
from bootpy.readers.grub.syntax import Part, Word
from bootpy.readers.grub.wildcard import escape, expand, unescape

_UNCHARGED = 256
"""Characters of an expanded word that cost nothing: what a configuration is made of."""


class Surroundings(Protocol):
    """What expansion asks for."""

    keeps_hex: bool

    def value(self, name: str) -> str | None:
        """The value of a named variable."""

    def parameters(self) -> list[str] | None:
        """The positional parameters, or None outside functions and entries."""

    def files_in(self, folder: str) -> list[str]:
        """Names in a folder, for wildcards."""

    def device_names(self) -> list[str]:
        """Names of devices, for wildcards."""

    def charge(self, work: int) -> None:
        """Count what expansion does. LimitReached at the bound."""


def expand_words(words: tuple[Word, ...], around: Surroundings) -> list[str]:
    """Make the list of arguments that a command is called with."""
    arguments: list[str] = []
    for word in words:
        if type(word) is str:
            arguments.append(word)
            continue
        if len(word) == 1 and isinstance(part := word[0], Part) and part.kind == "quoted":
            around.charge(40 if len(part.text) < _UNCHARGED else 40 + len(part.text))
            arguments.append(part.text)
            continue
        expanded = _Expansion(around).arguments(word)
        around.charge(40 * len(expanded))
        for argument in expanded:
            if "\\" in argument or "*" in argument or "?" in argument:
                arguments += _wildcards(argument, around)
            else:
                arguments.append(argument)
        if len(arguments) > MOST_ARGUMENTS:
            raise LimitReached(
                f"a command with more than {MOST_ARGUMENTS} arguments",
                "look for a loop that makes a variable longer and longer",
            )
    return arguments


def _wildcards(argument: str, around: Surroundings) -> list[str]:
    if "*" not in argument and "?" not in argument:
        around.charge(100)
        return [unescape(argument, keeps_hex=around.keeps_hex)]
    around.charge(1000 + 20 * argument.count("/") + 8 * len(argument))

    def files_in(folder: str) -> list[str]:
        # Asking a folder costs far more than copying as many characters.
        around.charge(3000)
        found = around.files_in(folder)
        around.charge(50 * len(found))
        return found

    return expand(argument, files_in, around.device_names(), keeps_hex=around.keeps_hex)


class _Expansion:
    """One word on its way to arguments, guarded for `wildcard.expand`."""

    __slots__ = ("_around", "_done", "_open", "_size")

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._done: list[str] = []
        # None: nothing begun, so that an empty unquoted variable leaves no argument.
        self._open: list[str] | None = None
        self._size = 0

    def arguments(self, word: Word) -> list[str]:
        """Expand a word. LimitReached where it becomes too long."""
        assert not isinstance(word, str)
        keeps_hex = self._around.keeps_hex
        for kind, text in word:
            if kind == "text":
                if text:
                    self._append(text)
            elif kind == "quoted":
                self._append(escape(text, keeps_hex=keeps_hex))
            elif kind == "gettext":
                self._append(escape(_translated(text, self._around), keeps_hex=keeps_hex))
            else:
                self._variable(text, quoted=kind == "quoted variable")
        self._next()
        if self._size > _UNCHARGED:
            self._around.charge(self._size)
        return self._done

    def _append(self, text: str) -> None:
        self._size += len(text) + 8
        if self._open is None:
            self._open = [text]
            return
        self._open.append(text)
        if self._size > LONGEST_WORD:
            # Not before: many short arguments may come of one word.
            self._around.charge(self._size)
            self._size = 0
            if sum(map(len, self._open)) > LONGEST_WORD:
                raise LimitReached(
                    f"an argument of more than {LONGEST_WORD} characters",
                    "look for a loop that makes a variable longer and longer",
                )

    def _next(self) -> None:
        if self._open is not None:
            self._done.append("".join(self._open))
            self._open = None

    def _variable(self, name: str, *, quoted: bool) -> None:
        for index, value in enumerate(_values(name, self._around, quoted=quoted)):
            if index:
                self._next()
            if len(value) > _UNCHARGED:
                self._around.charge(len(value))
            if quoted:
                self._append(escape(value, keeps_hex=self._around.keeps_hex))
            else:
                for position, piece in enumerate(_split(value)):
                    if position:
                        self._next()
                    self._append(_guard_backslashes(piece))


def _values(name: str, around: Surroundings, *, quoted: bool) -> list[str]:
    if not (name[0].isdigit() or name in {"#", "*", "@"}):
        value = around.value(name)
        return [value] if value else []
    parameters = around.parameters()
    if parameters is None:
        return []
    if name == "#":
        return [str(len(parameters))]
    if name == "@":
        return parameters
    if name == "*":
        return [" ".join(parameters)] if quoted else parameters
    number = int(name)
    return [parameters[number - 1]] if 0 < number <= len(parameters) else []


def _split(value: str) -> list[str]:
    """Split at blanks of ASCII only: a no-break space belongs to its word."""
    return value.split() if value.isascii() else _pattern(r"[^ \t\n\v\f\r]+").findall(value)


def _guard_backslashes(text: str) -> str:
    r"""Guard what a variable holds, its `*` and `?` left alive unless it guards them itself."""
    if "\\" not in text:
        return text
    return _pattern(r"\\([*?])?").sub(lambda m: "\\\\\\" + m[1] if m[1] else "\\\\", text)


def _translated(template: str, around: Surroundings) -> str:
    r"""Fill in $"..."; there is no catalogue, so that the text stays what was written."""

    def fill(found: re.Match[str]) -> str:
        if found[1]:
            if found[1][0] == "{" and found[1][-1] != "}":
                return ""  # GRUB leaves out the rest of a text with such a mark
            name = found[1].strip("{}")
            around.charge(8)
            if name == "#":
                parameters = around.parameters()
                return "" if parameters is None else str(len(parameters))
            value = around.value(name) or ""
            around.charge(len(value))
            return value
        if found[2]:
            return found[0] if found[2][0] not in "\\$" else found[2]
        return found[0]

    hexadecimal = r"\\x[0-9A-Fa-f]{2}|" if around.keeps_hex else ""
    pattern = hexadecimal + r"\$([A-Za-z_]\w*|[0-9]+|[?#]|\{[^}]*(?:\}|\Z))|\\(.)"
    return _pattern(pattern).sub(fill, template)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL | re.ASCII)
