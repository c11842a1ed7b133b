"""Runs programs out of a sysroot on the build host, by the sysroot's own dynamic linker.

So what runs is Debian's program of a known version with its own libraries, whatever the
build host has. Programs for another machine go through QEMU's user emulation.
"""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bootpy.errors import BootError
from initramfs.elf import closure, interpreter
from initramfs.sysroot import Sysroot

# Debian's architecture: `uname -m` of machines that run it natively, QEMU's name for it.
_MACHINES = {
    "amd64": ("x86_64", "x86_64"),
    "arm64": ("aarch64", "aarch64"),
    "riscv64": ("riscv64", "riscv64"),
    "ppc64el": ("ppc64le", "ppc64le"),
    "s390x": ("s390x", "s390x"),
    "armhf": ("armv7l", "arm"),
}


def native_architecture() -> str:
    """Return Debian's name for the machine that this runs on."""
    machine = platform.machine()
    for name, (kernel, _) in _MACHINES.items():
        if kernel == machine:
            return name
    raise BootError(f"Images cannot be built on {machine}", f"Known are {', '.join(_MACHINES)}.")


class Program:
    """One program of a sysroot, ready to run here; its libraries are fetched as needed."""

    def __init__(self, sysroot: Sysroot, path: str | Path) -> None:
        """`path` is one in the sysroot, or that of a file made for it."""
        file = path if isinstance(path, Path) else sysroot.resolve(path)
        if file is None:
            raise BootError(f"No package brought /{path}", "Is it in the profile's packages?")
        self.file = file
        self.libraries = closure(sysroot, [file])
        self.linker_path = interpreter(file)
        linker = sysroot.resolve(self.linker_path or "")
        if self.linker_path is None or linker is None:
            raise BootError(f"/{path} names no dynamic linker that its packages have")
        self.linker = linker
        folders = dict.fromkeys(str(sysroot.folder / where) for where in self._folders())
        self._command = [
            *_emulator(sysroot.archive.architecture),
            str(linker),
            "--library-path",
            ":".join(folders),
            str(file),
        ]

    def _folders(self) -> list[str]:
        return [path.rpartition("/")[0] for path in self.libraries]

    def run(
        self, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run it with `given` on standard input and only `variables` in its environment."""
        return subprocess.run(
            [*self._command, *arguments],
            input=given,
            capture_output=True,
            env=dict(variables or {}),
            check=False,
            cwd=os.sep,
        )


def _emulator(architecture: str) -> list[str]:
    machine, name = _MACHINES.get(architecture, ("", architecture))
    if platform.machine() == machine:
        return []
    for candidate in (f"qemu-{name}-static", f"qemu-{name}"):
        found = shutil.which(candidate)
        if found:
            return [found]
    raise BootError(
        f"Programs for {architecture} do not run on this machine",
        "Install the package qemu-user-static.",
    )
