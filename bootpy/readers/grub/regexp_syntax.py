"""The syntax of POSIX extended regular expressions: text to a tree."""

import re
from collections.abc import Callable
from typing import NamedTuple

_MOST_REPEATS = 255  # RE_DUP_MAX of POSIX
_MOST_GROUPS_DEEP = 50

Test = Callable[[str], bool]
"""Whether a character is one that the pattern has there."""

Check = Callable[[str, int], bool]
"""Whether a place in a text is one that an anchor such as ^ holds at."""


class PatternFault(Exception):  # noqa: N818 -- caught by the command
    """The pattern is not one, or is too large."""


class Node(NamedTuple):
    """A piece of the pattern: its kind, what is below it, and the kind's own numbers."""

    kind: str
    below: "tuple[Node, ...]" = ()
    test: Test | None = None
    least: int = 0
    most: int | None = None
    check: Check | None = None


def parse(text: str) -> tuple[Node, int]:
    """Parse a pattern; returns the tree and the number of its groups. PatternFault."""
    parser = _Parser(text)
    tree = parser.alternatives(0)
    if parser.position < len(text):
        raise PatternFault("unmatched )")
    return tree, parser.groups


class _Parser:
    """Recursive descent over the pattern's text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.groups = 0

    def alternatives(self, depth: int) -> Node:
        """Parse up to the end or a closing parenthesis."""
        choices = [self._sequence(depth)]
        while self._next() == "|":
            self.position += 1
            choices.append(self._sequence(depth))
        return choices[0] if len(choices) == 1 else Node("either", tuple(choices))

    def _next(self) -> str:
        return self.text[self.position : self.position + 1]

    def _sequence(self, depth: int) -> Node:
        items: list[Node] = []
        while (character := self._next()) and character != "|":
            if character == ")" and depth:
                break
            if character in "*+?{":
                raise PatternFault(f"nothing before {character} that it could repeat")
            items.append(self._repeated(self._atom(depth)))
        return Node("sequence", tuple(items))

    def _repeated(self, atom: Node) -> Node:
        while True:
            if atom is _START and self._next() in {"*", "+", "?", "{"}:
                raise PatternFault("a repeat of ^")
            match self._next():
                case "*":
                    atom = Node("repeat", (atom,))
                case "+":
                    atom = Node("repeat", (atom,), least=1)
                case "?":
                    atom = Node("repeat", (atom,), most=1)
                case "{":
                    atom = self._counted(atom)
                    continue
                case _:
                    return atom
            self.position += 1

    def _counted(self, atom: Node) -> Node:
        inside, closed, _ = self.text[self.position + 1 :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not (low + high).isdigit() or not (low or comma):
            raise PatternFault("invalid repeat count")
        least = int(low[:5] or "0")
        most = (int(high[:5]) if high else None) if comma else least
        if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
            raise PatternFault("invalid repeat count")
        self.position += len(inside) + 2
        return Node("repeat", (atom,), least=least, most=most)

    def _atom(self, depth: int) -> Node:
        character = self._next()
        self.position += 1
        match character:
            case "(":
                if depth >= _MOST_GROUPS_DEEP:
                    raise PatternFault("too many groups within each other")
                self.groups += 1
                number = self.groups
                inside = self.alternatives(depth + 1)
                if self._next() != ")":
                    raise PatternFault("unmatched (")
                self.position += 1
                return Node("group", (inside,), least=number)
            case ".":
                return Node("test", test=lambda _character: True)
            case "^":
                return _START
            case "$":
                return Node("at", check=lambda text, position: position == len(text))
            case "[":
                return Node("test", test=self._bracket())
            case "\\":
                check = _CHECKS.get(self._next())
                if check is not None:
                    self.position += 1
                    return Node("at", check=check)
                return Node("test", test=self._escape())
        return Node("test", test=character.__eq__)

    def _escape(self) -> Test:
        character = self._next()
        if not character or character in "123456789":
            raise PatternFault("a backslash at the end, or a back-reference")
        self.position += 1
        match character:
            case "w":
                return _is_word
            case "W":
                return lambda one: not _is_word(one)
            case "s":
                return _CLASSES["space"]
            case "S":
                return lambda one: one not in " \t\n\v\f\r"
        return character.__eq__

    def _bracket(self) -> Test:
        negated = self._next() == "^"
        self.position += negated
        tests: list[Test] = []
        first = True
        while first or self._next() != "]":
            first = False
            character = self._next()
            if not character:
                raise PatternFault("unmatched [")
            if self.text.startswith("[:", self.position):
                name, closed, _ = self.text[self.position + 2 :].partition(":]")
                if not closed or name not in _CLASSES:
                    raise PatternFault("unknown character class")
                tests.append(_CLASSES[name])
                self.position += len(name) + 4
            elif found := _NAMED_CHARACTER.match(self.text, self.position):
                tests.append(found[2].__eq__)
                self.position = found.end()
            elif self.text[self.position + 1 : self.position + 2] == "-" and (
                self.text[self.position + 2 : self.position + 3] not in {"", "]"}
            ):
                tests.append(_between(character, self.text[self.position + 2]))
                self.position += 3
            else:
                tests.append(character.__eq__)
                self.position += 1
        self.position += 1
        return lambda one: any(test(one) for test in tests) != negated


def _at_word(text: str, position: int) -> bool:
    return position < len(text) and _is_word(text[position])


def _after_word(text: str, position: int) -> bool:
    return position > 0 and _is_word(text[position - 1])


_START = Node("at", check=lambda _text, position: position == 0)

_CHECKS: dict[str, Check] = {
    "<": lambda text, position: _at_word(text, position) and not _after_word(text, position),
    ">": lambda text, position: _after_word(text, position) and not _at_word(text, position),
    "b": lambda text, position: _at_word(text, position) != _after_word(text, position),
    "B": lambda text, position: _at_word(text, position) == _after_word(text, position),
    "`": lambda _text, position: position == 0,
    "'": lambda text, position: position == len(text),
}

_NAMED_CHARACTER = re.compile(r"\[([.=])(.)\1\]", re.DOTALL)


def _between(low: str, high: str) -> Test:
    return lambda one: low <= one <= high


def _is_word(one: str) -> bool:
    return one == "_" or (one.isascii() and one.isalnum())


def _ascii(test: Test) -> Test:
    return lambda one: one.isascii() and test(one)


_CLASSES: dict[str, Test] = {
    "alpha": _ascii(str.isalpha),
    "digit": _between("0", "9"),
    "alnum": _ascii(str.isalnum),
    "upper": _between("A", "Z"),
    "lower": _between("a", "z"),
    "space": lambda one: one in " \t\n\v\f\r",
    "blank": lambda one: one in " \t",
    "punct": lambda one: one.isascii() and one.isprintable() and not one.isalnum() and one != " ",
    "xdigit": lambda one: one in "0123456789abcdefABCDEF",
    "cntrl": lambda one: one < " " or one == "\x7f",
    "graph": lambda one: "!" <= one <= "~",
    "print": lambda one: " " <= one <= "~",
}
