"""What the witness, a Multiboot kernel of our own, tells of what it was handed."""

import struct
from typing import NamedTuple

from multiboot_reading import Memory

from qemu.guest import Guest

_PIECE = 1024


class Registers(NamedTuple):
    """The processor as the kernel found it."""

    eax: int
    ebx: int
    cr0: int
    cr4: int
    cs: int
    ds: int
    eflags: int


class Witness(Memory):
    """The memory of a machine in which the witness runs, read over its serial line."""

    def __init__(self, guest: Guest, patience: float = 120) -> None:
        found = guest.expect(r"WITNESS ((?:[0-9a-f]{8} ){7})\s*>", timeout=patience)
        self.registers = Registers(*(int(word, 16) for word in found[1].split()))
        self._guest = guest
        super().__init__(self.registers.ebx, b"")

    def read(self, address: int, count: int) -> bytes:
        """Return bytes of physical memory."""
        content = b""
        while len(content) < count:
            piece = min(count - len(content), _PIECE)
            self._guest.console.send(f"{address + len(content):08x} {piece:08x}")
            found = self._guest.expect(rf"([0-9a-f]{{{2 * piece}}})\s*>", timeout=60)
            content += bytes.fromhex(found[1])
        return content

    def take(self, form: str, address: int) -> tuple[int, ...]:
        """Unpack at an address."""
        return struct.unpack("<" + form, self.read(address, struct.calcsize("<" + form)))

    def text(self, address: int) -> bytes:
        """Return the bytes up to a NUL."""
        content = b""
        while b"\0" not in content:
            content += self.read(address + len(content), 64)
        return content.partition(b"\0")[0]

    def whole(self) -> Memory:
        """Return version 2's information, whose own start says how long it is.

        Up to a multiple of 8, to which kexec-tools does not count the end of the last tags.
        """
        (size,) = self.take("I", self.at)
        return Memory(self.at, self.read(self.at, size + -size % 8))
