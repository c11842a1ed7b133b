"""`python -m bench.boots.compare A B`: bootpy's boots at two commits, side by side.

Both commits are checked out beside this tree, each builds its own image with its own builder,
and this tree's rig boots both. Downloads are shared.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.boots import loaders, phases
from bench.boots.archive import without_modules
from bench.boots.kernels import main_kernel
from bench.boots.measure import PARTS, bench_of
from bench.boots.rows import WORDS, Row
from bench.boots.sizes import sizes
from bootpy.errors import BootError
from initramfs.debian import default_cache
from initramfs.progress import say, step
from qemu.places import BUILD, REPOSITORY, call

USERLANDS = ("debian", "slim")


def main(arguments: list[str]) -> int:
    """Compare two commits; return the exit status."""
    if len(arguments) != 2 or not all(arguments):
        say("error: which two commits?\n  hint: make bench-compare A=v1 B=HEAD")
        return 2
    # Asked to end, it still takes away its working trees.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        before, after = (_measured(name) for name in arguments)
    except BootError as error:
        say(f"error: {error}")
        return 1
    print(table(arguments, before, after))
    return 0


def _measured(name: str) -> dict[str, dict[str, int]]:
    """Return what each userland of a commit weighs and takes, by its name."""
    found = {}
    with _tree(name) as tree:
        for userland in USERLANDS:
            if userland != USERLANDS[0] and not _has_userlands(tree):
                say(f"  {name}: its builder has no userland {userland}")
                continue
            with step(f"Measuring {name}, userland {userland}"):
                found[userland] = _one(_image(tree, userland), userland)
    return found


@contextmanager
def _tree(name: str) -> Iterator[Path]:
    """Give a working tree of a commit. BootError: git knows none of this name."""
    try:
        words = ["git", "rev-parse", "--verify", f"{name}^{{commit}}"]
        commit = call(words, folder=REPOSITORY).strip()
    except BootError:
        raise BootError(f"git knows no commit {name}", "`git log` lists them.") from None
    tree = BUILD / "compare" / commit[:12]
    # One that a killed run left may be half checked out.
    call(["git", "worktree", "prune"], folder=REPOSITORY)
    _remove(tree)
    try:
        call(["git", "worktree", "add", "--detach", str(tree), commit], folder=REPOSITORY)
        yield tree
    finally:
        _remove(tree)


def _remove(tree: Path) -> None:
    if tree.exists():
        call(["git", "worktree", "remove", "--force", "--force", str(tree)], folder=REPOSITORY)


def _has_userlands(tree: Path) -> bool:
    return "--userland" in call([sys.executable, "-m", "initramfs", "build", "--help"], folder=tree)


def _image(tree: Path, userland: str) -> bytes:
    words = [sys.executable, "-m", "initramfs", "build", "--profile", "cloud"]
    words += ["--output", str(tree / "build/image/compared")]
    words += ["--userland", userland] if _has_userlands(tree) else []
    cache = os.environ.get("BOOTPY_CACHE") or str(default_cache())
    said = call(words, folder=tree, environment={"BOOTPY_CACHE": cache})
    return loaders.unpacked(Path(said.split()[-1]))


def _one(archive: bytes, userland: str) -> dict[str, int]:
    kernel = main_kernel()
    archive = archive if kernel.has_modules else without_modules(archive)
    row = Row(f"bootpy-{userland}", "", kernel, "", lambda: archive, WORDS)
    with bench_of(row) as bench:
        boot = phases.boot(bench.run())
    counts = {part: int(getattr(boot, part)) for part in PARTS}
    return {**sizes(archive), **counts, "total": boot.total}


_SHOWN = {
    "raw": "image, raw, bytes",
    "zstd": "image, zstd -19, bytes",
    "xz": "image, xz -9e, bytes",
    "kernel": "kernel to /init, instructions",
    "loader": "/init to the jump, instructions",
    "jump": "jump to the kernel, instructions",
    "target": "kernel to the target's /init, instructions",
    "total": "total, instructions",
}


def table(
    names: list[str], before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]
) -> str:
    """Return the differences as Markdown."""
    head = f"| userland | what | {names[0]} | {names[1]} | difference |"
    lines = [head, "| --- | --- |" + " ---: |" * 3]
    for userland in dict.fromkeys([*before, *after]):
        for key, text in _SHOWN.items():
            old, new = before.get(userland, {}).get(key), after.get(userland, {}).get(key)
            cells = ("" if one is None else f"{one:,}" for one in (old, new))
            change = ""
            if old and new is not None:
                change = f"{new - old:+,} ({100 * (new - old) / old:+.2f} %)"
            lines.append(f"| {userland} | {text} | {' | '.join(cells)} | {change} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
