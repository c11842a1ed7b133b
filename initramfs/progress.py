"""Says on standard error what is being done, and how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(message: str) -> None:
    """Print one line for the person who waits."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def step(message: str) -> Iterator[None]:
    """Announce `message`, and close it with the seconds that the block took."""
    interactive = sys.stderr.isatty()
    print(f"  {message} ...", end="" if interactive else "\n", file=sys.stderr, flush=True)
    start = time.monotonic()
    done = "failed after"
    try:
        yield
        done = "done in"
    finally:
        seconds = time.monotonic() - start
        lead = "" if interactive else f"  {message}:"
        print(f"{lead} {done} {seconds:.1f} s", file=sys.stderr, flush=True)
