"""A whole screen over a slow line: only what differs from what is there is sent."""

from collections.abc import Sequence
from typing import NamedTuple

from bootpy.menu.terminal import Terminal
from bootpy.menu.text import cut, width

_SCREEN_BEGIN = "\x1b[0m\x1b[?7l"
_SCREEN_END = "\x1b[0m\x1b[?7h"


class Row(NamedTuple):
    """One row: clean text, and how it is set: SGR parameters such as "1" (bold), "7" (reverse)."""

    text: str
    style: str = ""


class Screen:
    """What stands on a terminal, row by row, and the way to the next state of it."""

    __slots__ = ("_cursor", "_painted", "_size", "_terminal")

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._size = (0, 0)
        self._painted: list[Row] | None = None
        self._cursor = (-1, -1)

    def begin(self) -> tuple[int, int]:
        """Take the screen over and return its rows and columns.

        What stood there is scrolled up and not erased: the messages of the start stay
        readable in the scroll-back. Wrapping is off, so that a character that is wider
        than was thought can spoil one row only.
        """
        self._size = self._terminal.size()
        rows = self._size[0]
        self._terminal.write(f"{_SCREEN_BEGIN}\x1b[{rows};1H" + "\n" * rows)
        return self._size

    def end(self) -> None:
        """Leave the screen as it stands, with the cursor below it."""
        self._terminal.write(f"{_SCREEN_END}\x1b[{self._size[0]};1H\n")

    def size(self) -> tuple[int, int]:
        """Return rows and columns as they are now; a change paints everything anew."""
        size = self._terminal.size()
        if size != self._size:
            self._size = size
            self.forget()
        return size

    def forget(self) -> None:
        """Paint everything at the next `show`: something else wrote to the terminal."""
        self._painted = None

    def show(self, rows: Sequence[Row], cursor: tuple[int, int]) -> None:
        """Bring the screen to these rows, cut to its columns, and the cursor to row and column.

        Both count from 0. The cursor stays visible: it is what a screen reader follows.
        """
        height, columns = self._size
        wanted = [Row(cut(row.text, columns - 1), row.style) for row in rows[:height]]
        wanted += [Row("")] * (height - len(wanted))
        pieces = []
        if self._painted is None:
            pieces.append(f"{_SCREEN_BEGIN}\x1b[H\x1b[J")
            self._painted = [Row("")] * height
        for at, (old, new) in enumerate(zip(self._painted, wanted, strict=True)):
            if old != new:
                pieces.append(_difference(at, old, new))
        self._painted = wanted
        cursor = (min(cursor[0], height - 1), min(cursor[1], columns - 1))
        if pieces or cursor != self._cursor:
            pieces.append(f"\x1b[{cursor[0] + 1};{cursor[1] + 1}H")
            self._cursor = cursor
            self._terminal.write("".join(pieces))


def _difference(at: int, old: Row, new: Row) -> str:
    """Return what turns one row into another: only the characters between what is equal.

    Beyond the first character that is not ASCII the terminal's columns are not certain,
    and everything is sent.
    """
    start, end = 0, len(new.text)
    if old.style == new.style:
        for ours, theirs in zip(old.text, new.text, strict=False):
            if ours != theirs or not ours.isascii():
                break
            start += 1
        if len(old.text) == end and old.text.isascii() and new.text.isascii():
            while end > start and old.text[end - 1] == new.text[end - 1]:
                end -= 1
    text = new.text[start:end]
    if new.style and text:
        text = f"\x1b[{new.style}m{text}\x1b[0m"
    uncertain = not (old.text.isascii() and new.text.isascii())
    erase = "\x1b[K" if width(old.text) > width(new.text) or uncertain else ""
    return f"\x1b[{at + 1};{start + 1}H{text}{erase}"
