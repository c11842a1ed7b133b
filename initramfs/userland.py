"""The root file system less the kernel's part: Python, bootpy, shared libraries, /init."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from bootpy.errors import BootError
from bootpy.readers.table import FALLBACK, ROWS
from initramfs.elf import closure, is_elf
from initramfs.imports import Import, codecs, imports
from initramfs.profile import PythonPart
from initramfs.python import Python, Source
from initramfs.sysroot import Sysroot, merged
from initramfs.tree import BOOTPY, GENERATED, Tree

REPOSITORY = Path(__file__).resolve().parent.parent
_OVERLAY = Path(__file__).resolve().parent / "overlay"
# The commands for running systems, and what the interpreter asks for by itself:
# codecs of the console and of file names, warnings, and what prints a traceback.
_ELSEWHERE = ("bootpy.cli",)
_CODECS = {"ascii", "latin-1", "utf-8"}
_ALWAYS = ("traceback", "warnings", "linecache")
# The interpreter knows its standard library by this file, though it never reads it.
_LANDMARK = "os"

# One argument is all that the kernel passes on: isolated, no site, no documentation strings.
INIT = "#!/usr/bin/python{version} -ISOO\nfrom bootpy.init.supervisor import main\n\nmain()\n"

_MERGED = ("bin", "sbin", "lib", "lib64")
_MOUNTPOINTS = {"dev": 0o755, "proc": 0o555, "sys": 0o555, "run": 0o755, "tmp": 0o1777}


def system(
    tree: Tree, sysroot: Sysroot, part: PythonPart, stage: Path, source: Path = REPOSITORY
) -> Python:
    """Fill `tree` with the userland.

    `stage` is an empty folder for intermediate files, `source` the folder in which the
    package bootpy lies.
    """
    python = Python(sysroot)
    sysroot.add(part.packages)
    for file in sorted(_OVERLAY.rglob("*.py")):
        path = f"{python.library}/{file.relative_to(_OVERLAY).as_posix()}"
        sysroot.replace(path, file, BOOTPY)
    _skeleton(tree)
    tree.file("init", INIT.format(version=python.version).encode(), GENERATED, executable=True)
    names = _stage(stage, part, source)
    statements = [Import(f"import {name}", "the profile") for name in (*_ALWAYS, *part.modules)]
    wanted = set(_CODECS)
    for name, file in names.items():
        statements += [Import(f"import {name}", str(file)), *imports(file, name)]
        wanted |= codecs(file)
    packages = sysroot.folder / "usr/lib/python3/dist-packages"
    loaded = python.loaded([stage, packages], statements, wanted)
    library = sysroot.folder / python.library
    loaded.setdefault(_LANDMARK, library / f"{_LANDMARK}.py")
    _modules(tree, python, loaded, (stage, packages, library))
    _binaries(tree, python, part.libraries, loaded.values())
    return python


def _skeleton(tree: Tree) -> None:
    for name in _MERGED:
        tree.folder(f"usr/{name}")
        tree.link(name, f"usr/{name}")
    for name, mode in _MOUNTPOINTS.items():
        tree.folder(name, mode)
    # For what is written before devtmpfs is mounted.
    tree.character_device("dev/console", 5, 1, 0o600)
    tree.character_device("dev/null", 1, 3, 0o666)
    # Python seeds its hashes before anything can be mounted, and ends where it gets nothing
    # for it: getrandom(2) has nothing yet on a machine without a hardware source.
    tree.character_device("dev/urandom", 1, 9, 0o666)


def _stage(stage: Path, part: PythonPart, source: Path) -> dict[str, Path]:
    """Copy what the image takes of bootpy to `stage`; return its modules and their files."""
    left_out = (*_ELSEWHERE, *_other_readers(part.readers))
    names: dict[str, Path] = {}
    for file in sorted((source / "bootpy").rglob("*.py")):
        path = file.relative_to(source)
        name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        if any(name == out or name.startswith(f"{out}.") for out in left_out):
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


def _modules(
    tree: Tree, python: Python, loaded: dict[str, Path], roots: tuple[Path, Path, Path]
) -> None:
    """Put the loaded modules below one folder, so that one entry of sys.path finds them."""
    stage, packages, library = roots
    sources: list[Source] = []
    for name, file in loaded.items():
        root = next((root for root in (stage, packages, library) if root in file.parents), None)
        if root is None:
            raise BootError(f"Module {name} came from {file}, which is no part of the image")
        sources.append(Source(file, file.relative_to(root).as_posix()))
    compiled = python.compile([each for each in sources if each.file.suffix == ".py"])
    for source in sources:
        origin = BOOTPY if stage in source.file.parents else python.sysroot.origin(source.file)
        data = compiled.get(source.file) or source.file.read_bytes()
        path = source.path.removesuffix(".py") + ".pyc" if source.file in compiled else source.path
        tree.file(f"{python.library}/{path}", data, origin)


def _binaries(tree: Tree, python: Python, opened: Iterable[str], loaded: Iterable[Path]) -> None:
    """Put the interpreter, its dynamic linker and all shared libraries into the tree."""
    sysroot, program = python.sysroot, python.program
    tree.file(
        python.executable, program.file.read_bytes(), sysroot.origin(program.file), executable=True
    )
    linker = merged((program.linker_path or "").lstrip("/"))
    tree.file(linker, program.linker.read_bytes(), sysroot.origin(program.linker), executable=True)
    libraries = dict(sysroot.library(soname) for soname in opened)
    roots = [program.file, *libraries.values(), *(file for file in loaded if is_elf(file))]
    for path, file in (libraries | closure(sysroot, roots)).items():
        tree.file(path, file.read_bytes(), sysroot.origin(file), executable=True)
