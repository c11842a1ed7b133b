"""Rows of commands on a running Debian: a kernel and an initrd loaded by bootpy and by kexec.

The system is an initramfs of Debian's own packages: its kernel, busybox's shell, kexec-tools, and
the Python and the command that the package of bootpy installs. Each command runs once to be warm:
its files are in memory, and Python has kept its byte-code. Then its instructions are counted from
the shell's line before it to the one after it, in two machines.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

from bench.boots.parallel import each
from bootpy.errors import BootError
from initramfs import cpio
from initramfs.elf import closure
from initramfs.progress import step
from initramfs.sysroot import Sysroot
from initramfs.tree import GENERATED, Tree
from qemu.disks.installed import PACKAGES
from qemu.disks.target import cloud_kernel, debian_packages
from qemu.icount.compiling import plugin
from qemu.icount.machine import CountedMachine
from qemu.icount.run import run
from qemu.places import REPOSITORY

NAME = "commands"
ABOUT = "A 14 MB kernel and a 30 MB initrd loaded on a running Debian, program start included."

THEIRS = "kexec -s -l"
"""The row that the others are compared with."""

_FILES = "/k --initrd=/i --command-line=quiet"
_COMMANDS = {
    "python3, which does nothing": "python3.11 -c ''",
    THEIRS: f"kexec -s -l {_FILES}",
    "kexec -c -l": f"kexec -c -l {_FILES}",
    "bootpy load": f"bootpy load --kernel {_FILES}",
    "bootpy load --call file": f"bootpy load --call file --kernel {_FILES}",
    "bootpy kexec -s -l": f"bootpy kexec -s -l {_FILES}",
}
_RUNS = 2
_INITRD = 30 << 20
_MEMORY = 1024
_WORDS = "console=ttyS0 quiet loglevel=4 no_timer_check nokaslr panic=-1"

_INIT = """\
#!/bin/busybox sh
export PATH=/usr/bin:/usr/sbin:/bin:/sbin PYTHONHASHSEED=0
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
echo 0 > /proc/sys/kernel/randomize_va_space
echo never > /sys/kernel/mm/transparent_hugepage/enabled
row() {
  name=$1; shift
  "$@" || echo "bench: failed: $name"
  kexec -u
  echo "bench: begin $name"
  "$@"
  echo "bench: end $name"
  kexec -u
}
ROWS
poweroff -f
"""
# As pip and the Debian package write a program of [project.scripts].
_PROGRAM = """\
#!/usr/bin/python3.11
import sys
from bootpy.cli.main import main
if __name__ == "__main__":
    sys.exit(main())
"""
_LINE = re.compile(r"bench: (begin|end) (.*)")


def measure() -> list[dict[str, Any]]:
    """Measure each command in one machine. BootError: one of them fails there."""
    with tempfile.TemporaryDirectory(prefix="bootpy-bench-") as folder:
        initrd = Path(folder) / "initramfs.cpio"
        with step("Laying out a Debian"):
            initrd.write_bytes(_system(Path(folder)))
        machine = CountedMachine(
            cloud_kernel().image, initrd, _WORDS, memory=_MEMORY, sleepless=True
        )
        plugin()
        with step("Running commands in it"):
            runs = each(_run, [machine] * _RUNS)
    return [_row(name, [taken[name] for taken in runs]) for name in _COMMANDS]


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as Markdown."""
    theirs = next((row["instructions"] for row in rows if row["name"] == THEIRS), 0)
    lines = [
        f"| command | instructions, M | times `{THEIRS}` | spread, % |",
        "| --- | ---: | ---: | ---: |",
    ]
    for row in rows:
        count = row["instructions"]
        lines.append(
            f"| {row['name']} | {count / 1e6:,.1f} | {count / theirs:.2f} | {row['spread']:.2f} |"
        )
    return "\n".join(lines)


def _run(machine: CountedMachine) -> dict[str, int]:
    """Return what each command took, in instructions."""
    counted = run(machine, {})
    begun: dict[str, int] = {}
    taken: dict[str, int] = {}
    for line in counted.lines():
        found = _LINE.search(line.text)
        if found and found[1] == "begin":
            begun[found[2]] = line.count
        elif found and found[2] in begun:
            taken[found[2]] = line.count - begun[found[2]]
    failed = counted.first(r"bench: failed|error: ")
    if failed or set(taken) != set(_COMMANDS):
        said = failed.text if failed else counted.failure or "the machine did not come to its end"
        raise BootError(f"{said}\n--- the console's end ---\n{counted.tail()}\n---")
    return taken


def _row(name: str, counts: list[int]) -> dict[str, Any]:
    spread = (max(counts) / min(counts) - 1) * 100
    return {"name": name, "instructions": round(mean(counts)), "spread": round(spread, 3)}


def _system(work: Path) -> bytes:
    sysroot = Sysroot(debian_packages(), work / "root")
    sysroot.add(["busybox-static", "kexec-tools", *PACKAGES])
    programs = [sysroot.resolve("sbin/kexec"), sysroot.resolve("usr/bin/python3.11")]
    # It has the packages of their libraries laid beside them.
    closure(
        sysroot,
        [file for file in programs if file]
        + sorted(sysroot.folder.glob("usr/lib/python3.11/lib-dynload/_ctypes.*.so")),
    )
    tree = Tree()
    for name in ("dev", "proc", "sys", "tmp", "run"):
        tree.folder(name)
    tree.character_device("dev/console", 5, 1, 0o600)
    _lay(tree, sysroot.folder, "")
    _lay(tree, REPOSITORY / "bootpy", "usr/lib/python3/dist-packages/bootpy/")
    tree.file("usr/bin/bootpy", _PROGRAM.encode(), GENERATED, executable=True)
    for name in ("sh", "mount", "poweroff"):
        tree.link(f"usr/bin/{name}", "busybox")
    for name in ("bin", "sbin", "lib", "lib64"):
        tree.link(name, f"usr/{name}")
    rows = "\n".join(f'row "{name}" {words}' for name, words in _COMMANDS.items())
    script = _INIT.replace("ROWS", rows)
    tree.file("init", script.encode(), GENERATED, executable=True)
    tree.file("k", cloud_kernel().image.read_bytes(), GENERATED)
    tree.file("i", hashlib.shake_128(b"initrd").digest(_INITRD), GENERATED)
    return cpio.archive(tree)


def _lay(tree: Tree, folder: Path, below: str) -> None:
    """Put a folder's files and links into the tree, less documents and what Python has kept."""
    for top, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in {"__pycache__", "doc", "man", "test"}]
        for name in [*names, *(name for name in folders if (Path(top) / name).is_symlink())]:
            file = Path(top) / name
            path = below + file.relative_to(folder).as_posix()
            if file.is_symlink():
                tree.link(path, os.readlink(file))
            else:
                executable = bool(file.stat().st_mode & 0o100)
                tree.file(path, file.read_bytes(), GENERATED, executable=executable)
