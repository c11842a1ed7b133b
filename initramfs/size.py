"""Says what is big in an image, from its manifest."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from initramfs.kernel import KernelOf

_TOP = 20
_DEPTH = 4


def report(manifest: Path) -> str:
    """Return a table for people: totals, by package, by folder, and the largest files.

    Sizes are in kB (1,000 bytes) of content before compression, except where it says so.
    """
    told: dict[str, Any] = json.loads(manifest.read_text())
    files = [row for row in told["files"] if row["type"] == "file"]
    size, kernel, packing = told["size"], told["kernel"], told["compression"]
    packages: Counter[str] = Counter()
    folders: Counter[str] = Counter()
    for row in files:
        packages[f"{row['package']} {row['version']}".strip()] += row["size"]
        folders[_folder(row["path"])] += row["size"]
    holds = "initramfs inside" if kernel["of"] == KernelOf.OWN else "as it is in its package"
    lines = [
        f"Profile {told['profile']}, userland {told['userland']}, kernel {kernel['of']} "
        f"({told['architecture']}), {len(files)} files",
        "",
        _line(kernel["size"], f"kernel {kernel['release']} ({holds})"),
        _line(size["raw"], "initramfs, raw"),
        _line(size["compressed"], f"initramfs, {packing['method']} (level {packing['level']})"),
        "",
        "By package",
        *(_line(count, name) for name, count in packages.most_common()),
        "",
        "By folder",
        *(_line(count, name) for name, count in folders.most_common(_TOP)),
        "",
        "Largest files",
    ]
    largest = sorted(files, key=lambda row: (-row["size"], row["path"]))[:_TOP]
    return "\n".join([*lines, *(_line(row["size"], row["path"]) for row in largest)])


def _line(size: int, name: str) -> str:
    return f"{size / 1000:>10,.0f} kB  {name}"


def _folder(path: str) -> str:
    """Return the folder, cut where it gets too fine; below kernel/ one level deeper."""
    parts = path.split("/")[1:-1]
    depth = _DEPTH + 3 if "modules" in parts else _DEPTH
    return "/" + "/".join(parts[:depth])
