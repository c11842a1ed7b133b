"""The rig's own programs for guests, static and without a C library."""

from __future__ import annotations

from pathlib import Path

from qemu.icount.compiling import compiled

HERE = Path(__file__).resolve().parent

FLAGS = (
    *("-ffreestanding", "-fno-builtin", "-fno-stack-protector", "-fno-pie", "-no-pie"),
    *("-nostdlib", "-static", "-s"),
)


def bare_program(name: str, **constants: str | None) -> Path:
    """Return the program of `NAME.c`; `constants` are macros: strings, or set without a value."""
    defined = [
        f"-D{key}" if value is None else f'-D{key}="{value}"' for key, value in constants.items()
    ]
    return compiled(HERE / f"{name}.c", [*FLAGS, *defined])
