"""A short run of the fuzzing over every reader; `make fuzz` is the long one."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.case import load
from tests.fuzz.chunk import Chunk, Running
from tests.fuzz.folders import Folders
from tests.fuzz.running import TABLE, Meter

SEEDS = sorted(Path(__file__).with_name("seeds").glob("*.json"))
"""What fuzzing found once."""

OPEN = {case.why.partition(":")[0] for case in map(load, SEEDS) if case.open}
"""Kinds of problems that are known and not mended: their seeds tell when they are."""

FORMATS = [name for name, row in TABLE.items() if find_spec(row.module) is not None]


@pytest.mark.parametrize("name", FORMATS)
def test_reader_keeps_its_promises_for_any_input(name: str) -> None:
    tally = Running(Chunk(name, seed=1, number=0, inputs=300, largest=64 << 10)).result()
    assert tally.inputs == 300
    found = [case for kind, (_, case) in tally.failures.items() if kind not in OPEN]
    said = "\n".join(f"{case.why}\n{case.trees}"[:3000] for case in found)
    assert not found, f"{said}\nrepeat: make fuzz INPUTS=300 FORMATS={name}"


def test_there_is_something_to_run_the_readers_on() -> None:
    """Inputs that no reader finds an entry in would test little."""
    tally = Running(Chunk("syslinux", seed=2, number=0, inputs=100, largest=1 << 12)).result()
    assert tally.entries > 50


@pytest.mark.parametrize("path", SEEDS, ids=[path.stem for path in SEEDS])
def test_what_fuzzing_found_is_mended(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case = load(path)
    if case.open:
        request.applymarker(pytest.mark.xfail(reason=case.open, strict=True))
    outcome = Meter().run(case, Folders(tmp_path), schema=True)
    assert not outcome.problems
