"""Where the loader's timeline goes: the console, the kernel's log, a file for PID 1."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bootpy.menu.text import clean
from bootpy.timeline import LEVELS, MARKS, Moment, passes

LOG = "/run/bootpy/log"
"""The timeline as text, for PID 1 to quote when its child has died, and for the prompt."""

# Below the console's level, which early.py sets: the console has its own copy.
_KERNEL_LEVEL = {"debug": 7}
_KERNEL_INFO = 6

# kernel/printk/printk.c refuses more than 992 bytes at once; a character has up to four.
_KERNEL_RECORD = 240


class Console:
    """The terminal: lines at or above a level."""

    __slots__ = ("_fd", "_shown", "_waiting")

    def __init__(self, fd: int, level: str) -> None:
        self._fd = fd
        self._shown = frozenset(each for each in LEVELS if passes(each, level))
        self._waiting: list[Moment] | None = None

    def put(self, moment: Moment) -> None:
        """Write the line; a console that is gone is passed over."""
        if moment.level not in self._shown:
            return
        if self._waiting is not None:
            self._waiting.append(moment)
        else:
            _write(self._fd, f"{clean(str(moment))}\r\n")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep lines back while something else is drawn on the terminal; write them after it."""
        self._waiting = []
        try:
            yield
        finally:
            waiting, self._waiting = self._waiting, None
            for moment in waiting:
                self.put(moment)


class KernelLog:
    """/dev/kmsg: every line, so that dmesg and a crash dump have it."""

    __slots__ = ("_fd",)

    def __init__(self) -> None:
        try:
            self._fd = os.open("/dev/kmsg", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            self._fd = -1

    def put(self, moment: Moment) -> None:
        """Write the line with its level, a long one in parts; the kernel adds its own time."""
        level = _KERNEL_LEVEL.get(moment.level, _KERNEL_INFO)
        text = f"{MARKS.get(moment.level, '')}{moment.text}"
        for start in range(0, len(text) or 1, _KERNEL_RECORD):
            _write(self._fd, f"<{level}>bootpy: {text[start : start + _KERNEL_RECORD]}\n")


class LogFile:
    """`LOG`: every line."""

    __slots__ = ("_fd",)

    def __init__(self) -> None:
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._fd = os.open(LOG, flags, 0o644)
        except OSError:
            self._fd = -1

    def put(self, moment: Moment) -> None:
        """Append the line."""
        _write(self._fd, f"{clean(str(moment))}\n")


def _write(fd: int, line: str) -> None:
    if fd < 0:
        return
    try:
        os.write(fd, line.encode(errors="replace"))
    except OSError:
        return  # nobody can be told that telling failed


def last_line() -> str:
    """Return the newest line of `LOG`, "" where there is none."""
    try:
        with open(LOG, "rb") as file:
            lines = file.read().splitlines()
    except OSError:
        return ""
    return lines[-1].decode(errors="replace") if lines else ""
