"""A kernel as an ELF file: what ppc64le, riscv64 and s390x load, and x86's vmlinux.

Source: elf(5).
"""

import struct

from bootpy.errors import BootError
from bootpy.kexec.image import Image, refuse_truncated

_MACHINES = {
    (2, 1, 62): "x86_64",
    (1, 1, 3): "i686",
    (2, 1, 183): "aarch64",
    (1, 1, 40): "armv7l",
    (2, 1, 243): "riscv64",
    (2, 1, 21): "ppc64le",
    (2, 2, 21): "ppc64",
    (2, 2, 22): "s390x",
    (2, 1, 258): "loongarch64",
}
_EXECUTABLE = (2, 3)  # ET_EXEC, and ET_DYN for relocatable kernels
_PT_INTERP = 3
_PT_LOAD = 1


def read(head: bytes, size: int, name: str) -> Image:
    """Describe an ELF kernel; BootError for a truncated one, an object file, a program."""
    refuse_truncated(name, len(head), 64)
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
    kind, number = struct.unpack_from(order + "HH", head, 16)
    machine = _MACHINES.get((head[4], head[5], number), f"ELF machine {number}")
    if kind not in _EXECUTABLE:
        raise BootError(
            f"{name} is an ELF object file, not a kernel", "name the kernel image in the entry"
        )
    if not wide:
        return Image("ELF", machine, size)
    (table,) = struct.unpack_from(order + "Q", head, 32)
    step, count = struct.unpack_from(order + "HH", head, 54)
    memory = 0
    for index in range(count):
        start = table + index * step
        if start + 56 > len(head):
            break
        part, _, offset, _, _, stored, loaded, _ = struct.unpack_from(
            order + "IIQQQQQQ", head, start
        )
        if part == _PT_INTERP:
            raise BootError(
                f"{name} is a Linux program, not a kernel", "name the kernel image in the entry"
            )
        if part == _PT_LOAD:
            refuse_truncated(name, size, offset + stored)
            memory += loaded
    return Image("ELF", machine, size, memory=memory)
