"""The serial console: what came out of it, and waiting for what should."""

from __future__ import annotations

import re
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import pexpect
from pexpect.fdpexpect import fdspawn

SHOWN_LINES = 60
"""How much of the console's end a failure message holds."""

# A panic's report ends with the same words again: "---[ end Kernel panic ...".
PANIC = r"(?<!end )Kernel panic - not syncing[^\r\n]*[\r\n]"

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: window titles
    r"|\x1b[@-Z\\^_=>78c]|\x1b[()][0-9A-B]"
)


class ConsoleError(AssertionError):
    """The console did not show what was waited for; the message holds the console's end.

    An AssertionError, since a test that waits for a text in vain has failed.
    """


class Transcript:
    """All that the console has shown so far, in memory and in `path` where one is given.

    Where `echo` is set, it gets a copy while it comes.
    """

    def __init__(self, path: Path | None) -> None:
        self.echo: TextIO | None = None
        self._parts: list[str] = []
        self._file: TextIO | None = None
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Not translated: a console's line ends are part of what it shows.
            self._file = path.open("w", encoding="utf-8", newline="")

    def write(self, text: str) -> None:
        """Take what was read from the console (pexpect calls this)."""
        self._parts.append(text)
        for sink in filter(None, (self._file, self.echo)):
            sink.write(text)

    def flush(self) -> None:
        """Bring the file up to date (pexpect calls this)."""
        for sink in filter(None, (self._file, self.echo)):
            sink.flush()

    def close(self) -> None:
        """Close the file; the text stays at hand."""
        if self._file:
            self._file.close()
            self._file = None

    @property
    def text(self) -> str:
        """What was shown, without escape sequences, with plain line ends."""
        plain = _ESCAPES.sub("", "".join(self._parts))
        return re.sub(r"\r+\n", "\n", plain).replace("\0", "")

    def tail(self, lines: int = SHOWN_LINES) -> str:
        """Return the last lines."""
        return "\n".join(self.text.replace("\r", "\n").rstrip().splitlines()[-lines:])


class Console:
    """A serial console at the other end of a connected socket, written to `log` where given.

    Everything waited for has a time-out, in seconds. A kernel panic ends the wait at once,
    unless it is what is waited for.
    """

    def __init__(self, connection: socket.socket, log: Path | None = None) -> None:
        self.transcript = Transcript(log)
        self._spawn = fdspawn(
            connection.detach(), timeout=30, maxread=65536, encoding="utf-8", codec_errors="replace"
        )
        self._spawn.logfile_read = self.transcript
        self._open = True

    @property
    def text(self) -> str:
        """All that was read so far, without escape sequences."""
        return self.transcript.text

    def expect(self, *patterns: str, timeout: float = 90, panics: bool = False) -> re.Match[str]:
        """Wait until one of the regular expressions is seen, and return its match.

        What was matched is consumed: the next call looks behind it. With several patterns,
        `match.re.pattern` tells which. `panics` says that a kernel panic is no reason to
        stop. ConsoleError: time-out, panic, or the machine has ended.
        """
        wanted = [re.compile(pattern) for pattern in patterns]
        stops = [] if panics else [re.compile(PANIC)]
        begun = time.monotonic()
        try:
            index = self._spawn.expect_list([*wanted, *stops], timeout=timeout)
        except pexpect.TIMEOUT:
            raise self._failure(patterns, f"not seen within {timeout:g} s") from None
        except (pexpect.EOF, OSError):
            passed = time.monotonic() - begun
            raise self._failure(patterns, f"the machine ended after {passed:.1f} s") from None
        match = self._spawn.match
        assert isinstance(match, re.Match)
        if index >= len(wanted):
            self.drain(1.0)  # the rest of the panic's report
            raise self._failure(patterns, f"{match[0].strip()!r} came first")
        return match

    def send(self, text: str) -> None:
        """Type `text` as it is: no line end is added."""
        self._spawn.send(text)

    def line(self, text: str) -> None:
        """Type `text` and the Enter key."""
        self._spawn.send(f"{text}\r")

    def drain(self, seconds: float) -> str:
        """Read what comes within `seconds`, and return all that was not consumed yet."""
        # The pattern matches nothing: one of these is how the wait ends.
        with suppress(pexpect.TIMEOUT, pexpect.EOF, OSError):
            self._spawn.expect_list([re.compile(r"(?!)")], timeout=seconds)
        return str(self._spawn.before or "")

    def close(self) -> None:
        """Read what is left, and end the connection."""
        if not self._open:
            return
        self._open = False
        self.drain(0.05)
        self._spawn.close()
        self.transcript.close()

    def _failure(self, patterns: tuple[str, ...], reason: str) -> ConsoleError:
        wanted = " or ".join(repr(pattern) for pattern in patterns)
        return ConsoleError(
            f"waited for {wanted} on the console: {reason}\n"
            f"--- the console's end ---\n{self.transcript.tail()}\n---"
        )
