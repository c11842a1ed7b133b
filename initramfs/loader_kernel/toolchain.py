"""The programs that build a kernel: whether they are here, and which versions they are."""

import os
import shutil
import subprocess
from pathlib import Path

from bootpy.errors import BootError

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PACKAGES = REPOSITORY / ".ci" / "packages-compilers"

_PROGRAMS = ("gcc", "ld", "make", "flex", "bison", "bc", "xz", "zstd", "lz4", "perl")
# objtool, a program of the build itself, is compiled against it.
_HEADER = "#include <gelf.h>\n"


def require() -> None:
    """Return where all is here; otherwise BootError with the line that installs it."""
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if "gcc" not in missing and not _has_header():
        missing.append("gelf.h")
    if missing:
        raise BootError(
            f"What builds a kernel is missing: {', '.join(missing)}",
            f"As root: apt-get install {' '.join(packages())}",
        )


def packages() -> list[str]:
    """Return the Debian packages that hold what is needed."""
    lines = PACKAGES.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def versions() -> list[str]:
    """Return what the compiler and the linker say of themselves: one line each.

    BootError: one of them is missing.
    """
    said = []
    programs = ("gcc", "ld")
    if None in map(shutil.which, programs):
        require()
    for program in programs:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True, env=environment()
        )
        said.append(done.stdout.splitlines()[0])
    return said


def environment() -> dict[str, str]:
    """Return the variables that a build sees: a short list, so that it is the same anywhere."""
    path = os.environ.get("PATH", "")
    return {"PATH": f"{path}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _has_header() -> bool:
    done = subprocess.run(
        ["gcc", "-fsyntax-only", "-x", "c", "-"],
        input=_HEADER,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0
