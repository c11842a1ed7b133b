"""The families of rows, and what was measured of them: JSON, and the tables made of it."""

from __future__ import annotations

import json
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from bench import programs, readers
from qemu.places import REPOSITORY

FAMILIES: tuple[ModuleType, ...] = (readers, programs)

RESULTS = REPOSITORY / "docs/benchmarks.json"
DOCUMENT = REPOSITORY / "docs/benchmarks.md"


def measure(names: list[str]) -> dict[str, Any]:
    """Measure the families of these names, and return them with what was kept of the others."""
    found: dict[str, Any] = kept() if RESULTS.exists() else {"schema": 1}
    found["measured"] = datetime.now(UTC).strftime("%Y-%m-%d")
    found["machine"] = {"processor": _processor(), "python": platform.python_version()}
    for family in FAMILIES:
        if family.NAME in names:
            found[family.NAME] = family.measure()
    return found


def kept(path: Path = RESULTS) -> dict[str, Any]:
    """Return the results of the newest measurement."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def write(found: dict[str, Any]) -> None:
    """Keep results as JSON, and put their tables into the document."""
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(), found))


def with_tables(text: str, found: dict[str, Any]) -> str:
    """Return the document with each family's table between its marks."""
    for family in FAMILIES:
        begin, end = f"<!-- make bench: {family.NAME} -->", "<!-- end -->"
        table = f"{begin}\n{family.table(found.get(family.NAME, []))}\n{end}"
        before, mark, rest = text.partition(begin)
        if mark:
            text = before + table + rest.partition(end)[2]
    return text


def _processor() -> str:
    said = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return said[1] if said else platform.machine()
