"""Boots beside each other: what they count does not depend on how busy the host is."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def jobs() -> int:
    """Return how many machines run at once: $BENCH_JOBS, or two, where there are processors."""
    return int(os.environ.get("BENCH_JOBS") or min(2, os.cpu_count() or 1))


def each(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return what `work` makes of each item, in their order; `work` is a module's function."""
    if jobs() == 1:
        return [work(item) for item in items]
    # What was made ahead in this process is there in those that it forks.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs(), mp_context=context) as pool:
        return list(pool.map(work, items))
