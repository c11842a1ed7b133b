r"""Bodies of entries that need not be parsed to see that they can be, and where they end.

A menu has hundreds of bodies of some fifteen lines, nearly all of them the same line for line,
and of nearly all no more than the title is asked for. So a body is first looked at by lines: a
line that is a whole command, or a part of an `if` that stands by itself, is known by its
text and looked up the next time. A body with any other line in it (a loop, a string or a
backslash that goes on to the next line, a nested block, a fault) is parsed at once.
"""

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bootpy.readers.grub.syntax import Statements
from bootpy.readers.grub.tokens import RESERVED
from bootpy.readers.grub.words import VARIABLE, pattern

if TYPE_CHECKING:
    from bootpy.readers.grub.parser import Parser

LONGEST_LINE = 4096
"""Characters of a line that is looked at; a body with longer ones is parsed."""

MOST_KNOWN = 4000
"""Lines that are remembered: those of a generator are few."""

DEEPEST = 20
"""Conditions within each other in a body that is not parsed at once."""

_WORD = (
    r"""(?>(?:[^{}|&$;<> \t\r\n'"\\]++|'[^'\r\n]*'|"(?>(?:[^"\\$\r\n]++|"""
    + VARIABLE
    + r""")*)"|"""
    + VARIABLE
    + ")+)"
)
_WORDS = "(" + _WORD + ")(?>(?:[ \t]++(?!#)" + _WORD + ")*)"
# Of a comment it makes no difference what is in it.
_REST = r"[ \t]*(?:(?<=[ \t])#.*)?"
_COMMAND = r"[ \t]*(?!#)" + _WORDS + _REST
# Lines without any of these are nothing but words, and quickly known for it.
_SPECIAL = r"[^!%()*+,\-./0-9:=?@A-Z^_`a-z~ \t]"
# A command with a string, as `echo` mostly is.
_QUOTED = r"[ \t]*([a-z][a-z0-9_]*)[ \t]+'[^'\r\n]*'"
_SEGMENT = r"[ \t]*(?!#)(" + _WORDS + r")[ \t]*(?:(;)|(?:(?<=[ \t])#.*)?\Z)"
_CLOSING = r"[ \t]*\}"
_EMPTY = r"[ \t]*(?:#.*)?"

_LOADING = frozenset(
    (
        "echo",
        "linux",
        "linux16",
        "linuxefi",
        "initrd",
        "initrd16",
        "initrdefi",
        "multiboot",
        "multiboot2",
        "module",
        "module2",
        "devicetree",
    )
)
"""Commands whose arguments differ from entry to entry."""

Event: TypeAlias = str
"""What happens in a line: "command", or the keyword `if`, `then`, `elif`, `else` or `fi`."""

_ONE_COMMAND: tuple[Event, ...] = ("command",)
_LOADS: tuple[Event, ...] = ("load",)
_NOTHING: tuple[Event, ...] = ()
_CLOSES: tuple[Event, ...] = ("}",)
_UNSEEN: tuple[Event, ...] = ("unseen",)


class Beginning(NamedTuple):
    """What a block begins with: its text behind the `{`, and how many lines end in it."""

    text: str
    lines: int


_NO_HEAD = Beginning("", 0)


class PlainBlock:
    """A block whose statements are parsed when they are asked for.

    `head` is the text up to the first line that loads something, or "" where there is none:
    what entries have in common. `only_loads` says that nothing follows but such lines.
    `line` is that of the `{`.
    """

    __slots__ = ("_end", "_head", "_parser", "_start", "line", "only_loads")

    broken = False

    def __init__(self, parser: "Parser", start: int, line: int, head: Beginning, end: int) -> None:
        self.line = line
        self.only_loads = False
        self._parser = parser
        self._start = start
        self._head = head
        self._end = end

    @property
    def text(self) -> str:
        """What stands between the braces."""
        return self._parser.lexer.text[self._start : self._end]

    @property
    def head(self) -> str:
        """The lines before the first that loads something."""
        return self._head.text

    @property
    def statements(self) -> Statements:
        """All statements. LimitReached: there are too many in the file."""
        return self._parser.plain(self._start, self.line, self._end)

    @property
    def of_head(self) -> Statements:
        """The statements of `head`."""
        return self._parser.plain(self._start, self.line, self._start + len(self._head.text))

    @property
    def after_head(self) -> Statements:
        """The statements that follow `head`."""
        start = self._start + len(self._head.text)
        return self._parser.plain(start, self.line + self._head.lines, self._end)

    def is_in_head(self, line: int) -> bool:
        """Whether a line of the file is one of `head`."""
        return self.line <= line < self.line + self._head.lines


