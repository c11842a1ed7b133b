"""Rows of growth: /init to the jump with many disks, and with many entries in a grub.cfg."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.boots import phases, target
from bench.boots.kernels import main_kernel
from bench.boots.measure import bench_of
from bench.boots.rows import bootpy_row, userlands
from initramfs.progress import step

NAME = "growth"
ABOUT = "Growth: /init to the jump with more disks, and with more entries in the grub.cfg."

DISKS = (1, 8, 64)
ENTRIES = (1, 10, 100, 1_000, 10_000)


def measure() -> list[dict[str, Any]]:
    """Measure both series, with the leanest userland that there is."""
    userland = userlands()[-1]
    return [
        *(_row("disks", number, userland) for number in DISKS),
        *(_row("entries", number, userland) for number in ENTRIES),
    ]


def _row(series: str, number: int, userland: str) -> dict[str, Any]:
    row = bootpy_row(userland, main_kernel())
    scsi = series == "disks"
    disks: tuple[Path, ...] = (target.disk(1 if scsi else number),)
    if scsi:
        disks += target.data_disks(number - 1)
    with bench_of(row, disks, scsi=scsi) as bench, step(f"Booting with {number} {series}"):
        counted = bench.run(until=phases.JUMP)
    init, jumped = phases.loader(counted)
    return {
        "series": series,
        "number": number,
        "userland": userland,
        "kernel": row.kernel.name,
        "instructions": jumped - init,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| what | number | /init to jump, M | more than one, M | times one |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    first = {row["series"]: row["instructions"] for row in reversed(rows)}
    for row in rows:
        count, one = row["instructions"], first[row["series"]]
        cells = (
            row["series"],
            f"{row['number']:,}",
            f"{count / 1e6:,.1f}",
            f"{(count - one) / 1e6:,.1f}",
            f"{count / one:.2f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
