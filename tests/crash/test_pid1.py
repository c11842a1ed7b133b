"""What process 1 of the capture kernel makes of its child's end."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("work", "limit", "expected"),
    [
        ("lambda: 0", 0, "0"),
        ("lambda: 1", 60, "1"),
        ("lambda: 1 // 0", 0, "2"),
        ("lambda: os.kill(os.getpid(), 9)", 0, "-9"),
        ("lambda: time.sleep(600)", 1, "3"),
        # It has children of its own, as makedumpfile, which outlive it.
        ("lambda: os.fork() and 5 or time.sleep(1)", 60, "5"),
    ],
)
def test_every_end_of_a_child_is_an_answer(work: str, limit: int, expected: str) -> None:
    imports = "import os, time; from bootpy.crash.pid1 import in_child"
    code = f"{imports}; print(in_child({work}, {limit}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stdout == f"{expected}\n", done.stderr
