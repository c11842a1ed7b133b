"""Rows of boots: what each loader costs from the kernel's start to the target's /init."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

from bench.boots import phases, target
from bench.boots.archive import init_code
from bench.boots.memory import FAILED, NEAR, PATIENCE, least
from bench.boots.parallel import each
from bench.boots.rows import Absent, Row, chosen
from bench.boots.sizes import sizes
from initramfs.progress import say, step
from qemu.disks.target import cloud_kernel
from qemu.icount.compiling import plugin
from qemu.icount.machine import ENTRY_32, ENTRY_64, CountedMachine, code_at
from qemu.icount.run import Counted, run

NAME = "boots"

RUNS = 2
WORDS = "console=ttyS0 quiet loglevel=4 no_timer_check nokaslr panic=-1"
"""The loader's kernel is told: QEMU's timer needs no test, which fails on a busy host, and the
same addresses every time."""

_MEMORY = 512
_DETAILS = "bootpy.log=debug BENCH_MEMORY=1"
# What says it, and how many of its units are a kB: busybox 1.35 takes the kernel's kB for pages.
_PEAKS = (
    (re.compile(r"memory: (\d+) kB peak"), 1),
    (re.compile(r"VmHWM:\s+(\d+) kB"), 1),
    (re.compile(r"Maximum resident set size \(kbytes\): (\d+)"), 4),
)


@dataclass(frozen=True)
class Bench:
    """A row's machine, ready to run, and the marks that its runs are told by."""

    name: str
    machine: CountedMachine
    marks: dict[str, str]

    def run(
        self, words: str = "", *, until: str = r"(?!)", what: str = "run", counted: bool = True
    ) -> Counted:
        """Run it, with more words on the command line; `what` is for the person who waits."""
        append = f"{self.machine.append} {words}".strip()
        machine = replace(self.machine, append=append, counted=counted)
        with step(f"{self.name}: {what}"):
            return run(machine, self.marks, until=until)

    def boots(self, memory: int) -> bool:
        """Say whether the target comes up with so many MiB."""
        with step(f"{self.name}: {memory} MiB"):
            machine = replace(self.machine, memory=memory, counted=False)
            found = run(machine, self.marks, until=phases.TARGET, fatal=FAILED, silence=PATIENCE)
            return found.first(phases.TARGET) is not None


@contextmanager
def bench_of(row: Row, disks: tuple[Path, ...] = (), *, scsi: bool = False) -> Iterator[Bench]:
    """Give the machine of a row; its disk is the target's where none are given."""
    archive = row.archive()
    with tempfile.TemporaryDirectory(prefix="bootpy-bench-") as folder:
        initrd = Path(folder) / "initramfs.cpio"
        initrd.write_bytes(archive)
        words = f"{WORDS} {row.words}".strip()
        disks = disks or (target.disk(),)
        machine = CountedMachine(row.kernel.image, initrd, words, disks, _MEMORY, scsi)
        marks = {
            "kernel": code_at(row.kernel.image, ENTRY_32),
            "entry": code_at(cloud_kernel().image, ENTRY_64),
            "init": init_code(archive),
        }
        yield Bench(row.name, machine, marks)


def measure(names: Iterable[str] = (), kept: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """Measure the rows of these names, or all; those `kept` stay where they are not measured."""
    before = {row["name"]: row for row in kept}
    wanted: list[tuple[str, int]] = []
    for row in chosen(list(names)):
        if isinstance(row, Absent):
            say(f"  {row.name}: left out: {row.reason}")
            before.pop(row.name, None)
            continue
        prepare(row)
        wanted.append((row.name, before.get(row.name, {}).get("least") or NEAR))
    measured = {row["name"]: row for row in each(_named, wanted)}
    order = [row.name for row in chosen([])]
    merged = {**before, **measured} if names else measured
    found = [merged[name] for name in order if name in merged]
    return [{**row, "own": own_share(row, found)} for row in found]


def prepare(row: Row) -> None:
    """Make what a row boots, where it is not there: before machines run beside each other."""
    row.archive()
    target.disk()
    code_at(row.kernel.image, ENTRY_32)
    plugin()


def _named(given: tuple[str, int]) -> dict[str, Any]:
    """Measure the row of a name, whose least memory was near so many MiB."""
    name, near = given
    (row,) = (row for row in chosen([name]) if row.name == name and isinstance(row, Row))
    return one(row, near)


def one(row: Row, near: int = NEAR) -> dict[str, Any]:
    """Measure one row; its least memory is looked for near so many MiB.

    BootError: it does not boot.
    """
    with bench_of(row) as bench:
        boots = [phases.boot(bench.run(what=f"run {n} of {RUNS}")) for n in range(1, RUNS + 1)]
        # Where the loader tells no times, only its memory is of interest: then it may be quick.
        closer = bench.run(
            _DETAILS, until=phases.JUMP, what="a closer look", counted=row.keeps_record
        )
        phases.loader(closer)
        smallest = least(bench.boots, near)
        weight = sizes(bench.machine.initrd.read_bytes())
    counts = {part: round(mean(getattr(boot, part) for boot in boots)) for part in PARTS}
    stages = phases.recorded(closer) or boots[0].stages
    return {
        "name": row.name,
        "about": row.about,
        "kernel": row.kernel.name,
        "call": row.call,
        "image": weight,
        "instructions": counts | {"total": sum(counts.values())},
        "stages": phases.with_rest(stages, counts["loader"]),
        "waited": round(mean(boot.waited for boot in boots), 3),
        "spread": {
            part: spread([getattr(boot, part) for boot in boots]) for part in ("loader", "total")
        },
        "memory": peak(closer),
        "least": smallest,
    }


PARTS = ("unpack", "kernel", "loader", "jump", "target")


def spread(counts: list[int]) -> float:
    """Return by how many percent of the least the counts of several runs differ."""
    return round(100 * (max(counts) - min(counts)) / min(counts), 3)


def own_share(row: dict[str, Any], rows: list[dict[str, Any]]) -> int | None:
    """Return what a loader takes from /init to the jump beyond the floor's load of the same call.

    None where the floor was not measured on this row's kernel.
    """
    for floor in rows:
        is_floor = floor["name"].endswith(f"floor-{row['call']}")
        if is_floor and floor["kernel"] == row["kernel"]:
            return int(row["instructions"]["loader"] - floor["stages"]["load"])
    return None


def peak(counted: Counted) -> int | None:
    """Return the peak of the loader's memory in kB, as it says it itself."""
    for line in counted.lines():
        for pattern, units in _PEAKS:
            said = pattern.search(line.text)
            if said:
                return int(said[1]) // units
    return None
