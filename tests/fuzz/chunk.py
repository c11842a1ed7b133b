"""A chunk of cases in a process of its own: what it ran, and what went wrong.

Every chunk starts from the same memory and the same dice, so that neither the number of
processes nor an earlier chunk changes what it does. The case being run stands in shared
memory, so that it is known also where the process dies of it.
"""

from __future__ import annotations

import gc
import mmap
import multiprocessing
import os
import pickle
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.case import Case
from tests.fuzz.checking import Problem
from tests.fuzz.folders import Folders
from tests.fuzz.generating import Generator
from tests.fuzz.running import TABLE, Meter, Outcome, in_memory
from tests.fuzz.smaller import smaller

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SIZE = 1000
"""Cases in a chunk."""

Run = Callable[[Case], Outcome]

_ROOM = 64 << 20
_LEAVE = 400 << 20
"""Bytes of address space for a run: the machine is not to suffer from it."""

_SCHEMA_EVERY = 50
_TWICE_EVERY = 50
_MINIMISING_SECONDS = 8.0


@dataclass
class Tally:
    """What a number of cases came to; `failures` has one case for each kind of problem."""

    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    largest: int = 0
    entries: int = 0
    failures: dict[str, tuple[Problem, Case]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Take in what another one counted; of two cases for one problem the smaller stays."""
        self.inputs += other.inputs
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)
        self.largest = max(self.largest, other.largest)
        self.entries += other.entries
        for kind, number in other.counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + number
        for kind, (problem, case) in other.failures.items():
            kept = self.failures.get(kind)
            if kept is None or case.size < kept[1].size:
                self.failures[kind] = (problem, case)


@dataclass(frozen=True)
class Chunk:
    """So many cases of a format; `seed` and `number` decide what they are."""

    format: str
    seed: int
    number: int
    inputs: int = SIZE
    largest: int = 8 << 20
    on_disk: float = 0.04
    known: frozenset[str] = frozenset()
    """Kinds of problems of which a small case is there already: they are only counted."""


class Running:
    """A chunk's process, seen from outside."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self._now = mmap.mmap(-1, _ROOM)
        self.connection, theirs = multiprocessing.Pipe(duplex=False)
        context = multiprocessing.get_context("fork")
        self.process = context.Process(target=_work, args=(chunk, theirs, self._now))
        self.process.start()
        theirs.close()

    def result(self) -> Tally:
        """Wait for the end and return what came of it, the process's death included."""
        try:
            tally: Tally = self.connection.recv()
        except EOFError:
            tally = Tally()
        self.process.join()
        if self.process.exitcode:
            kind = f"died with {self.process.exitcode}"
            case = _case_in(self._now)
            if case is None:
                raise RuntimeError(f"{self.chunk} {kind} before its first case")
            tally.failures[kind] = (Problem(kind, kind), replace(case, why=kind))
            tally.counts[kind] = 1
        self._now.close()
        return tally

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.join()


def _case_in(shared: mmap.mmap) -> Case | None:
    length = int.from_bytes(shared[:8], "little")
    case: Case | None = pickle.loads(shared[8 : 8 + length]) if length else None
    return case


def _work(chunk: Chunk, connection: Connection, shared: mmap.mmap) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="bootpy-fuzz-", dir=_memory_folder()))
    try:
        connection.send(_run(chunk, shared, scratch))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _memory_folder() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _run(chunk: Chunk, shared: mmap.mmap, scratch: Path) -> Tally:
    generator = Generator(
        TABLE[chunk.format],
        f"{chunk.seed}:{chunk.format}:{chunk.number}",
        largest=chunk.largest,
        on_disk=chunk.on_disk,
    )
    folders = Folders(scratch)
    # What is there already is looked at by no collection: runs are measured by themselves.
    gc.collect()
    gc.freeze()
    _limit_memory()
    meter = Meter()
    run = partial(meter.run, folders=folders, schema=True)
    tally = Tally()
    began = time.process_time()
    for number in range(chunk.inputs):
        case = generator.case()
        packed = pickle.dumps(case)
        packed = packed if len(packed) <= _ROOM - 8 else b""
        shared[:8] = len(packed).to_bytes(8, "little")
        shared[8 : 8 + len(packed)] = packed
        if not case.on_disk and number % 5 == 0:
            case = _completed(generator, case, meter)
        outcome = meter.run(case, folders, schema=number % _SCHEMA_EVERY == 0)
        if number % _TWICE_EVERY == 1 and not outcome.problems:
            outcome = _twice(meter, case, folders, outcome)
        tally.inputs += 1
        tally.slowest = max(tally.slowest, outcome.seconds)
        tally.largest = max(tally.largest, outcome.kilobytes)
        tally.entries += sum(len(one.entries) for one in outcome.found)
        generator.learn(case, outcome.found)
        if outcome.problems:
            _note(tally, chunk.known, case, outcome, run)
    tally.seconds = time.process_time() - began
    return tally


def _completed(generator: Generator, case: Case, meter: Meter) -> Case:
    """Return the case with some of the files that its configurations name."""
    volumes = in_memory(case)
    meter.read(case, volumes)
    return generator.with_what_was_missing(case, volumes[0])


def _twice(meter: Meter, case: Case, folders: Folders, first: Outcome) -> Outcome:
    again = meter.run(case, folders)
    if repr(again.found) == repr(first.found):
        return first
    problem = Problem("not the same twice", "the same volumes gave another answer")
    return first._replace(problems=(problem,))


def _note(tally: Tally, known: frozenset[str], case: Case, outcome: Outcome, run: Run) -> None:
    """Count the problems of a case; of a kind that is new keep a case as small as may be."""
    for problem in outcome.problems:
        kind = problem.kind
        tally.counts[kind] = tally.counts.get(kind, 0) + 1
        if kind in tally.failures or kind in known:
            continue
        told = _same(kind, run(case))
        if told is None:
            # Too slow or too large only once: the machine's affair, or that of the runs before.
            tally.counts[kind] -= 1
            continue
        ends = time.process_time() + _MINIMISING_SECONDS
        small = smaller(case, partial(_fails, kind=kind, run=run, ends=ends))
        told = _same(kind, run(small)) or told
        tally.failures[kind] = (told, replace(small, why=f"{told.kind}: {told.message}"))


def _fails(case: Case, kind: str, run: Run, ends: float) -> bool:
    return time.process_time() < ends and _same(kind, run(case)) is not None


def _same(kind: str, outcome: Outcome) -> Problem | None:
    """Return the problem of one cause; where time was spent is known to a sample only."""
    slow = kind.startswith("time")
    return next(
        (one for one in outcome.problems
         if one.kind == kind or (slow and one.kind.startswith("time"))), None,
    )  # fmt: skip


def _limit_memory() -> None:
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size + _LEAVE, hard))
