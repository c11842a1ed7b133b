"""An x86-64 kernel as ELF (vmlinux): its parts, and the header that a bzImage would have.

It is not compressed and does not move itself: it goes to the addresses that it was linked for.
Linux enters it with the boot parameters as it does a bzImage (startup_64 in
arch/x86/kernel/head_64.S), so that the same handover serves. Sources: elf(5),
arch/x86/kernel/vmlinux.lds.S and Documentation/x86/boot.rst of Linux 6.1.
"""

import struct
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.kexec.bzimage import ABOVE_4G, EFI_KEXEC, KERNEL_64, LEVELS_5, Header
from bootpy.kexec.image import HEAD, read_at
from bootpy.kexec.memory_map import PAGE
from bootpy.kexec.placement import Kernel, Stretch, pages

_PT_LOAD = 1
_PROGRAM = struct.Struct("<IIQQQQQQ")  # Elf64_Phdr

_HEADER = 0x1F1  # where in the boot parameters the setup header begins
_END = 0x290
_PROTOCOL = 0x020F
_INITRD_MAX = (1 << 31) - 1
_CMDLINE = 2047  # COMMAND_LINE_SIZE of x86 less the NUL


class _Part(NamedTuple):
    """A segment to load: offset and bytes in the file, addresses and bytes in memory."""

    offset: int
    virtual: int
    physical: int
    stored: int
    memory: int


def read(fd: int, name: str) -> Kernel:
    """Read the ELF kernel open at `fd`, which `bootpy.kexec.elf` has found whole.

    BootError where it is none that can be placed.
    """
    head = read_at(fd, 0, HEAD, name)
    entry, table = struct.unpack_from("<QQ", head, 24)
    size, count = struct.unpack_from("<HH", head, 54)
    if size < _PROGRAM.size or table + size * count > len(head):
        raise _unfit(name, "its program headers are not where they should be")
    programs = (_PROGRAM.unpack_from(head, table + size * number) for number in range(count))
    parts = [
        _Part(offset, virtual, physical, stored, memory)
        for kind, _, offset, virtual, physical, stored, memory, _ in programs
        if kind == _PT_LOAD and memory
    ]
    if not parts:
        raise _unfit(name, "it has nothing to load")
    if any(one.physical % PAGE or one.stored > one.memory for one in parts):
        raise _unfit(name, "its segments are no whole pages")
    start = min(one.physical for one in parts)
    extent = max(one.physical + one.memory for one in parts) - start
    return Kernel(
        _header(start, pages(extent)),
        _entered(entry, parts, name) - start,
        tuple(
            Stretch(one.offset, one.stored, one.physical - start, pages(one.memory))
            for one in parts
        ),
    )


def _entered(entry: int, parts: list[_Part], name: str) -> int:
    """Return the physical address of the entry, which may be given as a virtual one."""
    for one in parts:
        if one.physical <= entry < one.physical + one.memory:
            return entry
    for one in parts:
        if one.virtual <= entry < one.virtual + one.memory:
            return entry - one.virtual + one.physical
    raise _unfit(name, f"its entry {entry:#x} is in none of its segments")


def _header(start: int, extent: int) -> Header:
    """Make up the setup header, which only a bzImage brings."""
    setup = bytearray(_END)
    struct.pack_into("<H", setup, 0x1FE, 0xAA55)
    setup[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", setup, 0x206, _PROTOCOL)
    struct.pack_into("<II", setup, 0x22C, _INITRD_MAX, PAGE)
    flags = KERNEL_64 | ABOVE_4G | EFI_KEXEC | LEVELS_5
    struct.pack_into("<H", setup, 0x236, flags)
    struct.pack_into("<I", setup, 0x238, _CMDLINE)
    code = bytes(setup[_HEADER:])
    return Header(code, 0, extent, extent, PAGE, False, start, _INITRD_MAX, flags)


def _unfit(name: str, why: str) -> BootError:
    return BootError(
        f"{name} is no ELF kernel that can be placed in memory: {why}",
        "name the vmlinuz file that the distribution installs",
    )
