"""The page on which a person edits an entry's command line."""

from typing import TYPE_CHECKING

from bootpy.entry import Entry
from bootpy.menu.choice import Choice
from bootpy.menu.line import Line
from bootpy.menu.screen import Row
from bootpy.menu.text import clean, width

if TYPE_CHECKING:
    from bootpy.menu.page import Page, Step


class Editing:
    """Edits a copy: the entry in the list stays as its configuration has it."""

    __slots__ = ("_back", "_entry", "_line")

    def __init__(self, entry: Entry, back: "Page") -> None:
        self._entry = entry
        self._back = back
        self._line = Line(entry.cmdline)

    def rows(self, height: int, columns: int) -> tuple[list[Row], tuple[int, int]]:
        """Return the rows of the screen and the cursor's place."""
        part, cursor = self._line.window(columns - 1)
        shown = clean(part)
        line = Row(shown), (width(shown[:cursor]))
        if height < 5:
            return [line[0]], (0, line[1])
        title = Row(f"Command line of {clean(self._entry.title)}", "1")
        keys = Row("Enter boots with it  Esc goes back  Ctrl-U, Ctrl-K erase before, after")
        return [title, Row(""), line[0], Row(""), keys], (2, line[1])

    def press(self, key: str) -> "Step":
        """Edit, boot or go back."""
        if key == "enter":
            edited = self._entry._replace(cmdline=self._line.text.strip())
            return Choice("boot", edited, by_person=True)
        if key in {"escape", "^C"}:
            return self._back
        self._line.press(key)
        return self
