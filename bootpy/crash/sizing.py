"""How much memory crashkernel= has to keep, for this machine and this image.

The capture kernel unpacks itself and the image, and then holds: itself, the unpacked image, a
Python, the drivers, and what waits to be written. What that comes to beside the files was
measured: docs/crash.md names the command.
"""

from typing import NamedTuple

MIB = 1 << 20

BESIDE = 44 * MIB
"""Bytes that it takes beside kernel and image, packed and unpacked, measured and rounded up."""

_STEP = 32 * MIB
_MARGIN = 1.3

# Machines with more memory have more devices, whose drivers take more. By total memory, as
# Fedora's kdump has it (kdumpctl get-default-crashkernel, x86_64).
_LEAST_BY_TOTAL = ((64 << 30, 512 * MIB), (4 << 30, 256 * MIB), (0, 192 * MIB))


class Sizes(NamedTuple):
    """Bytes: `least` is what the capture takes at least, `recommended` what leaves it room."""

    least: int
    recommended: int


def sizes(kernel: int, packed: int, unpacked: int, total: int) -> Sizes:
    """Work them out.

    Bytes: what the kernel takes up while it unpacks itself, the image both ways, and all of the
    machine's memory.
    """
    least = kernel + packed + unpacked + BESIDE
    by_total = next(size for above, size in _LEAST_BY_TOTAL if total >= above)
    wanted = max(int(least * _MARGIN), by_total)
    return Sizes(least, -(-wanted // _STEP) * _STEP)


def as_word(size: int) -> str:
    """Return the word for the kernel command line that has it keep `size` bytes."""
    return f"crashkernel={-(-size // MIB)}M"
