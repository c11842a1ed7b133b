"""`make fuzz`: every reader of the table, with as many inputs as one likes.

A table tells what came of it; what failed lies in build/fuzz/FORMAT/, made as small as it
went, and is run again with `python -m tests.fuzz --repeat FILE`.
"""

import argparse
import re
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from multiprocessing.connection import wait
from pathlib import Path

from bootpy.readers.table import Row
from tests.fuzz.case import load, to_json
from tests.fuzz.chunk import SIZE, Chunk, Running, Tally
from tests.fuzz.folders import Folders
from tests.fuzz.running import TABLE, Meter

BUILD = Path("build/fuzz")


def main(arguments: list[str] | None = None) -> int:
    """Fuzz, or repeat one case; 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="per format")
    parser.add_argument("--formats", default="", help="blank-separated; default: all")
    parser.add_argument("--seed", type=int, default=1, help="other inputs with another number")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--output", type=Path, default=BUILD, help="folder for what failed")
    parser.add_argument("--repeat", type=Path, help="run one kept case")
    given = parser.parse_args(arguments)
    if given.repeat:
        return _repeat(given.repeat, given.output)
    unknown = set(given.formats.split()) - set(TABLE)
    if unknown:
        parser.error(f"no such format: {' '.join(sorted(unknown))}; there are {' '.join(TABLE)}")
    rows = [TABLE[name] for name in given.formats.split() or TABLE]
    print(_HEAD, flush=True)
    failed = False
    for row in rows:
        failed |= _fuzz(row, given.inputs, given.seed, given.jobs, given.output)
    return 1 if failed else 0


_COLUMNS = "{:<12} {:>9} {:>9} {:>11} {:>11} {:>8}  {}"
_HEAD = _COLUMNS.format(
    "format", "inputs", "inputs/s", "slowest, s", "largest, MB", "entries", "failures"
)


def _fuzz(row: Row, inputs: int, seed: int, jobs: int, output: Path) -> bool:
    if find_spec(row.module) is None:
        print(_COLUMNS.format(row.format, "-", "", "", "", "", "there is no reader yet"))
        return False
    began = time.monotonic()
    tally = Tally()
    waiting = [
        Chunk(row.format, seed, number, min(SIZE, inputs - start))
        for number, start in enumerate(range(0, inputs, SIZE))
    ][::-1]
    running: list[Running] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                known = frozenset(tally.failures)
                running.append(Running(replace(waiting.pop(), known=known)))
            ready = wait([one.connection for one in running])
            for one in [one for one in running if one.connection in ready]:
                running.remove(one)
                tally.add(one.result())
    finally:
        for one in running:
            one.stop()
    rate = tally.inputs / max(time.monotonic() - began, 0.001)
    told = f"{sum(tally.counts.values())} of {len(tally.failures)} kinds" if tally.failures else "0"
    print(
        _COLUMNS.format(
            row.format,
            tally.inputs,
            f"{rate:.0f}",
            f"{tally.slowest:.3f}",
            f"{tally.largest / 1024:.1f}",
            tally.entries,
            told,
        ),
        flush=True,
    )
    for path, times in _kept(tally, output / row.format):
        print(f"    {times} x {load(path).why[:150]!r}\n      python -m tests.fuzz --repeat {path}")
    return bool(tally.failures)


def _kept(tally: Tally, folder: Path) -> list[tuple[Path, int]]:
    """Write each failing case into a file of its own."""
    paths = []
    for kind, (_, case) in sorted(tally.failures.items()):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{re.sub(r'[^a-zA-Z0-9]+', '-', kind).strip('-').lower()[:80]}.json"
        path.write_text(to_json(case))
        paths.append((path, tally.counts.get(kind, 1)))
    return paths


def _repeat(path: Path, output: Path) -> int:
    case = load(path)
    folders = Folders(output / "repeated")
    meter = Meter()
    outcome = meter.run(case, folders, schema=True)
    print(f"{outcome.seconds:.3f} s, {outcome.kilobytes / 1024:.1f} MB")
    for one in outcome.found:
        print(f"{one.source}: {len(one.entries)} entries, default {one.default!r}")
        for said in one.diagnostics[:20]:
            print(f"  {said}"[:300])
    for problem in outcome.problems:
        print(f"FAILED: {problem.kind}: {problem.message}")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
