"""Which loaders are compared, on which kernel, with which words on the command line."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from bench.boots import loaders
from bench.boots.archive import without_modules
from bench.boots.kernels import DEBIAN, OWN, LoaderKernel
from bootpy.errors import BootError
from bootpy.options import Options
from initramfs.build import build


@dataclass(frozen=True)
class Row:
    """A loader on a kernel. `call` is the system call that it loads with, "load" or "file".

    `words` go on the command line; `keeps_record` says that it tells what took how long.
    """

    name: str
    about: str
    kernel: LoaderKernel
    call: str
    archive: Callable[[], bytes]
    words: str = ""
    keeps_record: bool = False


@dataclass(frozen=True)
class Absent:
    """A row that cannot be measured, and why."""

    name: str
    reason: str


def rows() -> list[Row | Absent]:
    """Return all rows, in the order of the table."""
    found: list[Row | Absent] = [
        _floor("floor-file", "C, kexec_file_load: the floor", DEBIAN, "file"),
        _floor("floor-load", "C, kexec_load without digest", DEBIAN, "load"),
        _busybox("busybox-file", "busybox, kexec-tools -s", DEBIAN, "file"),
        _busybox("busybox-load", "busybox, kexec-tools -c", DEBIAN, "load"),
    ]
    for userland in ("debian", "slim"):
        found += _bootpy(userland)
    own = _floor("own-floor-load", f"C, kexec_load without digest{_ON_OWN}", OWN, "load")
    return [*found, own, bootpy_row("slim", OWN)]


def chosen(names: list[str]) -> list[Row | Absent]:
    """Return the rows of these names, or whose names begin so; all, where none is given.

    BootError: a name that no row has.
    """
    found = rows()
    for name in names:
        if not any(_fits(row.name, name) for row in found):
            known = " ".join(row.name for row in found)
            raise BootError(f"no row is called {name}", f"Rows are: {known}")
    return [row for row in found if not names or any(_fits(row.name, name) for name in names)]


def _fits(row: str, name: str) -> bool:
    return row == name or row.startswith(f"{name}-")


def userlands() -> tuple[str, ...]:
    """Return the userlands that the builder of images has."""
    return ("debian", "slim") if "userland" in inspect.signature(build).parameters else ("debian",)


@cache
def bootpy_archive(userland: str, *, modules: bool) -> bytes:
    """Return bootpy's initramfs, for a kernel that needs its modules or for one that does not."""
    archive = loaders.bootpy(userland if len(userlands()) > 1 else "")
    return archive if modules else without_modules(archive)


def bootpy_row(userland: str, kernel: LoaderKernel) -> Row:
    """Return the row of bootpy with this userland, as it boots by default."""
    call = "load" if "kexec" in Options._fields else "file"
    own = kernel is OWN
    name = f"own-bootpy-{userland}" if own else f"bootpy-{userland}"
    about = f"bootpy, userland {userland}{_ON_OWN if own else ''}"
    modules = kernel.has_modules
    return Row(
        name, about, kernel, call, lambda: bootpy_archive(userland, modules=modules), WORDS, True
    )


WORDS = "bootpy.timeout=0"
_ON_OWN = ", own kernel"


def _bootpy(userland: str) -> list[Row | Absent]:
    row = bootpy_row(userland, DEBIAN)
    if userland not in userlands():
        return [Absent(row.name, f"the builder has no userland {userland}")]
    file = f"{row.name}-file"
    if row.call == "file":
        return [row, Absent(file, f"bootpy has no option kexec: {row.name} loads by the file call")]
    words = f"{WORDS} bootpy.kexec=file"
    about = f"{row.about}, kexec_file_load"
    return [row, Row(file, about, DEBIAN, "file", row.archive, words, keeps_record=True)]


def _floor(name: str, about: str, kernel: LoaderKernel, call: str) -> Row:
    return Row(
        name, about, kernel, call, lambda: loaders.floor(kernel.modules, digest=call == "file")
    )


def _busybox(name: str, about: str, kernel: LoaderKernel, call: str) -> Row:
    return Row(
        name, about, kernel, call, lambda: loaders.busybox(kernel.modules, digest=call == "file")
    )
