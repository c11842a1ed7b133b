"""The menu in plain lines, for a terminal that can only write them one below the other."""

from bootpy.entry import Entry
from bootpy.menu.choice import Choice
from bootpy.menu.line import Line
from bootpy.menu.outline import outline
from bootpy.menu.state import State
from bootpy.menu.terminal import Terminal
from bootpy.menu.text import clean
from bootpy.policy.decision import resolve

_PROMPT = "boot> "
_EDIT_PROMPT = "command line> "
_KEYS = (
    "A number and Enter boots that entry, Enter alone the one marked *; e NUMBER edits its\n"
    "command line, d NUMBER shows its details; r rescue prompt, b reboots, p powers off, ? the list"
)
_OFTEN = 10
"""Seconds: the last ones are told one by one, those before in tens."""


class PlainMenu:
    """A dialogue of lines: the countdown, then a prompt."""

    __slots__ = ("_edited", "_line", "_state", "_terminal", "_told")

    def __init__(self, terminal: Terminal, state: State) -> None:
        self._terminal = terminal
        self._state = state
        self._line = Line()
        self._edited: Entry | None = None
        self._told = 0

    def run(self) -> Choice:
        """Return what was chosen, by a person or by the countdown."""
        self._list()
        choice = None
        while choice is None:
            choice = self._state.expired(self._terminal.gone)
            if choice is not None:
                break
            self._count()
            keys, news = self._terminal.wait(self._state.pause(), self._state.watched)
            if news and self._state.update():
                self._terminal.write("\n")
                self._list()
            for key in keys:
                choice = choice or self._press(key)
        self._terminal.write("\n")
        return choice

    def _list(self) -> None:
        lines = ["What to boot:"]
        for line in outline(self._state.listing):
            entry = None if line.number is None else self._state.listing.entries[line.number - 1]
            first = entry is not None and entry.id == self._state.first_id
            lines.append(f" {'*' if first else ' '} {line.text}")
        remarks = self._state.decision.diagnostics
        lines += [clean(str(remark)) for remark in remarks if remark.level == "error"]
        self._terminal.write("\n".join((*lines, _KEYS, "")))
        first_entry = self._state.first
        if self._state.left() is None or first_entry is None:
            self._prompt()
            return
        reason = clean(self._state.decision.reason)
        self._told = 0
        self._terminal.write(
            f"{clean(first_entry.title)} boots by itself ({reason}); any key stops. Seconds left:"
        )

    def _prompt(self) -> None:
        prompt = _PROMPT if self._edited is None else _EDIT_PROMPT
        self._terminal.write(prompt + clean(self._line.text))

    def _count(self) -> None:
        seconds = self._state.seconds()
        if seconds is None or seconds == self._told:
            return
        if seconds <= _OFTEN or seconds % 10 == 0 or not self._told:
            self._told = seconds
            self._terminal.write(f" {seconds}")

    def _press(self, key: str) -> Choice | None:
        if not self._state.touched:
            counting = self._state.left() is not None
            self._state.touched = True
            if counting:
                self._terminal.write("\n")
                self._prompt()
        if key == "enter":
            self._terminal.write("\n")
            return self._enter()
        if key in {"escape", "^C"} and self._edited is not None:
            self._edited = None
            self._ask("")
        elif key == "^C":
            return Choice("rescue", None, by_person=True)
        elif len(key) == 1 or key in {"backspace", "^U", "^W"}:
            self._type(key)
        return None

    def _type(self, key: str) -> None:
        """Edit at the end of the line, the only place that a plain terminal can reach."""
        before = self._line.text
        self._line.press(key)
        after = self._line.text
        if after.startswith(before):
            self._terminal.write(clean(after[len(before) :]))
        else:
            self._terminal.write("\b \b" * (len(before) - len(after)))

    def _ask(self, text: str, say: str = "") -> None:
        self._line = Line(text)
        self._terminal.write(f"\n{say}\n" if say else "\n")
        self._prompt()

    def _enter(self) -> Choice | None:
        text = self._line.text.strip()
        if self._edited is not None:
            return Choice("boot", self._edited._replace(cmdline=text), by_person=True)
        actions = {"r": "rescue", "c": "rescue", "b": "reboot", "p": "poweroff"}
        if text in actions:
            return Choice(actions[text], None, by_person=True)  # type: ignore[arg-type]
        self._line = Line()
        if text in {"?", "h", "help"}:
            self._list()
            return None
        word, _, rest = text.partition(" ")
        wanted = rest.strip() if word in {"e", "d"} else text
        entry = resolve(self._state.listing, wanted) if wanted else self._state.first
        if entry is None:
            self._ask("", f"There is no entry {clean(wanted)}" if wanted else "Choose an entry")
        elif word == "d":
            from bootpy.menu.reading import details

            self._ask("", "\n".join(details(entry, self._state.listing)))
        elif entry.kind == "unsupported" or (word == "e" and entry.kernel is None):
            self._ask(
                "", f"{clean(entry.title)}: " + ("cannot boot" if word != "e" else "no kernel")
            )
        elif word == "e":
            self._edited = entry
            self._ask(entry.cmdline)
        else:
            return Choice("boot", entry, by_person=True)
        return None
