"""Fresh processes, measured: processor time, and instructions that no other load changes.

Processor time is the median of some runs. It still depends on what else the machine does,
for processors share caches and clock. Instructions are counted by Valgrind (cachegrind
without its caches), with Python's hashes fixed and an environment that is always the same:
they differ by less than one in a thousand from run to run, and not from machine to machine.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from bootpy.errors import BootError
from qemu.places import REPOSITORY

RUNS = 5

_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "PYTHONPATH": str(REPOSITORY),
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def python(*arguments: str) -> list[str]:
    """Return the command line of a Python without site-packages: what the image has."""
    return [os.path.realpath(sys.executable), "-S", *arguments]


def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program. BootError: it failed."""
    done = subprocess.run(
        words, cwd=REPOSITORY, env=_ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BootError(f"{' '.join(words)}: exit status {done.returncode}\n{done.stderr[-3000:]}")
    return done


def answers(words: Sequence[str]) -> list[dict[str, Any]]:
    """Run a program that prints JSON, several times."""
    return [json.loads(run(words).stdout) for _ in range(RUNS)]


def middle(found: Sequence[dict[str, Any]], name: str) -> float:
    """Return the median of a value that each of the answers has."""
    return float(median(one[name] for one in found))


def processor_seconds(words: Sequence[str]) -> float:
    """Return what a whole program takes, start-up included: user and system time, the median."""
    return median(_seconds(lambda: run(words)) for _ in range(RUNS))


def _seconds(work: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def instructions(words: Sequence[str]) -> int:
    """Count the instructions of a program in user space.

    BootError: Valgrind is not installed, or the program failed.
    """
    if shutil.which("valgrind") is None:
        raise BootError("valgrind is not installed", "Install Debian's package valgrind.")
    tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    said = run([*tool, *words]).stderr
    found = re.search(r"I +refs: +([\d,]+)", said)
    if found is None:
        raise BootError(f"valgrind did not count:\n{said[-2000:]}")
    return int(found[1].replace(",", ""))
