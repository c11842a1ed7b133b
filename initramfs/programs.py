"""Runs programs out of a sysroot on the build host, by the sysroot's own dynamic linker.

So what runs is Debian's program of a known version with its own libraries, whatever the
build host has. It is a program for the build host's own architecture: nothing is emulated.
"""

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bootpy.errors import BootError
from initramfs.elf import closure, interpreter
from initramfs.sysroot import Sysroot

# Debian's name of an architecture, and `uname -m` of machines of it.
_MACHINES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "riscv64": "riscv64",
    "ppc64el": "ppc64le",
    "s390x": "s390x",
    "armhf": "armv7l",
}

ARCHITECTURES = tuple(_MACHINES)
"""Debian's names of the architectures that are known here."""


def native_architecture() -> str:
    """Return Debian's name for the machine that this runs on."""
    machine = platform.machine()
    for name, kernel in _MACHINES.items():
        if kernel == machine:
            return name
    raise BootError(f"Images cannot be built on {machine}", f"Known are {', '.join(_MACHINES)}.")


class Program:
    """One program of a sysroot, ready to run here; its libraries are fetched as needed."""

    def __init__(self, sysroot: Sysroot, path: str | Path) -> None:
        """`path` is one in the sysroot, or that of a file made for it.

        BootError: no package brought it, or it is for another architecture than this machine's.
        """
        if sysroot.archive.architecture != native_architecture():
            raise BootError(
                f"{path} is for {sysroot.archive.architecture}, and this machine is "
                f"{native_architecture()}"
            )
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
