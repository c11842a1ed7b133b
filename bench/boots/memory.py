"""The least memory with which a machine boots, found by trying.

No clock decides: a machine has failed when a line on its console says so, when it is off, or
when it has been silent for longer than a busy host needs.
"""

from __future__ import annotations

from collections.abc import Callable

STEP = 2
"""MiB: how exactly it is found."""

_LOW, _HIGH = 40, 296

FAILED = (
    r"Kernel panic|[Oo]ut of memory|Cannot allocate memory|deadlocked on memory|was killed by"
    r"|failed: errno|error: |waits for you"
)
"""What a console shows where memory does not do."""


def least(boots: Callable[[int], bool], known: int | None = None) -> int | None:
    """Return the least MiB that boots, None where the most that is tried does not.

    `known` is what was found before: where it still boots and a step less does not, that is it.
    """
    if known is not None and boots(known) and not boots(known - STEP):
        return known
    low, high = _LOW, _HIGH
    if not boots(high):
        return None
    while high - low > STEP:
        middle = (low + high) // (2 * STEP) * STEP
        low, high = (low, middle) if boots(middle) else (middle, high)
    return high