class PlainBlocks:
    """Finds the blocks of one text that are plain; `parser` parses them when that is asked for."""

    def __init__(self, parser: "Parser") -> None:
        self._parser = parser
        self._text = parser.lexer.text
        self._known: dict[str, tuple[Event, ...] | None] = {}
        self._seen = _NO_HEAD

    def at(self, start: int, line: int) -> tuple[PlainBlock, int, int] | None:
        """Look at the block behind the `{` that ends at `start`, on `line`.

        The answer is the block, and where its `}` stands: the place and the line. It is None
        where the block has to be parsed.
        """
        text = self._text
        known = self._known
        head = _NO_HEAD
        at, end = line, start
        if self._seen.lines and text.startswith(self._seen.text, start):
            # As the block before began: what comes now is a line that loads something.
            head = self._seen
            at += head.lines - 1
            end += len(head.text) - 1
        else:
            end = text.find("\n", start)
            if end < 0 or not pattern(_EMPTY).fullmatch(text, start, end):
                return None
        opened: list[Event] = []
        filled = False
        only_loads = True
        while True:
            position = end + 1
            at += 1
            end = text.find("\n", position)
            if end < 0:
                end = len(text)
            raw = text[position:end]
            events = known.get(raw, _UNSEEN)
            if events is _UNSEEN:
                events = self._look(raw)
            if events is _ONE_COMMAND:
                filled = True
                only_loads = head is _NO_HEAD
            elif events is _LOADS:
                if head is _NO_HEAD and not opened:
                    head = self._seen = Beginning(text[start:position], at - line)
                filled = True
            elif events is _CLOSES:
                if opened or not filled:
                    return None
                position = text.find("}", position)
                block = PlainBlock(self._parser, start, line, head, position)
                block.only_loads = only_loads and head is not _NO_HEAD
                return block, position, at
            elif events is None or position > len(text):
                return None
            elif events:
                if not _follow(opened, events, filled):
                    return None
                filled = events[-1] in {"command", "fi"}
                only_loads = head is _NO_HEAD

    def _look(self, raw: str) -> tuple[Event, ...] | None:
        events = _events(raw)
        if len(self._known) < MOST_KNOWN:
            self._known[raw] = events
        return events


def _events(line: str) -> tuple[Event, ...] | None:
    """What happens in a line; None where that is not to be seen from the line alone."""
    if len(line) > LONGEST_LINE:
        return None
    if pattern(_SPECIAL).search(line) is None:
        words = line.split(None, 1)
        if words and words[0] not in RESERVED:
            return _LOADS if words[0] in _LOADING else _ONE_COMMAND
    if "[[" in line or "]]" in line or "\r" in line:
        return None
    found = pattern(_QUOTED).fullmatch(line) or pattern(_COMMAND).fullmatch(line)
    if found and found[1] not in RESERVED:
        return _LOADS if found[1] in _LOADING else _ONE_COMMAND
    if pattern(_CLOSING).match(line):
        return _CLOSES
    if pattern(_EMPTY).fullmatch(line):
        return _NOTHING
    return _control(line)


def _control(line: str) -> tuple[Event, ...] | None:
    """The events of a line with keywords or several commands in it."""
    events: list[Event] = []
    position = 0
    while position < len(line):
        found = pattern(_SEGMENT).match(line, position)
        if found is None:
            return None
        words, position = found[1], found.end()
        while True:
            first = pattern(_WORD).match(words)
            if first is None or first[0] not in RESERVED:
                break
            if first[0] not in {"if", "then", "elif", "else", "fi"}:
                return None
            events.append(first[0])
            words = words[first.end() :].lstrip(" \t")
            if first[0] == "fi" and words:
                return None
        if words:
            events.append("command")
        elif events[-1] != "fi" and found[3]:
            return None  # a `;` that ends nothing
        if found[3] and not line[position:].strip(" \t"):
            break
    return tuple(events)


def _follow(opened: list[Event], events: tuple[Event, ...], filled: bool) -> bool:
    """Go through the events of a line with the conditions that are open; whether they may be.

    No list of commands may be empty: `filled` says whether the present one is not.
    """
    for event in events:
        match event:
            case "if":
                if len(opened) == DEEPEST:
                    return False
                opened.append("if")
                filled = False
            case "then" | "elif" | "else":
                before = "if" if event == "then" else "then"
                if not filled or opened[-1:] != [before]:
                    return False
                opened[-1] = "if" if event == "elif" else event
                filled = False
            case "fi":
                if not filled or opened[-1:] not in (["then"], ["else"]):
                    return False
                opened.pop()
                filled = True
            case _:
                filled = True
    return True
