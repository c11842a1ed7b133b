"""The initramfs of each loader that is compared, uncompressed: what it is packed with costs alike.

All but bootpy's are told where the kernel lies, look for nothing and decide nothing.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.boots.compiling import bare_program
from bench.boots.target import COMMAND_LINE, INITRD, KERNEL
from bootpy.errors import BootError
from initramfs import cpio
from initramfs.build import build
from initramfs.elf import closure, interpreter
from initramfs.sysroot import Sysroot, merged
from initramfs.tree import GENERATED, Tree
from qemu.disks.target import debian_packages

_DISK = "/disk"

_SCRIPT = """\
#!/bin/busybox sh
say() {{ read -r up idle < /proc/uptime; echo "[$up] bench: $1"; }}
export PATH=/bin:/sbin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
say drivers
for module in /modules/*.ko; do [ -e "$module" ] && insmod "$module"; done
say devices
until mount -t ext4 -o ro /dev/vda1 {disk}; do sleep 0.01; done
say load
${{BENCH_MEMORY:+time -v}} kexec {call} -l {disk}{kernel} --initrd={disk}{initrd} \\
    --command-line='{command_line}'
say shutdown
umount {disk}
say jump
exec kexec -e
"""
_APPLETS = ("mount", "umount", "insmod", "sleep", "time")


def floor(modules: Sequence[Path], *, digest: bool) -> bytes:
    """Return the archive of the C program: it mounts, loads and jumps, and nothing else."""
    places = {"KERNEL": f"{_DISK}{KERNEL}", "INITRD": f"{_DISK}{INITRD}"}
    switch: dict[str, str | None] = {"DIGEST": None} if digest else {}
    program = bare_program("floor", COMMAND_LINE=COMMAND_LINE, **places, **switch)
    tree = _skeleton(modules)
    tree.file("init", program.read_bytes(), GENERATED, executable=True)
    return cpio.archive(tree)


def busybox(modules: Sequence[Path], *, digest: bool) -> bytes:
    """Return the archive of busybox's shell and Debian's kexec-tools, with a script as /init.

    With `digest` kexec uses kexec_file_load(2) (-s), without it kexec_load(2) (-c), and its
    own purgatory checks its own digest all the same.
    """
    tree = _skeleton(modules)
    with tempfile.TemporaryDirectory(prefix="bootpy-bench-") as folder:
        sysroot = Sysroot(debian_packages(), Path(folder))
        sysroot.add(["busybox-static", "kexec-tools"])
        kexec = _file(sysroot, "sbin/kexec")
        libraries = closure(sysroot, [kexec])
        linker = interpreter(kexec) or ""
        programs = {
            "bin/busybox": _file(sysroot, "bin/busybox"),
            "sbin/kexec": kexec,
            linker.lstrip("/"): _file(sysroot, linker),
        }
        for path, file in programs.items():
            tree.file(merged(path), file.read_bytes(), GENERATED, executable=True)
        for path, file in libraries.items():
            tree.file(path, file.read_bytes(), GENERATED, executable=True)
    for name in _APPLETS:
        tree.link(f"usr/bin/{name}", "busybox")
    for name in ("bin", "sbin", "lib", "lib64"):
        tree.link(name, f"usr/{name}")
    script = _SCRIPT.format(
        disk=_DISK,
        call="-s" if digest else "-c",
        kernel=KERNEL,
        initrd=INITRD,
        command_line=COMMAND_LINE,
    )
    tree.file("init", script.encode(), GENERATED, executable=True)
    return cpio.archive(tree)


def bootpy(userland: str = "") -> bytes:
    """Return the archives of bootpy's image of profile `cloud`, unpacked.

    `userland` is one of the builder's; empty: the one that it takes by itself.
    """
    words: dict[str, Any] = {"userland": userland} if userland else {}
    return unpacked(build("cloud", **words).initramfs)


def unpacked(packed: Path) -> bytes:
    """Return an image's archives uncompressed."""
    done = subprocess.run(["zstd", "-dcq", str(packed)], capture_output=True, check=False)
    if done.returncode:
        raise BootError(
            f"{packed} cannot be unpacked: {done.stderr.decode(errors='replace').strip()}",
            "Install Debian's package zstd.",
        )
    return done.stdout


def _file(sysroot: Sysroot, path: str) -> Path:
    found = sysroot.resolve(path)
    if found is None:
        raise BootError(f"Debian's packages brought no {path}")
    return found


def _skeleton(modules: Sequence[Path]) -> Tree:
    tree = Tree()
    for name in ("dev", "proc", "sys", _DISK.lstrip("/"), "modules"):
        tree.folder(name)
    tree.character_device("dev/console", 5, 1, 0o600)
    for number, module in enumerate(modules):
        tree.file(f"modules/{number:02}.ko", module.read_bytes(), GENERATED)
    return tree
