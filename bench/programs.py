"""Rows of whole programs: `bootpy list` from its start to its end, on Debian's own files."""

from __future__ import annotations

import tempfile
from compileall import compile_dir
from pathlib import Path
from typing import Any

from bench.configurations import UUID, Files
from bench.measuring import answers, instructions, middle, processor_seconds, python
from bench.readers import write
from initramfs.progress import step
from qemu.places import REPOSITORY

NAME = "programs"
ABOUT = "Debian 12's grub.cfg, as grub-mkconfig wrote it: read, and listed by the whole program."

READING = "reading alone"
"""The name of the row that is no program: Debian's grub.cfg once more, with all imported."""

_GRUB_CFG = REPOSITORY / "tests/readers/grub/data/debian12.cfg"
_VERSION = "6.1.0-28-amd64"


def _debian() -> Files:
    return {
        "/boot/grub/grub.cfg": _GRUB_CFG.read_bytes(),
        f"/boot/vmlinuz-{_VERSION}": b"",
        f"/boot/initrd.img-{_VERSION}": b"",
    }


def measure() -> list[dict[str, Any]]:
    """Measure a Python that does nothing, `bootpy list`, and the reading in it."""
    # As an installed program has it: what is not compiled yet would be, in every run.
    compile_dir(REPOSITORY / "bootpy", quiet=1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = write(_debian(), Path(scratch, "debian"))
        verb = ("-m", "bootpy.cli.main", "list")
        volume = f"path={folder},name=sda2,uuid={UUID}"
        with step("Running whole programs"):
            return [
                _program("python3, which does nothing", python("-c", "")),
                _program("bootpy list", python(*verb, volume)),
                _program("bootpy list --json", python(*verb, "--json", volume)),
                _reading(folder),
            ]


def _program(name: str, words: list[str]) -> dict[str, Any]:
    return {
        "name": name,
        "seconds": round(processor_seconds(words), 6),
        "instructions": instructions(words),
    }


def _reading(folder: str) -> dict[str, Any]:
    words = python("-m", "bench.one_reading", "grub", folder)
    again = [*words, folder]
    return {
        "name": READING,
        "seconds": round(middle(answers(again), "seconds"), 6),
        "instructions": instructions(again) - instructions(words),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as Markdown."""
    lines = ["| what | processor time | instructions |", "| --- | ---: | ---: |"]
    for row in rows:
        cells = (row["name"], f"{row['seconds'] * 1e3:.1f} ms", f"{row['instructions']:,}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
