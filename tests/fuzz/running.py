"""Run a reader on one case: its answer checked, its processor time and memory measured.

The product's own bounds are 1 second of processor time and 100 MB of memory for a run.
Processor time does not depend on what else the machine does.
"""

from __future__ import annotations

import os
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple

from bootpy.readers.table import FALLBACK, ROWS, Row
from bootpy.volume import Volume, Volumes
from tests.fuzz.checking import REPOSITORY, Problem, problems
from tests.fuzz.memory_volume import MemoryVolume
from tests.fuzz.watching import watched

if TYPE_CHECKING:
    from bootpy.entry import Configuration, Host
    from tests.fuzz.case import Case
    from tests.fuzz.folders import Folders

MOST_SECONDS = 1.0
MOST_KILOBYTES = 100 << 10
STOPPED_AFTER = 4.0
"""Seconds of processor time after which a run is broken off."""

Reader = Callable[[Volume, Volumes, "Host"], "list[Configuration]"]

TABLE: dict[str, Row] = {row.format: row for row in (*ROWS, FALLBACK)}


class Outcome(NamedTuple):
    """What a run gave: seconds of processor time, kB above `Meter.base`, what is wrong."""

    seconds: float
    kilobytes: int
    problems: tuple[Problem, ...]
    found: list[Configuration]


class _BrokenOff(BaseException):
    """No `except Exception` of a reader holds it up."""


def reader_of(row: Row) -> Reader:
    """Return the reader of a row. ModuleNotFoundError: there is none yet."""
    read: Reader = import_module(row.module).read
    return read


class Meter:
    """Measures runs in this process; `base` is its memory in kB when measuring began."""

    def __init__(self) -> None:
        self.base = self._peak_since_reset()

    def _reset_peak(self) -> None:
        # proc(5): 5 sets the peak resident set back to the present one (Linux 4.0 and newer).
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")

    def _peak_since_reset(self) -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def run(
        self,
        case: Case,
        folders: Folders | None = None,
        *,
        schema: bool = False,
        reader: Reader | None = None,
    ) -> Outcome:
        """Run a reader, that of the case's format by default, and check what it answers.

        `folders` makes trees that are `on_disk`; without it they are in memory too.
        """
        reader = reader or reader_of(TABLE[case.format])
        outcome = self._once(reader, case, folders, schema)
        for _ in range(2):
            # A busy machine makes processors slower: what is but a little late is looked at again.
            if not MOST_SECONDS < outcome.seconds < 2 * MOST_SECONDS:
                break
            again = self._once(reader, case, folders, schema)
            outcome = min(outcome, again, key=lambda one: one.seconds)
        return outcome

    def _once(self, reader: Reader, case: Case, folders: Folders | None, schema: bool) -> Outcome:
        if case.on_disk and folders is not None:
            with folders.volumes(case) as volumes:
                roots = tuple(volume.folder for volume in volumes)
                outcome = self._run(reader, case, volumes, roots, schema)
                escaped = _escapes(outcome.found, folders)
            return outcome._replace(problems=(*outcome.problems, *escaped))
        return self._run(reader, case, in_memory(case), (), schema)

    def read(self, case: Case, volumes: list[MemoryVolume]) -> None:
        """Let the reader look at the volumes, for what they are asked; nothing comes out."""
        with suppress(Exception, _BrokenOff), _timed() as _:
            reader_of(TABLE[case.format])(volumes[0], Volumes(volumes), case.host)

    def _run(
        self,
        read: Reader,
        case: Case,
        volumes: Sequence[Volume],
        roots: tuple[str, ...],
        schema: bool,
    ) -> Outcome:
        answer: list[Configuration] = []
        late: list[str] = []
        wrong: list[Problem] = []
        open_before = _descriptors()
        self._reset_peak()
        with watched(roots=roots) as opened:
            began = time.process_time()
            try:
                with _timed() as late:
                    answer = read(volumes[0], Volumes(volumes), case.host)
            except _BrokenOff:
                wrong.append(Problem(f"time {late[0]}", f"broken off after {STOPPED_AFTER} s"))
            except BaseException as error:  # also SystemExit and kin: nothing may come out
                if isinstance(error, KeyboardInterrupt):
                    raise
                place = _where(error)
                kind = f"{type(error).__name__} {place}"
                wrong.append(Problem(kind, f"{type(error).__name__}: {error} {place}"[:500]))
            seconds = time.process_time() - began
        kilobytes = self._peak_since_reset() - self.base
        if seconds > MOST_SECONDS and not wrong:
            place = late[0] if late else ""
            wrong.append(Problem(f"time {place}", f"{seconds:.1f} s of processor time"))
        if kilobytes > MOST_KILOBYTES:
            wrong.append(Problem("memory", f"{kilobytes >> 10} MB"))
        wrong += [Problem("opened behind the volume's back", path) for path in opened]
        if _descriptors() > open_before:
            wrong.append(Problem("descriptor", "a file stays open"))
        if not wrong:
            names = [volume.name for volume in volumes]
            wrong += problems(answer, names, schema=schema)
        return Outcome(seconds, kilobytes, tuple(wrong), answer)


def in_memory(case: Case) -> list[MemoryVolume]:
    """Return the trees of a case as volumes in memory, links and locked files left out."""
    from tests.fuzz.case import Other

    volumes = []
    for tree in case.trees:
        files: dict[str, bytes | None] = {}
        folders = []
        for path, node in tree.nodes.items():
            match node:
                case bytes():
                    files[path] = node
                case Other("folder"):
                    folders.append(path)
                case Other():
                    files[path] = None
        names = {name: value for name, value in tree.__dict__.items() if name != "nodes"}
        volumes.append(MemoryVolume(files, folders=tuple(folders), **names))
    return volumes


def _escapes(found: list[Configuration], folders: Folders) -> Iterator[Problem]:
    from tests.fuzz.folders import CANARY

    if CANARY in repr(found):
        yield Problem("outside", "what stands outside the volume came into the answer")
    if folders.canary_was_read():
        yield Problem("outside", "a file outside the volume was read")


def _descriptors() -> int:
    """Return the lowest free descriptor: it rises where one is left open."""
    free = os.dup(0)
    os.close(free)
    return free


@contextmanager
def _timed() -> Iterator[list[str]]:
    """Break a run off after its time, and tell in which module it was when it became late."""
    late: list[str] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if not late:
            late.append(_module(frame))
            signal.setitimer(signal.ITIMER_PROF, STOPPED_AFTER - MOST_SECONDS, 0.5)
            return
        # Again and again, for a reader may swallow one, in __del__ or a bare except.
        raise _BrokenOff

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        yield late
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _module(frame: FrameType | None) -> str:
    """Return the module of the readers' own code that is being run."""
    own = str(REPOSITORY / "bootpy") + "/"
    while frame is not None and own not in frame.f_code.co_filename:
        frame = frame.f_back
    return f"in {frame.f_code.co_filename.removeprefix(own)}" if frame else "in the rig"


def _where(error: BaseException) -> str:
    """Return the innermost place in the readers' own code."""
    own = str(REPOSITORY / "bootpy") + "/"
    frames = [one for one in traceback.extract_tb(error.__traceback__) if own in one.filename]
    if not frames:
        return "in the rig"
    last = frames[-1]
    return f"at {last.filename.removeprefix(own)}:{last.lineno} in {last.name}"
