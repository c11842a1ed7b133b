"""An ELF kernel for x86-64: where its parts go, and what is no such kernel."""

import os
import struct
from collections.abc import Sequence

import pytest
from kernel_images import memory_file

from bootpy.errors import BootError
from bootpy.kexec.placement import Kernel, Stretch, place
from bootpy.kexec.vmlinux import read

TEXT = 0x1000000
VIRTUAL = 0xFFFFFFFF81000000
# Offset, virtual, physical, stored, in memory: as the linker script of Linux 6.1 lays them out.
PARTS = (
    (0x200000, VIRTUAL, TEXT, 0x1234, 0x1234),
    (0x400000, VIRTUAL + 0x400000, TEXT + 0x400000, 0x1000, 0x5001),
)


def vmlinux(parts: Sequence[tuple[int, ...]] = PARTS, entry: int = TEXT, step: int = 56) -> bytes:
    image = bytearray(0x401000)
    image[:7] = b"\x7fELF\2\1\1"
    struct.pack_into("<HH", image, 16, 2, 62)
    struct.pack_into("<QQ", image, 24, entry, 64)
    struct.pack_into("<HH", image, 54, step, len(parts) + 1)
    struct.pack_into("<II", image, 64, 4, 0)  # PT_NOTE
    for number, part in enumerate(parts, start=1):
        struct.pack_into("<IIQQQQQQ", image, 64 + 56 * number, 1, 5, *part, 0x200000)
    return bytes(image)


def kernel(image: bytes) -> Kernel:
    fd = memory_file(image)
    try:
        return read(fd, "vmlinux")
    finally:
        os.close(fd)


def test_parts() -> None:
    found = kernel(vmlinux())
    assert found.stretches == (
        Stretch(0x200000, 0x1234, 0, 0x2000),
        Stretch(0x400000, 0x1000, 0x400000, 0x6000),
    )
    assert found.entry == 0
    header = found.header
    assert (header.preferred, header.init_size, header.relocatable) == (TEXT, 0x406000, False)
    assert header.setup[0x202 - 0x1F1 :][:4] == b"HdrS"


def test_an_entry_in_virtual_memory() -> None:
    assert kernel(vmlinux(entry=VIRTUAL + 0x400010)).entry == 0x400010


def test_it_goes_where_it_was_linked_for_or_nowhere() -> None:
    header = kernel(vmlinux()).header
    placed = place([(1 << 20, 64 << 20)], header, 0x5000, 0x4000)
    assert placed.kernel == TEXT
    assert not TEXT <= placed.initrd < TEXT + 0x406000
    with pytest.raises(BootError, match="there is no place in memory for the kernel"):
        place([(32 << 20, 64 << 20)], header, 0, 0x4000)


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (vmlinux(()), "it has nothing to load"),
        (vmlinux(entry=0x10), "its entry 0x10 is in none of its segments"),
        (vmlinux([(0, 0, TEXT + 8, 1, 1)]), "its segments are no whole pages"),
        (vmlinux([(0, 0, TEXT, 2, 1)]), "its segments are no whole pages"),
        (vmlinux(step=8), "its program headers are not where they should be"),
    ],
)
def test_refusals(image: bytes, why: str) -> None:
    with pytest.raises(BootError) as refused:
        kernel(image)
    assert refused.value.message == f"vmlinux is no ELF kernel that can be placed in memory: {why}"
