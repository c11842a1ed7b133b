"""The way from 64-bit mode, in which Linux leaves, to the 32-bit one in which Multiboot begins.

The kernel's own way (KEXEC_ARCH_386 for kexec_load(2)) is none: a 64-bit kernel answers EINVAL
to that flag (kernel/kexec.c of Linux 6.1). Wanted are flat segments of 4 GiB, protected mode
without paging, EAX and EBX (Multiboot Specification 0.6.96, section 3.2; Multiboot2
Specification 2.0, section 3.3). tests/kexec/multiboot_entry.S is this in assembly.
"""

import struct

from bootpy.kexec.memory_map import PAGE
from bootpy.kexec.multiboot.header import Version
from bootpy.kexec.multiboot.information import MAGIC

_CODE = bytes.fromhex(
    "0f0115 59000000"  # lgdt gdt(%rip)
    "488d25 f20f0000"  # leaq start+0x1000(%rip), %rsp
    "8b1d 6c000000"  # movl information(%rip), %ebx
    "8b35 6a000000"  # movl magic(%rip), %esi
    "8b3d 68000000"  # movl entry(%rip), %edi
    "6a10 488d05 03000000 50 48cb"  # pushq $0x10; leaq 1f(%rip), %rax; pushq %rax; lretq
    "b8 18000000"  # 1: movl $0x18, %eax
    "8ed8 8ec0 8ed0 8ee0 8ee8"  # movl %eax, %ds and %es, %ss, %fs, %gs
    "0f20c0 25 ffffff7f 0f22c0"  # movl %cr0, %eax; andl $0x7fffffff, %eax; movl %eax, %cr0
    "b9 800000c0 0f32"  # movl $0xc0000080, %ecx; rdmsr
    "25 fffeffff 0f30"  # andl $0xfffffeff, %eax; wrmsr
    "31c0 0f22e0"  # xorl %eax, %eax; movl %eax, %cr4
    "89f0 ffe7"  # movl %esi, %eax; jmp *%edi
    "0f1f00"  # to the next multiple of 16
    "1f00 0000000000000000 000000000000"  # gdt: its own size and address
    "ffff0000009acf00"  # 0x10: code
    "ffff00000092cf00"  # 0x18: data
    # information, magic, entry: 32 bits each, behind it
)
_GDT = 0x60
_GDT_BASE = _GDT + 2


def build(at: int, version: Version, information: int, entry: int) -> bytes:
    """Return a page of code to be put `at` a page below 4 GiB; it starts at its first byte.

    It jumps to `entry` with EBX holding the address of the `information`.
    """
    code = bytearray(_CODE + struct.pack("<III", information, MAGIC[version], entry))
    struct.pack_into("<Q", code, _GDT_BASE, at + _GDT)
    return bytes(code).ljust(PAGE, b"\0")
