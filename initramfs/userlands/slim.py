"""CPython compiled for the image, with every module frozen into the one program /init.

No folder of modules, no script, no interpreter beside it: /init is Python, and PID 1.
docs/userland.md tells what each step saves.
"""

from pathlib import Path

from initramfs import libraries
from initramfs.contents import Contents, contents
from initramfs.locking import locked
from initramfs.profile import PythonPart
from initramfs.progress import step
from initramfs.slim import builtin, linking, snapshot
from initramfs.slim.cpython import CPython
from initramfs.slim.freezing import BOOTSTRAP, Frozen, freeze
from initramfs.slim.recipes import always, chosen, recipes
from initramfs.slim.source import Source
from initramfs.slim.toolchain import Toolchain
from initramfs.sysroot import Sysroot
from initramfs.tree import BOOTPY, Origin, Tree

SOURCES = Path(__file__).resolve().parent.parent / "slim"
# Imported by the interpreter's start only to look for zip files in a path that is empty.
_UNWANTED = frozenset({"zipimport"})
# The name by which init.c imports resume.py.
_RESUME = "_resume"
# As the interpreter's other fast files (cpython.py).
_FLAGS_OF = {"pools": ("-O2",)}
# What a default boot imports, and so what is imported before the interpreter is kept.
BOOT_IMPORTS = Path(__file__).resolve().parent.parent / "boot-imports.txt"


def fill(tree: Tree, sysroot: Sysroot, part: PythonPart, work: Path, source: Path) -> None:
    """Put /init and its libraries into `tree`."""
    stage, made = work / "stage", work / "made"
    stage.mkdir()
    made.mkdir()
    found = contents(sysroot, part, stage, source)
    kept = sysroot.archive.cache / "slim"
    # Two builds at a time would make the same files.
    with locked(kept):
        program, origin = _program(found, part, kept, made)
    tree.file("init", program.read_bytes(), origin, executable=True)
    libraries.install(tree, sysroot, program, part.libraries)


def _program(found: Contents, part: PythonPart, kept: Path, made: Path) -> tuple[Path, Origin]:
    """Compile what is not in `kept`, and link it with all modules; `made` is an empty folder.

    Returns the program and where it came from: bootpy, on top of a version of CPython.
    """
    archive = found.python.sysroot.archive
    toolchain = Toolchain(archive, kept)
    source = Source.of_profile(archive, part, found.python.version, kept)
    cpython = CPython(source, toolchain, kept)
    frozen, compiled = _sorted(found, cpython)
    parts = chosen(recipes(cpython.folder), [*compiled, *always(cpython.folder)])
    objects = cpython.objects(
        (file, recipe.flags) for recipe in parts.values() for file in recipe.files
    )
    with step("Freezing and linking"):
        early_names = _early() if part.started else frozenset()
        table, early = freeze(found.python, cpython.magic(), frozen, early_names, made)
        files = {
            "frozen": table,
            "config": builtin.write(compiled, made / "config.c"),
            "init": SOURCES / "init.c",
            "keep": SOURCES / "keep.c",
            "hashing": SOURCES / "hashing.c",
            "trees": SOURCES / "trees.c",
            "pools": SOURCES / "pools.c",
            "region": SOURCES / "region.c",
        }
        for name, file in files.items():
            cpython.compile(file, made / f"{name}.o", *_FLAGS_OF.get(name, ()))
        *own, region = [made / f"{name}.o" for name in files]
        static = sorted({name for recipe in parts.values() for name in recipe.libraries})
        program = linking.link(toolchain, [*own, *objects], static, region, made / "init")
    if part.started:
        with step("Starting the interpreter, to keep it started"):
            snapshot.keep(program, found.python.sysroot, early)
    return program, Origin(BOOTPY.name, f"with {source.origin.name} {source.origin.version}")


def _sorted(found: Contents, cpython: CPython) -> tuple[list[Frozen], list[str]]:
    """Return the modules to freeze, and the names of those to compile from C.

    The standard library's are taken from CPython's source, so that they are of one version
    with the interpreter.
    """
    library = found.python.library
    frozen = [
        Frozen(name, cpython.library / path, shown) for name, (path, shown) in BOOTSTRAP.items()
    ]
    frozen.append(Frozen(_RESUME, SOURCES / "resume.py", "/init", is_ours=True))
    compiled = set()
    for module in found.modules:
        if not module.is_source:
            compiled.add(module.name)
            continue
        own = cpython.library / module.path
        file = own if _is_library(module.origin.name) and own.exists() else module.file
        shown = f"/{library}/{module.path}"
        frozen.append(Frozen(module.name, file, shown, module.is_package, module.is_ours))
    known = {each.name for each in frozen}
    for name in sorted(found.inside - known - _UNWANTED):
        path = name.replace(".", "/")
        candidates = [f"{path}.py", f"{path}/__init__.py"]
        own_paths = [each for each in candidates if (cpython.library / each).exists()]
        if own_paths:
            place = own_paths[0]
            is_package = place.endswith("/__init__.py")
            shown = f"/{library}/{place}"
            frozen.append(Frozen(name, cpython.library / place, shown, is_package))
        else:
            compiled.add(name)
    return frozen, sorted(compiled)


def _early() -> frozenset[str]:
    """Return what is imported before the interpreter is kept: what a default boot imports."""
    return frozenset((*BOOT_IMPORTS.read_text().split(), _RESUME))


def _is_library(package: str) -> bool:
    return package.startswith("libpython")
