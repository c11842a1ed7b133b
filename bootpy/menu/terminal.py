"""A terminal of which nothing is known: a VT, an emulator, or a bare serial line.

No terminfo and no curses: the control sequences are those of the VT100, which every
emulator and the Linux console understand.
"""

import os
import select
import termios
from typing import Any

from bootpy.menu.keys import Keys

_ESCAPE_PAUSE = 0.2
"""Seconds after which a lone ESC is the key, not the beginning of a sequence; generous,
since a serial line over a management network tears sequences apart."""

_REPORT_PAUSE = 0.2
_UNKNOWN_SIZE = (24, 80)
_SIZES = range(2, 1000)
_SIZE_PAUSE = 1.0
"""Seconds between looks at the size of a window: cheaper than a signal handler's imports."""


class Terminal:
    """A terminal on two descriptors; as a context, raw, and afterwards as it was before.

    `kind` is what TERM says. `plain` is True where only plain lines can be written:
    "dumb", or no terminal at all. `gone` becomes True when the terminal is hung up.
    `encoding` is UTF-8 unless the locale names another character set: the Linux console
    and nearly everything at the other end of a serial line speak it today, and an
    initramfs has no locale to ask.
    """

    __slots__ = ("_asked", "_keys", "_saved", "_waiting", "_windowed", "encoding", "gone", "plain",
                 "reading", "writing")  # fmt: skip

    def __init__(
        self, reading: int = 0, writing: int = 1, kind: str = "", encoding: str = "utf-8"
    ) -> None:
        self.reading = reading
        self.writing = writing
        self.plain = kind == "dumb" or not (os.isatty(reading) and os.isatty(writing))
        self.encoding = encoding
        self.gone = False
        self._keys = Keys()
        self._waiting: list[str] = []
        self._saved: list[Any] | None = None
        self._asked = False
        self._windowed = False

    @classmethod
    def of_process(cls) -> "Terminal":
        """Return the terminal on standard input and output, as the environment describes it."""
        names = ("LC_ALL", "LC_CTYPE", "LANG")
        locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
        charset = locale.partition(".")[2].partition("@")[0].lower().replace("-", "")
        encoding = "utf-8" if charset in {"", "utf8"} else "ascii"
        return cls(kind=os.environ.get("TERM", ""), encoding=encoding)

    def __enter__(self) -> "Terminal":
        if os.isatty(self.reading):
            self._saved = termios.tcgetattr(self.reading)
            self._set_raw()
        return self

    def __exit__(self, *_: object) -> None:
        if self._saved is not None:
            try:
                termios.tcsetattr(self.reading, termios.TCSANOW, self._saved)
            except termios.error:
                self.gone = True
            self._saved = None

    def _set_raw(self) -> None:
        mode = termios.tcgetattr(self.reading)
        # Without IXON a stray Ctrl-S cannot stop an unattended boot; without ISIG Ctrl-C is
        # a key. Output stays as it is: the kernel writes to the same line.
        mode[0] &= ~(
            termios.BRKINT | termios.ICRNL | termios.IGNCR | termios.INLCR
            | termios.ISTRIP | termios.IXON
        )  # fmt: skip
        mode[1] |= termios.OPOST | termios.ONLCR
        mode[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
        mode[6][termios.VMIN] = 1
        mode[6][termios.VTIME] = 0
        termios.tcsetattr(self.reading, termios.TCSANOW, mode)

    def size(self) -> tuple[int, int]:
        """Return rows and columns: the kernel's, else the terminal's own answer, else 24 and 80.

        The terminal is asked once; an answer that comes late counts when it comes.
        """
        try:
            rows, columns = termios.tcgetwinsize(self.writing)
        except termios.error:
            rows, columns = 0, 0
        self._windowed = rows in _SIZES and columns in _SIZES
        if self._windowed:
            return rows, columns
        if not self._asked and not self.plain:
            self._asked = True
            self.write("\x1b7\x1b[999;999H\x1b[6n\x1b8")
            self._read(_REPORT_PAUSE)
        rows, columns = self._keys.report or _UNKNOWN_SIZE
        return (rows, columns) if rows in _SIZES and columns in _SIZES else _UNKNOWN_SIZE

    def write(self, text: str) -> None:
        """Write text; what the encoding lacks becomes "?". A terminal that is gone takes all."""
        data = text.encode(self.encoding, "replace")
        while data and not self.gone:
            try:
                data = data[os.write(self.writing, data) :]
            except BlockingIOError:
                waiter = select.poll()
                waiter.register(self.writing, select.POLLOUT)
                waiter.poll()
            except OSError:
                self.gone = True

    def wait(self, seconds: float | None, watched: int = -1) -> tuple[list[str], bool]:
        """Wait for keys, for `watched` to become readable, or so many seconds (None: for ever).

        Returns the keys (see `Keys`) and whether `watched` is readable. May return early
        with neither, so that a caller looks at the size again.
        """
        if self._windowed:
            seconds = _SIZE_PAUSE if seconds is None else min(seconds, _SIZE_PAUSE)
        news = not self._waiting and self._read(seconds, watched)
        keys, self._waiting = self._waiting, []
        return keys, news

    def _read(self, seconds: float | None, watched: int = -1) -> bool:
        """Wait once; add what keys came to those waiting; return whether `watched` is readable."""
        if self._keys.unfinished:
            seconds = _ESCAPE_PAUSE if seconds is None else min(seconds, _ESCAPE_PAUSE)
        waiter = select.poll()
        if not self.gone:
            waiter.register(self.reading, select.POLLIN)
        if watched >= 0:
            waiter.register(watched, select.POLLIN)
        ready = dict(waiter.poll(None if seconds is None else int(seconds * 1000) + 1))
        if self.reading in ready:
            try:
                data = os.read(self.reading, 1024)
            except BlockingIOError:
                return watched in ready
            except OSError:
                data = b""
            self.gone = not data
            self._waiting += self._keys.feed(data)
        elif self._keys.unfinished:
            self._waiting += self._keys.end()
        return watched in ready
