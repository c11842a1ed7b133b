"""Reads what a Multiboot kernel is handed, as a kernel does by the two specifications."""

import struct
from typing import Any

PLACES_1 = (
    (0, "mem_lower", 4),
    (0, "mem_upper", 8),
    (1, "boot_device", 12),
    (2, "cmdline", 16),
    (3, "mods_count", 20),
    (3, "mods_addr", 24),
    (4, "syms", 28),
    (6, "mmap_length", 44),
    (6, "mmap_addr", 48),
    (7, "drives_length", 52),
    (8, "config_table", 60),
    (9, "boot_loader_name", 64),
    (10, "apm_table", 68),
    (11, "vbe_control_info", 72),
)
"""Fields of version 1's structure: the flag that makes each valid, its name, its offset."""


class Memory:
    """Bytes at a physical address; what is read outside of them is an error."""

    def __init__(self, at: int, content: bytes) -> None:
        self.at, self.content = at, content

    def take(self, form: str, address: int) -> tuple[int, ...]:
        """Unpack at an address."""
        start = address - self.at
        assert 0 <= start <= len(self.content) - struct.calcsize("<" + form)
        return struct.unpack_from("<" + form, self.content, start)

    def text(self, address: int) -> bytes:
        """Return the bytes up to a NUL."""
        start = address - self.at
        assert 0 <= start < len(self.content)
        return self.content[start : self.content.index(0, start)]


def read_1(memory: Memory) -> dict[str, Any]:
    """Return what version 1's structure at the start of the memory says, by field."""
    at = memory.at
    (flags,) = memory.take("I", at)
    said: dict[str, Any] = {
        name: memory.take("I", at + offset)[0] for bit, name, offset in PLACES_1 if flags >> bit & 1
    }
    for name in ("cmdline", "boot_loader_name"):
        if name in said:
            said[name] = memory.text(said[name])
    if "mods_count" in said:
        start, count = said.pop("mods_addr"), said.pop("mods_count")
        rows = [memory.take("4I", start + 16 * number) for number in range(count)]
        assert not any(row[3] for row in rows)
        said["modules"] = [(row[0], row[1], memory.text(row[2])) for row in rows]
    if "mmap_addr" in said:
        place, length = said.pop("mmap_addr"), said.pop("mmap_length")
        end = place + length
        said["map"] = []
        while place < end:
            size, base, extent, kind = memory.take("IQQI", place)
            said["map"].append((base, base + extent, kind))
            place += size + 4
        assert place == end
    if flags >> 12 & 1:
        said["screen"] = memory.take("QIIIBB6B", at + 88)
    return said


def read_2(memory: Memory, *, padded: bool = True) -> dict[int, list[bytes]]:
    """Return the contents of version 2's tags by their type, in order.

    Without `padded`, the size of all may end within the last tag, as with kexec-tools.
    """
    total, reserved = memory.take("II", memory.at)
    assert not memory.at % 8
    assert reserved == 0
    assert total % 8 == 0 or not padded
    assert total <= len(memory.content)
    found: dict[int, list[bytes]] = {}
    at = 8
    while True:
        kind, size = memory.take("II", memory.at + at)
        if kind == 0:
            assert (size, at + 8) == (8, total) or not padded
            return found
        assert size >= 8
        found.setdefault(kind, []).append(memory.content[at + 8 : at + size])
        at += size + -size % 8
