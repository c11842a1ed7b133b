"""One line asked of a person at a prompt: edited with the cursor keys, with a history."""

from bootpy.menu.line import Line
from bootpy.menu.terminal import Terminal
from bootpy.menu.text import clean, width

_MOST_KEPT = 200


class Asking:
    """A prompt on a terminal; lines given before come back with the up and down keys."""

    __slots__ = ("_history", "_pending", "_terminal")

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._history: list[str] = []
        self._pending: list[str] = []  # keys typed ahead of the line that they belong to

    def ask(self, prompt: str) -> str:
        """Return the line that a person gives, without its end.

        EOFError: Ctrl-D on an empty line, or the terminal was hung up. KeyboardInterrupt:
        Ctrl-C.
        """
        with self._terminal as terminal:
            columns = terminal.size()[1] - len(prompt) - 1
            terminal.write(prompt)
            line, place = Line(), len(self._history)
            while True:
                keys = self._pending or terminal.wait(None)[0]
                self._pending = []
                for at, key in enumerate(keys):
                    if key in {"enter", "^J"}:
                        self._pending = keys[at + 1 :]
                        self._show(prompt, line, columns)
                        terminal.write("\n")
                        return self._kept(line.text)
                    if key == "^C":
                        raise KeyboardInterrupt
                    if key == "^D" and not line.text:
                        raise EOFError
                    if key in {"up", "^P", "down", "^N"}:
                        step = -1 if key in {"up", "^P"} else 1
                        place = max(0, min(place + step, len(self._history)))
                        line = Line(self._history[place] if place < len(self._history) else "")
                    else:
                        line.press(key)
                if terminal.gone:
                    raise EOFError
                if keys:
                    self._show(prompt, line, columns)

    def _show(self, prompt: str, line: Line, columns: int) -> None:
        part, cursor = line.window(columns)
        shown = clean(part)
        back = width(shown) - width(shown[:cursor])
        left = f"\x1b[{back}D" if back else ""
        self._terminal.write(f"\r{prompt}{shown}\x1b[K{left}")

    def _kept(self, text: str) -> str:
        if text.strip() and text not in self._history[-1:]:
            self._history = [*self._history[1 - _MOST_KEPT :], text]
        return text
