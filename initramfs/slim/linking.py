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
)


def link(
    toolchain: Toolchain, objects: Sequence[Path], libraries: Sequence[str], program: Path
) -> Path:
    """Link `objects` and the static forms of `libraries` to `program`, and return that."""
    static = ["-Wl,-Bstatic", *(f"-l{name}" for name in libraries), "-Wl,-Bdynamic"]
    arguments = [
        *_FLAGS,
        *objects,
        *static,
        mathematics.archive(toolchain),
        "-lc",
        "-lm",
        "-o",
        program,
    ]
    listed = program.with_name(f"{program.name}.objects")
    listed.write_text("\n".join(f'"{argument}"' for argument in arguments))
    toolchain.run(toolchain.compiler, f"@{listed}", folder=program.parent)
    return program
