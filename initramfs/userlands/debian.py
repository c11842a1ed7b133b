"""Debian's own interpreter, with byte-code in folders: built in seconds, no compiler needed."""

from pathlib import Path

from initramfs import libraries
from initramfs.contents import Contents, contents
from initramfs.elf import is_elf
from initramfs.profile import PythonPart
from initramfs.sysroot import Sysroot
from initramfs.tree import GENERATED, Tree

# One argument is all that the kernel passes on: isolated, no site, no documentation strings.
INIT = "#!/usr/bin/python{version} -ISOO\nfrom bootpy.init.supervisor import main\n\nmain()\n"


def fill(tree: Tree, sysroot: Sysroot, part: PythonPart, work: Path, source: Path) -> None:
    """Put /init, the interpreter, its modules and libraries into `tree`."""
    found = contents(sysroot, part, work, source)
    python = found.python
    tree.file("init", INIT.format(version=python.version).encode(), GENERATED, executable=True)
    _modules(tree, found)
    program = python.file
    tree.file(python.executable, program.read_bytes(), sysroot.origin(program), executable=True)
    loaded = [module.file for module in found.modules if is_elf(module.file)]
    libraries.install(tree, sysroot, program, part.libraries, loaded)


def _modules(tree: Tree, found: Contents) -> None:
    python = found.python
    compiled = python.compile([module for module in found.modules if module.is_source])
    for module in found.modules:
        data = compiled.get(module.file) or module.file.read_bytes()
        path = module.path.removesuffix(".py") + ".pyc" if module.is_source else module.path
        tree.file(f"{python.library}/{path}", data, module.origin)
