"""The shared libraries of an image, and the dynamic linker that maps them."""

from collections.abc import Iterable
from pathlib import Path

from bootpy.errors import BootError
from initramfs.elf import closure, interpreter
from initramfs.sysroot import Sysroot, merged
from initramfs.tree import Tree


def install(
    tree: Tree, sysroot: Sysroot, program: Path, opened: Iterable[str], loaded: Iterable[Path] = ()
) -> None:
    """Put the dynamic linker and the libraries of `program` into `tree`.

    `opened` are sonames that it opens at run time, `loaded` further files whose libraries
    are needed too.
    """
    libraries = dict(sysroot.library(soname) for soname in opened)
    libraries |= closure(sysroot, [program, *libraries.values(), *loaded])
    # The package of libc, which has the linker, has come along by now.
    asked = interpreter(program) or ""
    linker = sysroot.resolve(asked)
    if linker is None:
        raise BootError(f"No package has the dynamic linker {asked} of {program.name}")
    path = merged(asked.lstrip("/"))
    tree.file(path, linker.read_bytes(), sysroot.origin(linker), executable=True)
    for path, file in libraries.items():
        tree.file(path, file.read_bytes(), sysroot.origin(file), executable=True)
