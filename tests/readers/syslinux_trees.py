"""A tree with one SYSLINUX configuration, and what `bootpy list` says of it."""

from pathlib import Path

import pytest
from boot_trees import tree
from listed import Row, default_path, levels, listed, rows


def read(
    capfd: pytest.CaptureFixture[str],
    folder: Path,
    configurations: dict[str, str],
    *names: str,
    format_name: str = "syslinux",
) -> tuple[list[Row], str, float | None, list[tuple[str, str, int | None]]]:
    """Write files and stand-ins; return rows, default's path, timeout, and diagnostics."""
    tree(folder / "disk", {**dict.fromkeys(names, "x"), **configurations})
    output = listed(capfd, f"{folder}/disk")
    assert {entry["format"] for entry in output["entries"]} == {format_name}
    return rows(output, format_name), default_path(output), output["timeout"], levels(output)
