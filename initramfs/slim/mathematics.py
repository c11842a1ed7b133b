"""The C library's functions of mathematics, linked into the program from musl's archive.

glibc's libm.so.6 is 0.9 MB for functions that nothing on the boot path calls, and its static
form needs a static libc. musl's are plain C that depends on nothing. What musl has not is
left to the linker, which then takes glibc's.
"""

from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from initramfs.slim.toolchain import Toolchain


def archive(toolchain: Toolchain) -> Path:
    """Return a static library with what libm.so.6 has, as far as musl has it too; made once."""
    made = toolchain.root / "libm-musl.a"
    if made.exists():
        return made
    (whole,) = toolchain.root.glob("usr/lib/*-linux-musl/libc.a")
    (libm,) = toolchain.root.glob("usr/lib/*-linux-gnu/libm.so.6")
    folder = toolchain.root / "musl"
    folder.mkdir(exist_ok=True)
    tool = toolchain.root / "ar"
    toolchain.run(tool, "x", whole, folder=folder)
    defined: dict[str, Path] = {}
    wanted: dict[Path, set[str]] = {}
    for member in sorted(folder.iterdir()):
        have, lack = _symbols(member, ".symtab")
        wanted[member] = lack
        for name in have:
            defined.setdefault(name, member)
    libc, _ = _symbols(libm.with_name("libc.so.6"), ".dynsym")
    functions, _ = _symbols(libm, ".dynsym")
    chosen = _closed(functions - libc, libc, defined, wanted)
    toolchain.run(tool, "rcD", made, *sorted(chosen), folder=folder)
    return made


def _closed(
    functions: set[str], libc: set[str], defined: dict[str, Path], wanted: dict[Path, set[str]]
) -> set[Path]:
    """Return the members for `functions`, with what they need less what `libc` has.

    No member defines what the libc has that the program runs with: musl's own errno, say,
    would stand beside it, and one half of the program would set what the other never reads.
    """
    foreign = {defined[name] for name in libc if name in defined}
    chosen: set[Path] = set()
    waiting = {defined[name] for name in functions if name in defined} - foreign
    while waiting:
        chosen |= waiting
        names = {name for member in waiting for name in wanted[member] if name in defined}
        waiting = {defined[name] for name in names} - foreign - chosen
    return chosen


def _symbols(path: Path, section: str) -> tuple[set[str], set[str]]:
    """Return the global names that an ELF file defines, and those that it asks for."""
    have: set[str] = set()
    lack: set[str] = set()
    with path.open("rb") as file:
        table = ELFFile(file).get_section_by_name(section)
        if isinstance(table, SymbolTableSection):
            for symbol in table.iter_symbols():
                if symbol.name and symbol["st_info"]["bind"] != "STB_LOCAL":
                    absent = symbol["st_shndx"] == "SHN_UNDEF"
                    (lack if absent else have).add(symbol.name)
    return have, lack - {"_GLOBAL_OFFSET_TABLE_"}
