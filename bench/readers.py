"""Rows of readers: what 10, 100, 1,000 and 10,000 entries of each format cost."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.configurations import MAKERS, Files
from bench.measuring import answers, instructions, middle, python
from bootpy.errors import BootError
from bootpy.readers.table import FALLBACK, ROWS
from initramfs.progress import step

NAME = "readers"
ABOUT = "Reading a configuration of so many entries, all of whose kernels are there."

SIZES = (10, 100, 1_000, 10_000)
COUNTED = 1_000
"""Instructions are counted up to here: Valgrind is thirty times slower than the processor."""

_MOST = {"heuristic": 200}
"""Entries of the formats whose readers end at a bound of their own."""

_MAY_BE_REFUSED = 1 << 20
"""Bytes: no loader reads so much configuration, and a reader may say so."""


def measure() -> list[dict[str, Any]]:
    """Measure every format that has a reader and a maker of configurations."""
    modules = {row.format: row.module for row in (*ROWS, FALLBACK)}
    return [row for name in MAKERS if find_spec(modules[name]) is not None for row in _format(name)]


def _format(name: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as scratch:
        warm = write(MAKERS[name](1), Path(scratch, "warm"))
        with step(f"Reading {name}"):
            idle = instructions(_reading(name, warm))
            return [_row(name, size, scratch, warm, idle) for size in sizes_of(name)]


def sizes_of(name: str) -> list[int]:
    """Return the numbers of entries that a format is measured with."""
    most = _MOST.get(name, SIZES[-1])
    return [size for size in SIZES if size <= most]


def _row(name: str, entries: int, scratch: str, warm: str, idle: int) -> dict[str, Any]:
    files = MAKERS[name](entries)
    folder = write(files, Path(scratch, str(entries)))
    words = _reading(name, warm, folder)
    found = answers(words)
    row: dict[str, Any] = {
        "format": name,
        "entries": entries,
        "bytes": sum(len(content) for content in files.values()),
        "seconds": None,
        "instructions": None,
        "kilobytes": None,
    }
    if middle(found, "entries") == 0 and row["bytes"] > _MAY_BE_REFUSED:
        return row
    if middle(found, "entries") != entries:
        raise BootError(f"of {entries} entries {name} found {middle(found, 'entries')}")
    return row | {
        "seconds": round(middle(found, "seconds"), 6),
        "instructions": instructions(words) - idle if entries <= COUNTED else None,
        "kilobytes": int(middle(found, "kilobytes")),
    }


def _reading(name: str, *folders: str) -> list[str]:
    return python("-m", "bench.one_reading", name, *folders)


def write(files: Files, folder: Path) -> str:
    """Write files below a folder, and return its name."""
    for path, content in files.items():
        place = folder / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return str(folder)


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| format | entries | processor time | per entry | instructions per entry | memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        entries = row["entries"]
        counted = row["instructions"]
        if row["seconds"] is None:
            told = f"too large: {row['bytes'] / (1 << 20):.1f} MB"
            lines.append(f"| {row['format']} | {entries:,} | {told} | | | |")
            continue
        cells = (
            row["format"],
            f"{entries:,}",
            f"{row['seconds'] * 1e3:.1f} ms",
            f"{row['seconds'] / entries * 1e6:.0f} µs",
            f"{counted / entries:,.0f}" if counted is not None else "",
            f"{row['kilobytes'] / 1024:.1f} MB",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
