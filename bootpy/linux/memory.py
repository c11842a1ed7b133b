"""How much memory the machine has, from /proc/meminfo (proc(5))."""

from typing import NamedTuple


class Memory(NamedTuple):
    """Bytes of RAM that the kernel manages, and bytes that can be had without swapping.

    Both are 0 where /proc does not say.
    """

    total: int
    available: int


def memory(meminfo: str = "/proc/meminfo") -> Memory:
    """Read MemTotal and MemAvailable."""
    found = _amounts(meminfo)
    return Memory(found.get("MemTotal", 0), found.get("MemAvailable", 0))


def peak(status: str = "/proc/self/status") -> int:
    """Return the most memory that this process ever held, in bytes (VmHWM, proc(5))."""
    return _amounts(status).get("VmHWM", 0)


def _amounts(path: str) -> dict[str, int]:
    """Read the lines `Name: NUMBER kB` of a file in /proc, in bytes."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            lines = file.readlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        key, _, value = line.partition(":")
        words = value.split()
        if words and words[0].isdigit():
            found[key] = int(words[0]) << 10
    return found
