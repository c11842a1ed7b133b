"""One counted boot: run until the machine is off, with all that its console showed."""

from __future__ import annotations

import os
import re
import selectors
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from bootpy.errors import BootError
from qemu.icount.machine import CountedMachine
from qemu.process import start

SILENCE = 300.0
"""Seconds of the host's time without a line after which a machine is given up."""

_SHOWN = 25


@dataclass(frozen=True)
class Record:
    """What the guest had executed when a line began, or when it came to marked code.

    `kind` is "line", "mark" or "end" (of QEMU); `text` the line, or the mark's name.
    """

    count: int
    kind: str
    text: str


@dataclass(frozen=True)
class Counted:
    """All records of a run, in their order; `failure` says why it was ended before its end."""

    records: tuple[Record, ...]
    failure: str = ""

    def lines(self) -> Iterator[Record]:
        """Yield the console's lines."""
        return (record for record in self.records if record.kind == "line")

    def first(self, pattern: str) -> Record | None:
        """Return the first line in which a regular expression is found."""
        return next((one for one in self.lines() if re.search(pattern, one.text)), None)

    def marks(self, name: str) -> list[Record]:
        """Return each time that marked code was come to."""
        return [one for one in self.records if (one.kind, one.text) == ("mark", name)]

    def tail(self) -> str:
        """Return the console's end."""
        return "\n".join([one.text for one in self.lines()][-_SHOWN:])


def run(
    machine: CountedMachine,
    marks: Mapping[str, str],
    *,
    until: str = r"(?!)",
    fatal: str = r"Kernel panic",
    silence: float = SILENCE,
) -> Counted:
    """Run a machine until it is off, or a line fits one of two regular expressions.

    At `until` it has done what was wanted, `fatal` is a failure. BootError: QEMU did not start,
    with what it said.
    """
    (console, sink), (records, writing) = os.pipe(), os.pipe()
    command = machine.command(console, writing, sink, marks)
    with tempfile.TemporaryFile() as errors, open(records, "rb") as source:
        try:
            process = start(command, errors, "qemu-system-x86", (console, sink, writing))
        finally:
            for descriptor in (console, sink, writing):
                os.close(descriptor)
        try:
            found, ended = _listen(source, re.compile(until), re.compile(fatal), silence)
        finally:
            process.kill()
            process.wait()
        if ended is None and not any(record.kind == "end" for record in found):
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()
            raise BootError(f"QEMU did not count: {said or 'it ended at once'}")
    return Counted(tuple(found), ended or "")


def _listen(
    source: IO[bytes], until: re.Pattern[str], fatal: re.Pattern[str], silence: float
) -> tuple[list[Record], str | None]:
    """Take records until there are no more; return them, and why no more were waited for.

    None: QEMU has ended. "": what was wanted was there.
    """
    found: list[Record] = []
    rest = b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(source, selectors.EVENT_READ)
        while waiting.select(silence):
            chunk = os.read(source.fileno(), 1 << 16)
            if not chunk:
                return found, None
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                count, kind, text = line.decode(errors="replace").split(" ", 2)
                found.append(Record(int(count), kind, text))
                if kind == "line" and fatal.search(text):
                    return found, text.strip()
                if kind == "line" and until.search(text):
                    return found, ""
    return found, f"no line for {silence:g} s"
