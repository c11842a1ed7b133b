"""What a person reads: all of an entry, and what the keys do."""

from typing import TYPE_CHECKING

from bootpy.entry import Entry, File, Listing
from bootpy.menu.screen import Row
from bootpy.menu.text import clean, wrap

if TYPE_CHECKING:
    from bootpy.menu.page import Page, Step

HELP = (
    "up, down, j, k   select the entry above or below; Page Up and Down, Home, End",
    "1, 2, ...        select the entry with that number",
    "Enter            boot the selected entry",
    "e                edit its command line, then boot it",
    "d                details: kernel, initrds, command line, where it was read",
    "r, c, Ctrl-C     the rescue prompt",
    "b                reboot",
    "p                power off",
    "Ctrl-L           paint the screen again",
    "",
    "> is the selected entry, * what boots when nobody touches a key.",
    "",
    "While the command line is edited:",
    "left, right, Home, End, Backspace, Delete",
    "Ctrl-U, Ctrl-K   erase to the beginning, to the end",
    "Ctrl-W           erase the word before",
    "Enter            boot with it; Esc goes back",
)


def details(entry: Entry, listing: Listing) -> list[str]:
    """Return all that is known of an entry, as clean lines of any length."""
    told: list[tuple[str, object]] = [
        ("title", entry.title),
        ("path", " > ".join(entry.path) if len(entry.path) > 1 else ""),
        ("id", entry.id),
        ("kind", f"{entry.kind}, read as {entry.format}"),
        ("from", entry.source),
        ("kernel", _file(entry.kernel)),
        *(("initrd", _file(initrd)) for initrd in entry.initrds),
        ("devicetree", _file(entry.devicetree)),
        *(("overlay", _file(overlay)) for overlay in entry.overlays),
        *(("module", f"{_file(module.file)} {module.cmdline}") for module in entry.modules),
        ("cmdline", entry.cmdline),
        ("added", entry.cmdline_added),
        ("for", entry.architecture),
        ("version", entry.version),
        ("tries", f"{entry.tries.left} left, {entry.tries.done} failed" if entry.tries else ""),
    ]
    told += [
        (remark.level, f"{remark.message} {remark.hint}".strip())
        for remark in listing.diagnostics
        if remark.source is not None and remark.source[:2] == entry.source[:2]
    ]
    return [f"{name:<11}{clean(str(what))}" for name, what in told if what not in {"", None}]


def _file(file: File | None) -> str:
    if file is None:
        return ""
    if not file.resolved:
        return f"{file}, on a volume that is not there"
    return f"{file}, missing" if file.exists is False else str(file)


class Reading:
    """A page of text that scrolls; any other key goes back."""

    __slots__ = ("_back", "_room", "_text", "_title", "_top")

    def __init__(self, title: str, text: list[str], back: "Page") -> None:
        self._title = clean(title)
        self._text = text
        self._back = back
        self._top = 0
        self._room = (1, 1)

    def rows(self, height: int, columns: int) -> tuple[list[Row], tuple[int, int]]:
        """Return the rows of the screen and the cursor's place."""
        lines = [piece for line in self._text for piece in wrap(line, columns - 1)]
        room = max(1, height - 3)
        self._room = (room, len(lines))
        self._top = max(0, min(self._top, len(lines) - room))
        shown = [Row(line) for line in lines[self._top : self._top + room]]
        more = len(lines) > room
        keys = "Up and Down scroll; any other key goes back" if more else "Any key goes back"
        shown += [Row("")] * (room - len(shown))
        return [Row(self._title, "1"), Row(""), *shown, Row(keys)], (height - 1, 0)

    def press(self, key: str) -> "Step":
        """Scroll, or go back."""
        room, length = self._room
        step = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -room, "pagedown": room}.get(key)
        if step is None or length <= room:
            return self._back
        self._top += step
        return self
