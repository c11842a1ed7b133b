"""From the bytes that a terminal sends to keys.

Source: ECMA-48 (control sequences), and the keys of VT100, VT220, xterm, rxvt and the Linux
console (console_codes(4)), which between them say Home in five ways.
"""

_LETTERS = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
_NUMBERS = {
    "1": "home",
    "3": "delete",
    "4": "end",
    "5": "pageup",
    "6": "pagedown",
    "7": "home",
    "8": "end",
}
_CONTROLS = {0x08: "backspace", 0x09: "tab", 0x0A: "enter", 0x0D: "enter", 0x7F: "backspace"}
_LONGEST = 32
"""Bytes: no key sends more; what goes on longer is noise."""


class Keys:
    """Takes bytes as they come, in whatever pieces, and gives keys.

    A key is one printable character, a name ("up", "enter", "escape", ...), or "^X" for a
    control character. Line noise (NUL, what is not UTF-8), unknown sequences and Alt with a
    character give nothing, so that they stop no countdown. `report` holds the rows and
    columns of the last cursor position report.
    """

    __slots__ = ("_pending", "report")

    def __init__(self) -> None:
        self._pending = bytearray()
        self.report: tuple[int, int] | None = None

    @property
    def unfinished(self) -> bool:
        """Whether the beginning of a key has come and its rest may follow."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[str]:
        """Take bytes and return the keys that are complete."""
        self._pending += data
        keys = []
        while self._pending:
            key, used = self._next()
            if not used:
                break
            del self._pending[:used]
            if key:
                keys.append(key)
        return keys

    def end(self) -> list[str]:
        """Say that nothing follows: a lone ESC was the key, other beginnings were noise."""
        alone = self._pending == b"\x1b"
        self._pending.clear()
        return ["escape"] if alone else []

    def _next(self) -> tuple[str, int]:
        """Return the first key and the bytes it takes: 0 where more must come."""
        byte = self._pending[0]
        if byte == 0x1B:
            return self._escape()
        if byte in _CONTROLS:
            return _CONTROLS[byte], 1
        if byte < 0x20:
            return ("^" + chr(byte + 0x40) if byte else ""), 1
        if byte < 0x80:
            return chr(byte), 1
        return self._character()

    def _character(self) -> tuple[str, int]:
        byte = self._pending[0]
        length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
        if not 0xC2 <= byte <= 0xF4:
            return "", 1
        piece = bytes(self._pending[:length])
        if any(not 0x80 <= each < 0xC0 for each in piece[1:]):
            return "", 1
        if len(piece) < length:
            return "", 0
        try:
            character = piece.decode()
        except UnicodeDecodeError:
            return "", 1
        return (character if character.isprintable() else ""), length

    def _escape(self) -> tuple[str, int]:
        pending = self._pending
        if len(pending) == 1:
            return "", 0
        second = chr(pending[1])
        if second == "\x1b":
            return "escape", 1
        if second not in "[O":
            return "", 2
        # The Linux console's F1 to F5 are ESC [ [ A to E.
        start = 3 if pending[2:3] == b"[" and second == "[" else 2
        end = start
        while end < len(pending) and 0x20 <= pending[end] < 0x40:
            end += 1
        if end - start > _LONGEST:
            return "", end
        if end == len(pending):
            return "", 0
        final = chr(pending[end])
        if not "@" <= final <= "~":
            return "", end
        numbers = pending[start:end].decode("ascii").split(";")
        if start == 3:
            return "", end + 1
        if final == "R" and len(numbers) == 2 and all(map(str.isdecimal, numbers)):
            self.report = (int(numbers[0]), int(numbers[1]))
            return "", end + 1
        return (_NUMBERS.get(numbers[0], "") if final == "~" else _LETTERS.get(final, "")), end + 1
