"""Which processes are stopped, on a folder laid out like /proc; and stopping some for real."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bootpy.system.processes import others

STOP_OTHERS = """
import os, subprocess, sys
from bootpy.system import processes
processes.TO_END = 2.0
ends = subprocess.Popen(["sleep", "600"])
stays = subprocess.Popen(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"],
                         stdout=subprocess.PIPE)
stays.stdout.readline()
processes.stop_all(print)
print(ends.wait(), stays.wait())
"""


def process(proc: Path, pid: int, parent: int, words: bytes, shown: str = "(x) S") -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "stat").write_text(f"{pid} {shown} {parent} {pid} {pid} 0 -1 4194560\n")
    (folder / "cmdline").write_bytes(words)


def test_who_is_stopped(tmp_path: Path) -> None:
    process(tmp_path, 1, 0, b"init\0")
    process(tmp_path, 2, 0, b"")
    process(tmp_path, 20, 2, b"", "(kworker/0:1) I")
    process(tmp_path, 30, 1, b"/usr/sbin/cron\0-f\0")
    process(tmp_path, 31, 30, b"sh\0", "(a) R 2 (b) S")
    process(tmp_path, 32, 30, b"", "(gone) Z")
    process(tmp_path, 33, 1, b"@usr/sbin/plymouthd\0")
    process(tmp_path, 34, 1, b"python3\0")
    # Its arguments are gone, and yet it is no thread of the kernel's.
    process(tmp_path, 35, 1, b"")
    (tmp_path / "36").mkdir()
    (tmp_path / "meminfo").write_text("")
    assert sorted(others(str(tmp_path), own=34)) == [30, 31, 35]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a process namespace is made")
def test_processes_end_by_themselves_or_are_ended() -> None:
    """In a process namespace of its own, where all others are few."""
    apart = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    done = subprocess.run(
        [*apart, "sh", "-c", f'{sys.executable} -c "$1"; exit $?', "sh", STOP_OTHERS],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    first, second, ended = done.stdout.splitlines()
    assert first.startswith("SIGTERM to ")
    assert second.startswith("SIGKILL to ")
    assert ended == "-15 -9"
