"""Debian's C compiler for the target, unpacked and not installed, so that nobody needs root.

The same packages give the same bytes on any build host. What the compiler is linked to
comes from the same folder, except for libc: programs started by the compiler get the build
host's dynamic linker, and with it that one's libc.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bootpy.errors import BootError
from initramfs.debian import Archive
from initramfs.elf import closure
from initramfs.programs import native_architecture
from initramfs.progress import step
from initramfs.sysroot import Sysroot

# What C programs are built with, and what Python's modules are linked to.
PACKAGES = (
    "gcc",
    "libc6-dev",
    "libffi-dev",
    "zlib1g-dev",
    "libbz2-dev",
    "liblzma-dev",
    "musl-dev",
    "patch",
)
# Run-time parts of other languages and checkers, and what only scripts of packages need.
_LEFT_OUT = re.compile(
    r"lib(asan|tsan|ubsan|lsan|hwasan|itm|gomp|quadmath|cc1|atomic|nsl|tirpc|gprofng)\d*(-|$)"
    r"|lib(nsl|tirpc)-dev|rpcsvc-proto|perl|debconf"
)
# Programs that are started by scripts of these names, and arguments that each gets. The
# folder may be moved: nothing in it is an absolute path.
_TOOLS = {"gcc": '--sysroot="$here" -B"$here/usr/bin/"', "ar": "", "patch": ""}
_SCRIPT = """\
#!/bin/sh
here="${{0%/*}}"
LD_LIBRARY_PATH="$here/libraries" exec "$here/{program}" {options} "$@"
"""
# They, and what the compiler starts.
_PROGRAMS = ("usr/bin/ar", "usr/bin/as", "usr/bin/gcc", "usr/bin/ld", "usr/bin/patch")
_STARTED = ("cc1", "collect2", "lto1", "lto-wrapper")
_LINES_SHOWN = 12


class Toolchain:
    """The compiler of the target's release, for programs of this machine's architecture.

    `root` is where it lies; `key` (hex) is the same where all its packages are the same.
    """

    def __init__(self, archive: Archive, kept: Path) -> None:
        if archive.architecture != native_architecture():
            raise BootError(
                f"The slim userland is compiled on the machine that it is for: "
                f"{archive.architecture} is not this one",
                "Build on such a machine, or take USERLAND=debian.",
            )
        names = _needed(archive)
        packages = archive.fetch(names)
        told = "\n".join([repr(_TOOLS), _SCRIPT, *(each.sha256 for each in packages)])
        self.key = hashlib.sha256(told.encode()).hexdigest()
        self.root = kept / f"toolchain-{self.key[:16]}"
        if not (self.root / "complete").exists():
            with step("Unpacking the compiler"):
                self._lay(archive, names)
        self.compiler = self.root / "gcc"

    def _lay(self, archive: Archive, names: Sequence[str]) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        sysroot = Sysroot(archive, self.root)
        sysroot.add(names)
        for name in ("bin", "lib", "lib64"):
            (self.root / name).symlink_to(f"usr/{name}")
        self._libraries(sysroot)
        for name, options in _TOOLS.items():
            program = sysroot.resolve(f"usr/bin/{name}")
            if program is None:
                raise BootError(f"None of Debian's packages {', '.join(PACKAGES)} has {name}")
            script = self.root / name
            place = program.relative_to(self.root)
            script.write_text(_SCRIPT.format(program=place, options=options))
            script.chmod(0o755)
        (self.root / "complete").touch()

    def _libraries(self, sysroot: Sysroot) -> None:
        """Link what the compiler's programs are linked to, but libc's, into one folder."""
        found = [sysroot.resolve(path) for path in _PROGRAMS]
        programs = [path for path in found if path is not None]
        for name in _STARTED:
            programs += self.root.glob(f"usr/lib*/gcc/*/*/{name}")
        folder = self.root / "libraries"
        folder.mkdir()
        for path, file in sorted(closure(sysroot, programs).items()):
            if sysroot.origin(file).name != "libc6":
                (folder / path.rpartition("/")[2]).symlink_to(os.path.relpath(file, folder))

    def run(
        self,
        *command: str | Path,
        folder: Path,
        given: bytes = b"",
        variables: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run any command that the compiler is to work for; return what it writes."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            input=given,
            capture_output=True,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"} | dict(variables or {}),
        )
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
            name = Path(command[0]).name
            raise BootError(
                "\n".join([f"{name} failed in {folder}:", *said[-_LINES_SHOWN:]]),
                "The command was: " + " ".join(map(str, command))[:500],
            )
        return done.stdout


def _needed(archive: Archive) -> list[str]:
    """Return PACKAGES and all that they depend on, less what compiling C does without."""
    found: dict[str, None] = {}
    level = list(PACKAGES)
    while level:
        level = [name for name in archive.known(level) if name not in found]
        found.update(dict.fromkeys(level))
        below = [name for package in level for name in archive.depends(package)]
        level = [name for name in dict.fromkeys(below) if not _LEFT_OUT.match(name)]
    return sorted(found)
