"""Timeline: what happens and when, said on the console and in the kernel's log.

Each line goes to every sink whose level lets it through. Times are seconds of
CLOCK_MONOTONIC, which starts with the kernel, as the times in dmesg do.

Beside the lines stand spans: what took how long, recorded in every boot, said in none. Their
`record` is what `bootpy analyze` reads (docs/analyze.md).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple, Protocol

LEVELS = ("report", "error", "warning", "info", "debug")
"""From what is always said to what is said only on demand; a report bears no mark."""

MARKS = {"error": "error: ", "warning": "warning: "}

STAGES = (
    "kernel",
    "interpreter",
    "imports",
    "early",
    "drivers",
    "devices",
    "mounts",
    "readers",
    "policy",
    "wait",
    "menu",
    "load",
    "shutdown",
)
"""What a span can be part of, in the order in which a boot comes to them."""

LARGEST = 16 << 10
"""Bytes of a record, where the place for it has room for more."""

SETUP_TYPE = 0x6C747062
"""Type of the setup_data node with a record for the next kernel: "bptl" in its bytes' order.

No type of arch/x86/include/uapi/asm/setup_data.h is near; Linux passes over those that it does
not know, and shows them below /sys/kernel/boot_params/setup_data.
"""

_NAME = 200  # characters of a span's name in a record

# RFC 8259, 7: what may not stand in a string as it is.
_ESCAPES = {code: f"\\u{code:04x}" for code in range(32)} | {34: '\\"', 92: "\\\\"}


class Moment(NamedTuple):
    """One line of the timeline: seconds since the kernel's start, level, text."""

    at: float
    level: str
    text: str

    def __str__(self) -> str:
        return f"[{self.at:9.3f}] {MARKS.get(self.level, '')}{self.text}"


class Span(NamedTuple):
    """What took from `start` to `end`, in seconds since the kernel's start.

    `stage` is one of `STAGES`, `name` the driver, device, reader or step. Spans of a step's
    parts lie inside that of the step.
    """

    stage: str
    name: str
    start: float
    end: float


class Sink(Protocol):
    """Where moments go: a console, the kernel's log, a file."""

    def put(self, moment: Moment) -> None:
        """Take one moment; a sink that fails keeps it to itself."""


class Timeline:
    """The moments and the spans so far, and the sinks that hear of each new moment."""

    __slots__ = ("moments", "sinks", "spans")

    def __init__(self, *sinks: Sink) -> None:
        self.moments: list[Moment] = []
        self.spans: list[Span] = []
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

    def spent(self, stage: str, name: str, start: float) -> float:
        """Record that `name` took from `start` until now; return now, the next one's start."""
        now = time.monotonic()
        self.spans.append(Span(stage, name, start, now))
        return now

    @contextmanager
    def step(self, text: str, stage: str = "") -> Iterator[None]:
        """Announce a step, and say at debug level how long it took; a span where it has a stage."""
        start = time.monotonic()
        self.info(text)
        try:
            yield
        finally:
            if stage:
                self.spent(stage, text, start)
        self.debug(f"{text}: {(time.monotonic() - start) * 1000:.1f} ms")

    def record(self, ends: Literal["load", "jump", "now"], largest: int = LARGEST) -> bytes:
        """Return the spans as one line of JSON (docs/analyze.md), `largest` bytes at most.

        `ends` says before what it was made: what comes later is not in it. Of more spans than
        have room the shortest are left out, and counted. Written without the json module, which
        no boot needs otherwise.
        """
        import os

        from bootpy import __version__

        kernel = os.uname().release.translate(_ESCAPES)
        head = (
            f'{{"bootpy":"{__version__}","schema":1,"kernel":"{kernel}",'
            f'"wall":{time.time():.3f},"end":{round(time.monotonic() * 1e6)},"ends":"{ends}"'
        )
        rows = []
        for stage, name, start, end in self.spans:
            row = f'["{stage}","{_escaped(name[:_NAME])}",{round(start * 1e6)},{round(end * 1e6)}]'
            rows.append(row.encode(errors="replace"))
        room = largest - len(head) - len(',"left_out":99999,"spans":[]}')
        kept = rows
        if sum(map(len, rows)) + len(rows) > room:
            longest = sorted(
                range(len(rows)), key=lambda at: self.spans[at].start - self.spans[at].end
            )
            places = []
            for at in longest:
                room -= len(rows[at]) + 1
                if room < 0:
                    break
                places.append(at)
            kept = [rows[at] for at in sorted(places)]
        tail = f',"left_out":{len(rows) - len(kept)},"spans":['
        return b"".join((head.encode(errors="replace"), tail.encode(), b",".join(kept), b"]}"))


def _escaped(text: str) -> str:
    """Return text as it stands in a string of JSON; nearly all needs nothing, which is quicker."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return text.translate(_ESCAPES)


def passes(level: str, threshold: str) -> bool:
    """Say whether a line at `level` is shown where `threshold` is asked for."""
    return LEVELS.index(level) <= LEVELS.index(threshold)
