"""A line asked for on a real pseudo-terminal, as a person types it."""

import os
import threading
import time

import pytest

from bootpy.menu.asking import Asking
from bootpy.menu.terminal import Terminal

UP = b"\x1b[A"


class Typist:
    """What types at the other end of the terminal, and reads what is shown there."""

    def __init__(self) -> None:
        self.hand, line = os.openpty()
        self.waiting = b""  # what is typed once the prompt is seen: before it, no line is raw
        self.asking = Asking(Terminal(line, line, kind="vt100"))
        threading.Thread(target=self._swallow, daemon=True).start()
        self.shown = b""

    def _swallow(self) -> None:
        while True:
            try:
                data = os.read(self.hand, 4096)
            except OSError:
                return
            self.shown += data
            if b"\x1b[6n" in data:  # the terminal is asked for its size
                os.write(self.hand, b"\x1b[24;80R")
            if data.endswith(b">>> ") and self.waiting:
                keys, self.waiting = self.waiting, b""
                os.write(self.hand, keys)

    def sees(self, text: bytes) -> None:
        deadline = time.monotonic() + 5
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            time.sleep(0.01)

    def types(self, keys: bytes) -> str:
        self.waiting = keys
        return self.asking.ask(">>> ")


def test_a_line_is_edited_before_it_is_given() -> None:
    typist = Typist()
    assert typist.types(b"boo 1\x1b[D\x1b[Dt\r") == "boot 1"
    typist.sees(b">>> boot 1")


def test_up_brings_back_what_was_given_and_lines_typed_ahead_wait() -> None:
    typist = Typist()
    assert typist.types(b"ls\rentries\r") == "ls"
    assert typist.asking.ask(">>> ") == "entries"
    assert typist.types(UP + UP + b" vda2:/\r") == "ls vda2:/"
    assert typist.types(UP + b"\r") == "ls vda2:/"


def test_the_ends_of_a_prompt() -> None:
    typist = Typist()
    with pytest.raises(EOFError):
        typist.types(b"\x04")
    with pytest.raises(KeyboardInterrupt):
        typist.types(b"half a line\x03")
    assert typist.types(b"whole\r") == "whole"
