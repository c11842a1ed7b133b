"""What each module written in C is compiled from: CPython's own tables, and a few of ours.

CPython has Modules/Setup.bootstrap.in and Modules/Setup.stdlib.in with one line for each
module: `NAME FILE.c FILE.c`, after `@MODULE_NAME_TRUE@` where configure decides upon it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bootpy.errors import BootError


@dataclass(frozen=True)
class Recipe:
    """A module's files below Modules/, flags for them, and libraries that it is linked to."""

    files: tuple[str, ...]
    flags: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


# Parts of the interpreter that are in its table in config.c whatever is imported, and those
# that it calls by itself without importing them.
CORE = frozenset(
    {"_ast", "_imp", "_string", "_tokenize", "_warnings", "builtins", "gc", "marshal", "sys"}
)
# setup.py builds these, and the tables do not have them, or not what they are linked to.
_OURS = {
    "_ctypes": Recipe(
        (
            "_ctypes/_ctypes.c",
            "_ctypes/callbacks.c",
            "_ctypes/callproc.c",
            "_ctypes/cfield.c",
            "_ctypes/stgdict.c",
        ),
        (
            "-DHAVE_FFI_PREP_CIF_VAR=1",
            "-DHAVE_FFI_PREP_CLOSURE_LOC=1",
            "-DHAVE_FFI_CLOSURE_ALLOC=1",
        ),
        ("ffi",),
    ),
    "_bz2": Recipe(("_bz2module.c",), libraries=("bz2",)),
    "_lzma": Recipe(("_lzmamodule.c",), libraries=("lzma",)),
    "zlib": Recipe(("zlibmodule.c",), libraries=("z",)),
}
# Modules that need a library which no recipe here names.
_FOREIGN = frozenset(
    {"_crypt", "_elementtree", "_gdbm", "_hashlib", "_sqlite3", "_ssl", "_tkinter", "_uuid"}
    | {"_decimal", "nis", "pyexpat"}
)
_LINE = re.compile(r"^(?:@\w+@)?(\w+)((?:\s+[\w/]+\.c)+)\s*$", re.MULTILINE)


def recipes(source: Path) -> dict[str, Recipe]:
    """Return the recipes that the CPython unpacked at `source` has, with ours."""
    found: dict[str, Recipe] = {}
    for name in ("Setup.stdlib.in", "Setup.bootstrap.in"):
        try:
            text = (source / "Modules" / name).read_text()
        except FileNotFoundError:
            raise BootError(
                f"The source of Python has no Modules/{name}",
                "The slim userland is built from CPython 3.11 or a neighbour of it.",
            ) from None
        for module, files in _LINE.findall(text):
            found[module] = Recipe(tuple(files.split()))
    return {name: each for name, each in found.items() if name not in _FOREIGN} | _OURS


def always(source: Path) -> list[str]:
    """Return the modules that the interpreter itself cannot do without."""
    text = (source / "Modules/Setup.bootstrap.in").read_text()
    return [name for name, _ in _LINE.findall(text)]


def chosen(known: dict[str, Recipe], names: Iterable[str]) -> dict[str, Recipe]:
    """Return the recipes of the modules `names`; BootError names those without one."""
    wanted = sorted(set(names) - CORE)
    missing = [name for name in wanted if name not in known]
    if missing:
        raise BootError(
            f"The slim userland cannot compile the module {', '.join(missing)}",
            "Import something else, take USERLAND=debian, or add what it is compiled from and "
            "linked to in initramfs/slim/recipes.py.",
        )
    return {name: known[name] for name in wanted}
