"""Rows of growth: /init to the jump with many disks, and with many entries in a grub.cfg."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.boots import phases, target
from bench.boots.kernels import main_kernel
from bench.boots.measure import bench_of, prepare
from bench.boots.parallel import each
from bench.boots.rows import Row, bootpy_row, userlands
from qemu.icount.run import Counted

NAME = "growth"
ABOUT = "Growth: /init to the jump with more disks, and with more entries in the grub.cfg."

DISKS = (1, 8, 64)
ENTRIES = (1, 10, 100, 1_000, 10_000)


def measure() -> list[dict[str, Any]]:
    """Measure both series, with the leanest userland that there is."""
    prepare(_row())
    wanted = [*(("disks", number) for number in DISKS), *(("entries", n) for n in ENTRIES)]
    for series, number in wanted:
        _disks(series, number)
    return each(_measured, wanted)


def _row() -> Row:
    return bootpy_row(userlands()[-1], main_kernel())


def _disks(series: str, number: int) -> tuple[Path, ...]:
    if series == "entries":
        return (target.disk(number),)
    return (target.disk(), *target.data_disks(number - 1))


def _measured(given: tuple[str, int]) -> dict[str, Any]:
    """Measure a boot with so many of something."""
    series, number = given
    row = _row()
    with bench_of(row, _disks(series, number), scsi=series == "disks") as bench:
        counted = bench.run(until=phases.JUMP, what=f"{number} {series}")
    init, jumped = phases.loader(counted)
    count = jumped - init if series == "disks" or was_read(counted, number) else None
    return {
        "series": series,
        "number": number,
        "userland": userlands()[-1],
        "kernel": row.kernel.name,
        "instructions": count,
    }


def was_read(counted: Counted, entries: int) -> bool:
    """Say whether the loader found so many entries in the grub.cfg, and has not refused it."""
    return counted.first(rf" {entries} entr(y|ies) in .*grub\.cfg") is not None


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| what | number | /init to jump, M | more than one, M | times one |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    first = {row["series"]: row["instructions"] for row in reversed(rows)}
    for row in rows:
        count, one = row["instructions"], first[row["series"]]
        if count is None:
            refused = "refused: the grub.cfg is too large"
            lines.append(f"| {row['series']} | {row['number']:,} | {refused} | | |")
            continue
        cells = (
            row["series"],
            f"{row['number']:,}",
            f"{count / 1e6:,.1f}",
            f"{(count - one) / 1e6:,.1f}",
            f"{count / one:.2f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
