"""A person's seat: a real pseudo-terminal with a terminal emulator in front of it."""

import os
import select
import termios
import threading
import time
from collections.abc import Callable

import pyte

from bootpy.diagnostics import Source
from bootpy.entry import Entry, File, Kind, Listing
from bootpy.menu.choice import Choice, choose
from bootpy.menu.terminal import Terminal
from bootpy.options import Options
from bootpy.policy.decision import Decision, decide

PATIENCE = 5.0
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"


def entry(
    name: str,
    *above: str,
    title: str = "",
    volume: str = "vda2",
    cmdline: str = "root=/dev/vda2 ro",
    exists: bool = True,
    kind: Kind = "linux",
) -> Entry:
    title = title or name
    return Entry(
        f"grub:{volume}:{name}",
        title,
        (*above, title),
        "grub",
        kind,
        Source(volume, "/boot/grub/grub.cfg", 12),
        kernel=None if kind == "action" else File(volume, f"/boot/vmlinuz-{name}", exists=exists),
        initrds=(File(volume, f"/boot/initrd-{name}", exists=True),),
        cmdline=cmdline,
    )


def offer(
    *entries: Entry, timeout: float = -1, asked: str | None = None, default: int = 0
) -> tuple[Listing, Decision]:
    listing = Listing(entries, entries[default].id if entries else None, timeout)
    return listing, decide(listing, Options(entry=asked))


class News:
    """A watch on a pipe: `tell` makes it readable."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        self._news: list[tuple[Listing, Decision]] = []

    def tell(self, news: tuple[Listing, Decision] | None) -> None:
        if news is not None:
            self._news.append(news)
        os.write(self._writing, b"!")

    def fileno(self) -> int:
        return self._reading

    def update(self) -> tuple[Listing, Decision] | None:
        os.read(self._reading, 1)
        return self._news.pop(0) if self._news else None


class Emulator(pyte.Screen):
    """An emulator that gives its answers to the menu, or to nobody."""

    def __init__(self, size: tuple[int, int], answer: Callable[[str], None] | None) -> None:
        self._answer = answer
        super().__init__(size[1], size[0])

    def write_process_input(self, data: str) -> None:
        if self._answer is not None:
            self._answer(data)


class Seat:
    """Runs `choose` on a pseudo-terminal; `screen` is what a person sees.

    `answers` says whether the terminal answers questions (cursor position reports), as a
    bare serial line with nobody at the other end does not.
    """

    def __init__(
        self,
        offered: tuple[Listing, Decision],
        *,
        watch: News | None = None,
        kind: str = "linux",
        encoding: str = "utf-8",
        size: tuple[int, int] = (24, 80),
        told: tuple[int, int] | None = None,
        answers: bool = True,
        typed: bytes = b"",
    ) -> None:
        self.master, self.slave = os.openpty()
        termios.tcsetwinsize(self.slave, size if told is None else told)
        self.before = termios.tcgetattr(self.slave)
        self.screen = Emulator(size, self._answer if answers else None)
        self._stream = pyte.ByteStream(self.screen)
        self.received = bytearray()
        self.answer: Choice | None = None
        self.error: BaseException | None = None
        self.seconds = 0.0
        if typed:
            os.write(self.master, typed)
        self._offered = offered
        self._watch = watch
        self._terminal = Terminal(self.slave, self.slave, kind, encoding)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        start = time.monotonic()
        try:
            self.answer = choose(self._terminal, *self._offered, self._watch)
        except BaseException as error:
            self.error = error
        self.seconds = time.monotonic() - start

    def _answer(self, text: str) -> None:
        os.write(self.master, text.encode())

    def read(self, seconds: float = 0.03) -> None:
        """Take what the menu writes until it is silent for so many seconds."""
        while select.select([self.master], [], [], seconds)[0]:
            data = os.read(self.master, 65536)
            self.received += data
            self._stream.feed(data)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())
        self.read(0.06)

    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    def see(self, text: str, times: int = 1) -> str:
        """Wait until `text` is on the screen and return its line."""
        return self.wait(lambda: self._line(text, times), f"{text!r}")

    def _line(self, text: str, times: int) -> str:
        found = [line for line in self.lines() if text in line]
        return found[-1] if len(found) >= times else ""

    def wait(self, condition: Callable[[], str], what: str) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read()
            found = condition()
            if found:
                return found
        shown = "\n".join(self.lines())
        raise AssertionError(f"{what} did not appear; {self.error or ''} the screen is:\n{shown}")

    def choice(self) -> Choice:
        """Wait for the menu's answer."""
        end = time.monotonic() + PATIENCE
        while self._thread.is_alive() and time.monotonic() < end:
            self.read()
        self.read()
        if self.error is not None:
            raise self.error
        assert self.answer is not None, "the menu did not end:\n" + "\n".join(self.lines())
        return self.answer

    def row(self, number: int, expected: str) -> None:
        """Wait until that row of the screen, from 0, reads so."""
        self.wait(lambda: "yes" if self.lines()[number] == expected else "", repr(expected))

    def selects(self, expected: str) -> None:
        """Wait until this line alone is marked ">" and set in reverse."""

        def reverse() -> list[int]:
            rows = range(self.screen.lines)
            return [row for row in rows if self.screen.buffer[row][3].reverse]

        def marked() -> list[int]:
            return [row for row, line in enumerate(self.lines()) if line.startswith(">")]

        def one() -> bool:
            return marked() == reverse() and [self.lines()[row] for row in marked()] == [expected]

        self.wait(lambda: "yes" if one() else "", f"the selection {expected!r}")
