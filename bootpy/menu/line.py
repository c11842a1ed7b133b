"""A line of text that a person edits."""


class Line:
    """Text and a cursor in it, changed by keys; knows nothing of a terminal.

    `text` is kept as it is, whatever it holds; `cursor` counts characters from 0.
    """

    __slots__ = ("_first", "cursor", "text")

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.cursor = len(text)
        self._first = 0

    def press(self, key: str) -> bool:
        """Take a key (see `bootpy.menu.keys.Keys`); return whether it means something here."""
        text, cursor = self.text, self.cursor
        if len(key) == 1:
            self._set(text[:cursor] + key + text[cursor:], cursor + 1)
        elif key in {"left", "^B"}:
            self.cursor = max(0, cursor - 1)
        elif key in {"right", "^F"}:
            self.cursor = min(len(text), cursor + 1)
        elif key in {"home", "^A"}:
            self.cursor = 0
        elif key in {"end", "^E"}:
            self.cursor = len(text)
        elif key == "backspace":
            self._set(text[: max(0, cursor - 1)] + text[cursor:], max(0, cursor - 1))
        elif key in {"delete", "^D"}:
            self._set(text[:cursor] + text[cursor + 1 :], cursor)
        elif key == "^U":
            self._set(text[cursor:], 0)
        elif key == "^K":
            self._set(text[:cursor], cursor)
        elif key == "^W":
            kept = text[:cursor].rstrip().rpartition(" ")
            start = len(kept[0] + kept[1])
            self._set(text[:start] + text[cursor:], start)
        else:
            return False
        return True

    def window(self, columns: int) -> tuple[str, int]:
        """Return the part of the text to show in so many characters, and the cursor in it.

        The part moves only when the cursor would leave it, and then by half of it, so that a
        slow line repaints seldom. "<" and ">" stand where text is cut off.
        """
        columns = max(columns, 4)
        if len(self.text) < columns:
            self._first = 0
            return self.text, self.cursor
        last = len(self.text) - columns + 1
        self._first = min(self._first, last)
        least = 1 if self._first else 0
        most = columns - (1 if self._first == last else 2)
        if not least <= self.cursor - self._first <= most:
            self._first = max(0, min(self.cursor - columns // 2, last))
        part = self.text[self._first : self._first + columns]
        if self._first:
            part = "<" + part[1:]
        if self._first + columns < len(self.text):
            part = part[:-1] + ">"
        return part, self.cursor - self._first

    def _set(self, text: str, cursor: int) -> None:
        self.text, self.cursor = text, cursor
