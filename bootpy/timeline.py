"""Timeline: what happens and when, said on the console and in the kernel's log.

Each line goes to every sink whose level lets it through. Times are seconds of
CLOCK_MONOTONIC, which starts with the kernel, as the times in dmesg do.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol

LEVELS = ("report", "error", "warning", "info", "debug")
"""From what is always said to what is said only on demand; a report bears no mark."""

MARKS = {"error": "error: ", "warning": "warning: "}


class Moment(NamedTuple):
    """One line of the timeline: seconds since the kernel's start, level, text."""

    at: float
    level: str
    text: str

    def __str__(self) -> str:
        return f"[{self.at:9.3f}] {MARKS.get(self.level, '')}{self.text}"


class Sink(Protocol):
    """Where moments go: a console, the kernel's log, a file."""

    def put(self, moment: Moment) -> None:
        """Take one moment; a sink that fails keeps it to itself."""


class Timeline:
    """The moments so far, and the sinks that hear of each new one."""

    __slots__ = ("moments", "sinks")

    def __init__(self, *sinks: Sink) -> None:
        self.moments: list[Moment] = []
        self.sinks = list(sinks)

    def say(self, level: str, text: str) -> None:
        """Record one line at `level`, one of `LEVELS`."""
        moment = Moment(time.monotonic(), level, text)
        self.moments.append(moment)
        for sink in self.sinks:
            sink.put(moment)

    def error(self, text: str) -> None:
        """Say what failed."""
        self.say("error", text)

    def warning(self, text: str) -> None:
        """Say what looks wrong."""
        self.say("warning", text)

    def info(self, text: str) -> None:
        """Say what is done."""
        self.say("info", text)

    def debug(self, text: str) -> None:
        """Say what only a person who searches a fault wants to know."""
        self.say("debug", text)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Announce a step, and say at debug level how long it took."""
        start = time.monotonic()
        self.info(text)
        yield
        self.debug(f"{text}: {(time.monotonic() - start) * 1000:.1f} ms")


def passes(level: str, threshold: str) -> bool:
    """Say whether a line at `level` is shown where `threshold` is asked for."""
    return LEVELS.index(level) <= LEVELS.index(threshold)
