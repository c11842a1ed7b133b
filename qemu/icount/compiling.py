"""The bench's own C programs, compiled by the host's compiler and kept by their sources."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from qemu.disks.cache import made
from qemu.places import call

HERE = Path(__file__).resolve().parent

_WARNINGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror")


def compiled(source: Path, flags: Sequence[str], suffix: str = "") -> Path:
    """Return what gcc makes of `source`, with the headers beside it, and of `flags`.

    BootError: there is no compiler, or it refuses the source.
    """
    files = sorted([source, *source.parent.glob("*.h")])
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    key = [digests, _compiler(), _WARNINGS, list(flags)]
    words = ["gcc", *_WARNINGS, *flags, "-o"]
    return made(source.stem, key, lambda path: _compile([*words, path, source]), suffix=suffix)


def plugin() -> Path:
    """Return QEMU's plugin that counts."""
    flags = ("-shared", "-fPIC", "-fvisibility=hidden")
    return compiled(HERE / "count.c", flags, suffix=".so")


def _compile(words: Sequence[str | Path]) -> None:
    call(words)


@cache
def _compiler() -> str:
    return call(["gcc", "-dumpfullversion", "-dumpmachine"])
