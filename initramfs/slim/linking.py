"""Links objects and static libraries into the program that is /init."""

from collections.abc import Sequence
from pathlib import Path

from initramfs.slim import mathematics
from initramfs.slim.toolchain import Toolchain

# Nothing that only a debugger or another linker reads; what nothing refers to is left out.
_FLAGS = (
    "-no-pie",
    "-Wl,--gc-sections",
    "-Wl,-O1",
    "-Wl,--hash-style=gnu",
    "-Wl,--build-id=none",
    "-Wl,--as-needed",
    "-s",
    # What is allocated before the interpreter is kept lies in the program (region.c); threads
    # are called the same until then (init.c).
    *(f"-Wl,--wrap={name}" for name in ("malloc", "calloc", "realloc", "free")),
    "-Wl,--wrap=PyThread_get_thread_ident",
    "-Wl,--wrap=PyThread_get_thread_native_id",
)


def link(
    toolchain: Toolchain,
    objects: Sequence[Path],
    libraries: Sequence[str],
    last: Path,
    program: Path,
) -> Path:
    """Link `objects` and the static forms of `libraries` to `program`, and return that.

    What `last` has comes behind all others in memory.
    """
    static = ["-Wl,-Bstatic", *(f"-l{name}" for name in libraries), "-Wl,-Bdynamic"]
    arguments = [
        *_FLAGS,
        *objects,
        *static,
        mathematics.archive(toolchain),
        last,
        "-lc",
        "-lm",
        "-o",
        program,
    ]
    listed = program.with_name(f"{program.name}.objects")
    listed.write_text("\n".join(f'"{argument}"' for argument in arguments))
    toolchain.run(toolchain.compiler, f"@{listed}", folder=program.parent)
    return program
