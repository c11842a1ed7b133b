"""The families of rows, and what was measured of them: JSON, tables and a chart made of it."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from bench import commands, programs, readers
from bench.boots import growth, tables
from bench.boots.measure import measure as measure_boots
from bench.boots.plot import plot
from bootpy.errors import BootError
from initramfs.progress import step
from qemu.places import REPOSITORY, call

FAMILIES: tuple[ModuleType, ...] = (tables, growth, readers, programs, commands)
"""Each has NAME, ABOUT and `table`; all but boots, whose rows can be chosen, `measure`."""

RESULTS = REPOSITORY / "docs/benchmarks.json"
DOCUMENT = REPOSITORY / "docs/benchmarks.md"
CHART = REPOSITORY / "docs/boots.svg"


def measure(names: Sequence[str], rows: Sequence[str] = ()) -> dict[str, Any]:
    """Measure the families of these names, and return them with what was kept of the others.

    `rows` are the boots that are wanted, where not all are.
    """
    found: dict[str, Any] = kept() if RESULTS.exists() else {"schema": 2}
    found["measured"] = datetime.now(UTC).strftime("%Y-%m-%d")
    found["machine"] = machine()
    for family in FAMILIES:
        if family.NAME not in names:
            continue
        with step(f"Measuring {family.NAME}"):
            if family is tables:
                found[family.NAME] = measure_boots(rows, found.get(family.NAME, []))
            else:
                found[family.NAME] = family.measure()
    return found


def kept(path: Path = RESULTS) -> dict[str, Any]:
    """Return the results of the newest measurement."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def write(found: dict[str, Any]) -> None:
    """Keep results as JSON, put their tables into the document, and draw the chart."""
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(), found))
    CHART.write_text(plot(found.get(tables.NAME, [])))


def with_tables(text: str, found: dict[str, Any]) -> str:
    """Return the document with each family's table between its marks."""
    for family in FAMILIES:
        begin, end = f"<!-- make bench: {family.NAME} -->", "<!-- end -->"
        table = f"{begin}\n{family.table(found.get(family.NAME, []))}\n{end}"
        before, mark, rest = text.partition(begin)
        if mark:
            text = before + table + rest.partition(end)[2]
    return text


def machine() -> dict[str, str]:
    """Return what the figures were measured on and with."""
    return {"processor": _processor(), "python": platform.python_version(), "qemu": _qemu()}


def _processor() -> str:
    said = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return said[1] if said else platform.machine()


def _qemu() -> str:
    try:
        said = call(["qemu-system-x86_64", "--version"])
    except BootError:
        return ""
    found = re.search(r"version (\S+)", said)
    return found[1] if found else ""
