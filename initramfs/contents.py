"""Which Python modules an image holds: bootpy, and all that its import statements load."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bootpy.errors import BootError
from bootpy.readers.table import FALLBACK, ROWS
from initramfs.imports import Import, codecs, imports
from initramfs.profile import PythonPart
from initramfs.python import Python
from initramfs.sysroot import Sysroot
from initramfs.tree import BOOTPY, Origin

REPOSITORY = Path(__file__).resolve().parent.parent
_OVERLAY = Path(__file__).resolve().parent / "overlay"
# The commands for running systems, and what they alone need.
ELSEWHERE = (
    "bootpy.cli",
    "bootpy.crash",
    "bootpy.kexec.crash",
    "bootpy.kexec.given",
    "bootpy.kexec.multiboot.kind",
    "bootpy.kexec.state",
    "bootpy.kexec.writers",
    "bootpy.linux.device_mapper",
    "bootpy.linux.kexec_jump",
    "bootpy.linux.leases",
    "bootpy.linux.network",
    "bootpy.linux.uevents",
    "bootpy.linux.unmounting",
    "bootpy.system",
)
"""Modules, or packages of them, that no image holds."""

MULTIBOOT = ("bootpy.kexec.multiboot",)
"""What images of profiles with `multiboot = false` do not hold: the code that needs it says so."""

ONLY_FOR = {"arm64": ("bootpy.kexec.arm64", "bootpy.kexec.devicetree"), "amd64": MULTIBOOT}
"""Modules, or packages of them, that images for one architecture hold, and no other."""

# What the interpreter asks for by itself: codecs of the console and of file names, warnings,
# and what prints a traceback.
_CODECS = {"ascii", "latin-1", "utf-8"}
# Then what stands in for others needs: the base of our tuples, the compiler of patterns. At last
# what finds opened libraries again (slim/resume.py).
_ALWAYS = ("traceback", "warnings", "linecache", "record", "re._compiler", "re._ready", "ctypes")
# Imported for types alone; no statement that does so is left in the image (lean.py).
_FOR_TYPES = frozenset({"typing"})
_PATCHES = Path(__file__).resolve().parent / "patches"
# The interpreter knows its standard library by this file, though it never reads it.
_LANDMARK = "os"


@dataclass(frozen=True)
class Module:
    """A module with a file: `path` is where that lies below the library's folder."""

    name: str
    file: Path
    path: str
    origin: Origin

    @property
    def is_source(self) -> bool:
        """Whether it is Python, and no extension module."""
        return self.file.suffix == ".py"

    @property
    def is_ours(self) -> bool:
        """Whether it is one of bootpy's, or stands in for another: its types go."""
        return self.origin == BOOTPY

    @property
    def is_package(self) -> bool:
        """Whether modules may lie below it."""
        return self.file.name == "__init__.py"


@dataclass(frozen=True)
class Contents:
    """What an image holds: `modules` with files, and the names of those `inside` Python.

    `inside` are the ones that the target's interpreter of the packages has built in or
    frozen, and that were loaded.
    """

    python: Python
    modules: tuple[Module, ...]
    inside: frozenset[str]


def contents(sysroot: Sysroot, part: PythonPart, stage: Path, source: Path) -> Contents:
    """Find out what `part` of a profile wants, with the packages' Python in `sysroot`.

    `stage` is an empty folder for intermediate files, `source` the folder in which the
    package bootpy lies.
    """
    python = Python(sysroot)
    for each in python.sysroots:
        each.add(part.packages)
        packages = each.folder / "usr/lib/python3/dist-packages"
        for patch in sorted(_PATCHES.glob("*.patch")):
            _apply(patch, packages)
        for file in sorted(_OVERLAY.rglob("*.py")):
            path = f"{python.library}/{file.relative_to(_OVERLAY).as_posix()}"
            each.replace(path, file, BOOTPY)
    others = _of_others(sysroot.archive.architecture) + (() if part.multiboot else MULTIBOOT)
    names = _stage(stage, (*ELSEWHERE, *others, *_other_readers(part.readers)), source)
    statements = [Import(f"import {name}", "the profile") for name in (*_ALWAYS, *part.modules)]
    wanted = set(_CODECS)
    for name, file in names.items():
        own = [each for each in imports(file, name) if not _is_of(each.text.split()[1], others)]
        statements += [Import(f"import {name}", str(file)), *own]
        wanted |= codecs(file)
    loaded = python.loaded([stage, packages], statements, wanted)
    library = sysroot.folder / python.library
    files = {_LANDMARK: library / f"{_LANDMARK}.py"} | loaded.files
    roots = (stage, packages, library)
    left_out = _FOR_TYPES - set(part.modules)
    modules = [
        _module(name, file, roots, sysroot) for name, file in files.items() if name not in left_out
    ]
    ready = next(module.file for module in modules if module.name == "re._ready")
    sources = [module for module in modules if module.is_source]
    ready.write_text(python.ready_patterns(sources, loaded.patterns))
    return Contents(python, tuple(modules), loaded.inside)


def _apply(patch: Path, folder: Path) -> None:
    """Apply a patch to what packages brought to `folder`, as `patch -p1` does."""
    package = patch.name.partition("-")[0]
    if not (folder / package).is_dir():
        return
    words = ["patch", "-p1", "--silent", "--no-backup-if-mismatch", "--directory", str(folder)]
    done = subprocess.run(
        [*words, "--input", str(patch)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise BootError(
            f"{patch.name} does not fit {package} as the package index has it now: "
            f"{(done.stdout + done.stderr).strip()}",
            "Make the patch anew for this version; the image works without it, only slower.",
        )


def _module(name: str, file: Path, roots: tuple[Path, Path, Path], sysroot: Sysroot) -> Module:
    """Place a module below one folder, so that one entry of sys.path finds them all."""
    root = next((root for root in roots if root in file.parents), None)
    if root is None:
        raise BootError(f"Module {name} came from {file}, which is no part of the image")
    origin = BOOTPY if root == roots[0] else sysroot.origin(file)
    return Module(name, file, file.relative_to(root).as_posix(), origin)


def _of_others(architecture: str) -> tuple[str, ...]:
    return tuple(name for of, names in ONLY_FOR.items() if of != architecture for name in names)


def _is_of(name: str, modules: Sequence[str]) -> bool:
    """Whether a module is one of these, or within a package of them."""
    return any(name == one or name.startswith(f"{one}.") for one in modules)


def _stage(stage: Path, left_out: Sequence[str], source: Path) -> dict[str, Path]:
    """Copy what the image takes of bootpy to `stage`; return its modules and their files."""
    names: dict[str, Path] = {}
    for file in sorted((source / "bootpy").rglob("*.py")):
        path = file.relative_to(source)
        name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        if _is_of(name, left_out):
            continue
        target = stage / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        names[name] = target
    return names


def _other_readers(wanted: tuple[str, ...]) -> list[str]:
    if "all" in wanted:
        return []
    rows = (*ROWS, FALLBACK)
    known = [row.format for row in rows]
    for name in wanted:
        if name not in known:
            raise BootError(
                f"The profile names a reader {name}, which bootpy does not have",
                f'Readers are: {", ".join(known)}, or "all".',
            )
    # Two formats may share a package: it stays where one of them is wanted.
    wanted_parts = {row.module.split(".")[2] for row in rows if row.format in wanted}
    parts = {row.module.split(".")[2] for row in rows} - wanted_parts
    return [f"bootpy.readers.{part}" for part in sorted(parts)]
