"""The page with the list of what can boot, and the countdown."""

from typing import TYPE_CHECKING

from bootpy.entry import Entry
from bootpy.menu.choice import Choice
from bootpy.menu.outline import OutlineLine, outline
from bootpy.menu.screen import Row
from bootpy.menu.state import State
from bootpy.menu.text import clean

if TYPE_CHECKING:
    from bootpy.menu.page import Step

_KEYS = "Enter boots  e edits  d details  r rescue  b reboots  p powers off  ? help"
_ROOMY = 10
"""Rows from which there is room for a title and blank rows."""


class Overview:
    """The list, the selected entry, and what the keys do with it."""

    __slots__ = ("_message", "_number", "_room", "_state", "_top")

    def __init__(self, state: State) -> None:
        self._state = state
        self._message = ""
        self._number = ""
        self._room = 1
        self._top = 0

    def rows(self, height: int, columns: int) -> tuple[list[Row], tuple[int, int]]:
        """Return the rows of the screen and the cursor's place."""
        lines = outline(self._state.listing)
        below = [Row(clean(self._message or self._complaint()), "1"), Row(countdown(self._state))]
        below = [row for row in below if row.text] + [Row(_KEYS)] * (height > 3)
        roomy = height >= _ROOMY
        if roomy:
            below.insert(0, Row(""))
        self._room = max(1, height - len(below) - 2 * roomy)
        at = next((i for i, line in enumerate(lines) if line.number == self._state.selected + 1), 0)
        self._scroll(at, len(lines))
        shown = lines[self._top : self._top + self._room]
        above = []
        if roomy:
            part = f", lines {self._top + 1} to {self._top + len(shown)} of {len(lines)}"
            more = len(lines) > self._room
            above = [Row("bootpy: what to boot" + part * more, "1"), Row("")]
        body = [self._row(line) for line in shown]
        body += [Row("")] * (self._room - len(body))
        return above + body + below, (len(above) + at - self._top, 0)

    def press(self, key: str) -> "Step":
        """Move the selection, or do what the key stands for."""
        self._message = ""
        state = self._state
        if key in "0123456789":
            self._select(key)
            return self
        self._number = ""
        selected = state.selected
        moves = {
            "up": selected - 1,
            "k": selected - 1,
            "down": selected + 1,
            "j": selected + 1,
            "pageup": selected - self._room,
            "pagedown": selected + self._room,
            "home": 0,
            "end": len(state.listing.entries),
        }
        if key in moves:
            state.move(moves[key])
        elif key in {"r", "c", "^C"}:
            return Choice("rescue", None, by_person=True)
        elif key == "b":
            return Choice("reboot", None, by_person=True)
        elif key == "p":
            return Choice("poweroff", None, by_person=True)
        elif key in {"?", "h"}:
            from bootpy.menu.reading import HELP, Reading

            return Reading("What the keys do", list(HELP), self)
        elif state.entry is not None and key in {"enter", "e", "d"}:
            return self._use(key, state.entry)
        return self

    def _use(self, key: str, entry: Entry) -> "Step":
        if key == "d":
            from bootpy.menu.reading import Reading, details

            return Reading(entry.title, details(entry, self._state.listing), self)
        if entry.kind == "unsupported":
            self._message = "This entry cannot boot: d says what is known of it"
        elif key == "enter":
            return Choice("boot", entry, by_person=True)
        elif entry.kernel is None:
            self._message = "This entry has no kernel and no command line to edit"
        else:
            from bootpy.menu.editing import Editing

            return Editing(entry, self)
        return self

    def _select(self, digit: str) -> None:
        """Take one digit of a number; what would be too large begins a new number."""
        for number in (self._number + digit, digit):
            if 1 <= int(number) <= len(self._state.listing.entries):
                self._number = number
                self._state.move(int(number) - 1)
                return
        self._number = ""
        self._message = f"There is no entry {digit}"

    def _scroll(self, at: int, length: int) -> None:
        """Keep line `at` in sight; by half a screen, since each scroll repaints all rows."""
        if not self._top <= at < self._top + self._room:
            self._top = at - self._room // 2
        self._top = max(0, min(self._top, length - self._room))
        if self._state.selected == 0 and at < self._room:
            self._top = 0

    def _row(self, line: OutlineLine) -> Row:
        if line.number is None:
            return Row(f"   {line.text}")
        selected = line.number == self._state.selected + 1
        first = self._state.listing.entries[line.number - 1].id == self._state.first_id
        mark = (">" if selected else " ") + ("*" if first else " ")
        return Row(f"{mark} {line.text}", "7" if selected else "")

    def _complaint(self) -> str:
        remarks = self._state.decision.diagnostics
        worst = next((remark for remark in remarks if remark.level == "error"), None)
        return f"{worst.message} ({worst.hint})" if worst is not None else ""


def countdown(state: State) -> str:
    """Say in one clean line what will happen, and why."""
    if not state.listing.entries:
        return "There is nothing to boot. A disk that is plugged in joins the list."
    seconds = state.seconds()
    first = state.first
    reason = clean(state.decision.reason)
    if first is None:
        return f"Waits for a choice: {reason}"
    if seconds is None:
        return f"Waits for a choice; * marks what boots first ({reason})"
    # The number first: a long title is cut, not the countdown.
    return f"Boots in {seconds} s; any key stops: {clean(first.title)} ({reason})"
