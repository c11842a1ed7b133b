"""The least memory with which a machine boots, found by trying.

No clock decides: a machine has failed when a line on its console says so, when it is off, or
when it has been silent for longer than a busy host needs.
"""

from __future__ import annotations

from collections.abc import Callable

STEP = 2
"""MiB: how exactly it is found."""

NEAR = 128
_LOW, _HIGH = 40, 600
"""MiB: what no loader does with, and what every one has to do with."""

PATIENCE = 120.0
"""Seconds of silence after which a machine has failed that says nothing."""

FAILED = (
    r"Kernel panic|[Oo]ut of memory|Cannot allocate memory|deadlocked on memory|was killed by"
    r"|failed: errno|error: |waits for you"
)
"""What a console shows where memory does not do."""


def least(boots: Callable[[int], bool], near: int = NEAR) -> int | None:
    """Return the least MiB that boots, None where the most that is tried does not.

    It is looked for from `near` on: where that is what was found before, two boots tell that it
    still is.
    """
    stride = STEP
    if boots(near):
        low, high = near - stride, near
        while low > _LOW and boots(low):
            stride *= 2
            low, high = low - stride, low
    else:
        low, high = near, near + stride
        while not boots(high):
            if high >= _HIGH:
                return None
            stride *= 2
            low, high = high, high + stride
    while high - low > STEP:
        middle = (low + high) // (2 * STEP) * STEP
        low, high = (low, middle) if boots(middle) else (middle, high)
    return high
