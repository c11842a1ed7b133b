"""What an ELF file asks for: its interpreter and its shared libraries (pyelftools)."""

from collections.abc import Iterable
from pathlib import Path

from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import InterpSegment

from initramfs.sysroot import Sysroot

_MAGIC = b"\x7fELF"


def is_elf(path: Path) -> bool:
    """Whether the file at `path` starts as an ELF file does."""
    with path.open("rb") as file:
        return file.read(4) == _MAGIC


def needed(path: Path) -> list[str]:
    """Return the sonames of DT_NEEDED, in their order."""
    with path.open("rb") as file:
        for segment in ELFFile(file).iter_segments():
            if isinstance(segment, DynamicSegment):
                return [str(vars(tag)["needed"]) for tag in segment.iter_tags("DT_NEEDED")]
    return []


def interpreter(path: Path) -> str | None:
    """Return the path of the dynamic linker (PT_INTERP), or None for a static file."""
    with path.open("rb") as file:
        for segment in ELFFile(file).iter_segments():
            if isinstance(segment, InterpSegment):
                return str(segment.get_interp_name())
    return None


def closure(sysroot: Sysroot, roots: Iterable[Path]) -> dict[str, Path]:
    """Return every shared library that `roots` need, directly or through others.

    Keys are paths in the image (by soname), values the files. The dynamic linker is not
    among them: it has its own path (`interpreter`).
    """
    found: dict[str, Path] = {}
    seen: set[str] = set()
    waiting = [soname for root in roots for soname in needed(root)]
    while waiting:
        soname = waiting.pop(0)
        if soname in seen or soname.startswith("ld-"):
            continue
        seen.add(soname)
        path, file = sysroot.library(soname)
        found[path] = file
        waiting += needed(file)
    return found
