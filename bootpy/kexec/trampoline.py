"""What runs between the old kernel and the new: some instructions, and page tables for them.

The 64-bit boot protocol (Documentation/x86/boot.rst) wants segments, a stack, a register set,
and memory mapped to itself. Linux's kexec leaves the tables mapped that lie wherever it found
pages, also where the new kernel unpacks itself; with tables in a place of their own only the
image has to be loaded, and not as much memory again as it unpacks to.
"""

import struct
from collections.abc import Iterable

from bootpy.kexec.memory_map import PAGE, RAM, Region

_CODE = bytes.fromhex(
    "0f0115 59000000"  # lgdt gdt(%rip)
    "b8 18000000"  # movl $0x18, %eax
    "8ed8 8ec0 8ed0 8ee0 8ee8"  # movl %eax, %ds and %es, %ss, %fs, %gs
    "488d25 e30f0000"  # leaq start+0x1000(%rip), %rsp
    "488b05 5c000000"  # movq tables_of_4(%rip), %rax
    "0f20e2"  # movq %cr4, %rdx
    "f7c2 00100000"  # testl $0x1000, %edx: whether tables have five levels
    "480f4505 53000000"  # cmovnzq tables_of_5(%rip), %rax
    "0f22d8"  # movq %rax, %cr3
    "6a10 488d05 03000000 50 48cb"  # pushq $0x10; leaq 1f(%rip), %rax; pushq %rax; lretq
    "488b35 45000000"  # 1: movq parameters(%rip), %rsi
    "ff25 47000000"  # jmpq *entry(%rip)
    "66662e0f1f840000000000 0f1f4000"  # to the next multiple of 16
    "1f00 0000000000000000 000000000000"  # gdt: its own size and address
    "ffff0000009aaf00"  # 0x10: code
    "ffff00000092cf00"  # 0x18: data
    # tables_of_4, tables_of_5, parameters, entry: 64 bits each, behind it
)
_GDT = 0x60
_GDT_BASE = _GDT + 2

_PRESENT = 0x3  # and writable
_LARGE = 0x80
_GIB = 1 << 30
_MOST = 512  # entries of a table; GiB that one table of the third level reaches
_LOWEST = 4  # GiB that are mapped in any case: devices and firmware tables are in them


def size(regions: Iterable[Region], large: bool) -> int:
    """Return the bytes that `build` will return: whole pages."""
    return (4 + (0 if large else len(_directories(regions)))) * PAGE


def build(
    at: int, parameters: int, entry: int, regions: Iterable[Region], large: bool = True
) -> bytes:
    """Return code and tables to be put `at` a page; the code starts at its first byte.

    It hands over the boot parameters at `parameters` and jumps to `entry`, with memory below
    512 GiB mapped to itself. Without `large`, for processors that lack pages of 1 GiB
    ("pdpe1gb"), only what `regions` calls RAM, and the lowest 4 GiB.
    """
    five, four, three = (at + number * PAGE for number in (1, 2, 3))
    code = bytearray(_CODE + struct.pack("<QQQQ", four, five, parameters, entry))
    struct.pack_into("<Q", code, _GDT_BASE, at + _GDT)
    top: list[bytes] = [
        bytes(code).ljust(PAGE, b"\0"),
        struct.pack("<Q", four | _PRESENT).ljust(PAGE, b"\0"),
        struct.pack("<Q", three | _PRESENT).ljust(PAGE, b"\0"),
    ]
    if large:
        flags = _PRESENT | _LARGE
        return b"".join((*top, struct.pack("<512Q", *range(flags, _MOST * _GIB + flags, _GIB))))
    table = [0] * _MOST
    directories = []
    for number, gib in enumerate(_directories(regions), start=4):
        table[gib] = at + number * PAGE | _PRESENT
        first = gib * _GIB | _PRESENT | _LARGE
        directories.append(struct.pack("<512Q", *range(first, first + _GIB, _GIB // _MOST)))
    return b"".join((*top, struct.pack("<512Q", *table), *directories))


def _directories(regions: Iterable[Region]) -> list[int]:
    """Return the numbers of the GiB that are mapped by tables of the second level."""
    wanted = set(range(_LOWEST))
    for region in regions:
        if region.type == RAM:
            last = min((region.end - 1) // _GIB + 1, _MOST)
            wanted.update(range(region.start // _GIB, last))
    return sorted(wanted)
