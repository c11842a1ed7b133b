"""The rows of boots as Markdown: the comparison, and its stages."""

from __future__ import annotations

from typing import Any

from bench.boots import measure
from bench.boots.measure import PARTS
from bootpy.timeline import STAGES

NAME = measure.NAME
ABOUT = "Boots side by side, in millions of guest instructions (1 ns each under -icount)."

_COLUMNS = (
    *("loader", "raw, kB", "zstd -19", "xz -9e", "kernel unpacks", "kernel to /init"),
    *("/init to jump", "own share", "jump to kernel", "kernel to target's /init", "**total**"),
    *("less unpacking", "± %", "peak, MB", "least RAM, MiB"),
)


def table(rows: list[dict[str, Any]]) -> str:
    """Return both tables."""
    return f"{_comparison(rows)}\n\n{_stages(rows)}"


def _comparison(rows: list[dict[str, Any]]) -> str:
    lines = [f"| {' | '.join(_COLUMNS)} |", "| --- |" + " ---: |" * (len(_COLUMNS) - 1)]
    for row in rows:
        counts, image = row["instructions"], row["image"]
        unpack, kernel, loader, jump, target = (_millions(counts[part]) for part in PARTS)
        cells = (
            f"{row['about']} (`{row['name']}`)",
            *(f"{image[way] / 1e3:,.1f}" for way in ("raw", "zstd", "xz")),
            unpack,
            kernel,
            loader,
            _millions(row["own"]),
            jump,
            target,
            f"**{_millions(counts['total'])}**",
            _millions(counts["total"] - counts["unpack"]),
            f"{row['spread']['total']:.2f}",
            "" if row["memory"] is None else f"{row['memory'] / 1e3:.1f}",
            "" if row["least"] is None else str(row["least"]),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _stages(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(stage for row in rows for stage in row["stages"] if stage != "rest"))
    names = [*sorted(names, key=_place), "rest"]
    lines = [
        f"| /init to jump | {' | '.join(names)} | waited, ms |",
        "| --- |" + " ---: |" * (len(names) + 1),
    ]
    for row in rows:
        counts = [_millions(row["stages"].get(name)) for name in names]
        lines.append(f"| `{row['name']}` | {' | '.join(counts)} | {row['waited'] * 1e3:.0f} |")
    return "\n".join(lines)


ORDER = ("start", *(stage for stage in STAGES if stage != "kernel"), "rest")
"""Stages as a boot comes to them."""


def _place(stage: str) -> int:
    return ORDER.index(stage) if stage in ORDER else len(ORDER)


def _millions(count: int | None) -> str:
    return "" if count is None else f"{count / 1e6:,.1f}"
