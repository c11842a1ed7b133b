"""Says on standard error what is being done, and how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class _Lines:
    """How deep the steps are nested, and whether the last line still waits for its "done"."""

    def __init__(self) -> None:
        self.depth = 0
        self.waiting = False

    def begin(self) -> None:
        """Start a line of its own."""
        if self.waiting:
            print(file=sys.stderr)
            self.waiting = False


_lines = _Lines()


def say(message: str) -> None:
    """Print one line for the person who waits."""
    _lines.begin()
    print(message, file=sys.stderr, flush=True)


@contextmanager
def step(message: str) -> Iterator[None]:
    """Announce `message`, and close it with the seconds that the block took.

    On a terminal both stand on one line, unless something was said in between.
    """
    _lines.begin()
    _lines.depth += 1
    indent = "  " * _lines.depth
    _lines.waiting = sys.stderr.isatty()
    end = "" if _lines.waiting else "\n"
    print(f"{indent}{message} ...", end=end, file=sys.stderr, flush=True)
    start = time.monotonic()
    done = "failed after"
    try:
        yield
        done = "done in"
    finally:
        lead = "" if _lines.waiting else f"{indent}{message}:"
        _lines.waiting = False
        _lines.depth -= 1
        print(f"{lead} {done} {time.monotonic() - start:.1f} s", file=sys.stderr, flush=True)
