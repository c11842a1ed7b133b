import os
import shutil
import struct
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_images import flat_image, memory_file

from bootpy.errors import BootError
from bootpy.kexec.arm64 import Header, Placement, header, memory, place, trampoline
from bootpy.kexec.choice import Situation
from bootpy.kexec.image import examine
from bootpy.kexec.machine import Machine, foreign_pages
from bootpy.kexec.memory_map import running_kernel, usable_by_iomem
from bootpy.kexec.planned import ANYWHERE, Terms
from qemu.disks.target import cloud_kernel

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
SOURCE = Path(__file__).parent / "arm64_trampoline.S"
START = 1 * GIB  # of memory, as on QEMU's machine
FREE = [(START, START + GIB)]
IMAGE = Header(0, 28 * MIB, True)

# Of QEMU's machine: what starts with two blanks lies within.
IOMEM = """\
09000000-09000fff : pl011@9000000
  09000000-09000fff : 9000000.pl011 pl011@9000000
40000000-7fffffff : System RAM
  40210000-4158ffff : Kernel code
  41590000-41a0ffff : reserved
  41a10000-41caffff : Kernel data
  48000000-485e1fff : reserved
  7ac00000-7fbfffff : reserved
7c440000-7c72ffff : reserved
80000000-8fffffff : System RAM
  80000000-87ffffff : Crash kernel
"""


def test_the_bytes_are_what_the_assembler_makes_of_the_source(tmp_path: Path) -> None:
    if not shutil.which("aarch64-linux-gnu-as"):
        pytest.skip("needs the package binutils-aarch64-linux-gnu")
    made, flat = tmp_path / "trampoline.o", tmp_path / "trampoline.bin"
    subprocess.run(["aarch64-linux-gnu-as", "-o", str(made), str(SOURCE)], check=True)
    command = ["aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", str(made), str(flat)]
    subprocess.run(command, check=True)
    code = trampoline(0x4123456789ABCDEF, 0x4023456789ABCDEF)
    assert struct.unpack("<QQ", code[-16:]) == (0x4123456789ABCDEF, 0x4023456789ABCDEF)
    assert trampoline(0, 0) == flat.read_bytes()


def test_debians_header() -> None:
    with cloud_kernel("arm64").image.open("rb") as file:
        head = file.read(64)
        found = header(head)
        image = examine(file.fileno(), "vmlinuz")
    assert (found.offset, found.anywhere) == (0, True)
    assert found.size > image.size
    assert (image.format, image.machine, image.memory) == ("Image", "aarch64", found.size)


def test_free_memory_with_this_kernel_in_it() -> None:
    assert running_kernel(IOMEM) == (0x40210000, 0x41CB0000)
    assert usable_by_iomem(IOMEM) == [
        (0x40000000, 0x48000000),
        (0x485E2000, 0x7AC00000),
        (0x7FC00000, 0x80000000),
        (0x88000000, 0x90000000),
    ]


def test_who_may_not_see_addresses_may_not_load_either(tmp_path: Path) -> None:
    masked = "00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n" * 2
    assert all(end <= 1 for _, end in usable_by_iomem(masked))
    (tmp_path / "iomem").write_text(masked)
    with pytest.raises(PermissionError):
        memory(ANYWHERE, str(tmp_path / "iomem"))
    (tmp_path / "iomem").write_text(IOMEM)
    assert memory(ANYWHERE, str(tmp_path / "iomem")) == (usable_by_iomem(IOMEM), 0x40210000)
    limits = Terms(lowest=0x50000001, highest=0x5FFFFFFF)
    assert memory(limits, str(tmp_path / "iomem"))[0] == [(0x50001000, 0x60000000)]


def test_a_kernel_goes_where_this_one_is() -> None:
    found = place(FREE, IMAGE, 30 * MIB, 8000, START + 2 * MIB + 64 * KIB)
    assert found == Placement(START + 2 * MIB, START + 30 * MIB, START + 60 * MIB)


@pytest.mark.parametrize("running", [0, START + GIB - 10 * MIB, 5 * GIB])
def test_else_to_the_start_of_memory(running: int) -> None:
    assert place(FREE, IMAGE, 0, 8000, running) == Placement(START, 0, START + 28 * MIB)


def test_older_kernels_want_to_be_there() -> None:
    old = Header(512 * KIB, 12 * MIB, False)
    found = place(FREE, old, 30 * MIB, 8000, START + 64 * MIB)
    assert found == Placement(START + 512 * KIB, START + 12 * MIB + 512 * KIB, START + 44 * MIB)


def test_an_initrd_stays_within_32_gib_of_the_kernel() -> None:
    free = [(START, START + 64 * MIB), (40 * GIB, 41 * GIB)]
    with pytest.raises(BootError, match=r"no place in memory for the initrd: it takes 60\.0 MB"):
        place(free, IMAGE, 60_000_000, 8000)
    near = [(START, START + 64 * MIB), (30 * GIB, 31 * GIB)]
    assert place(near, IMAGE, 60_000_000, 8000).initrd == 30 * GIB
    # Below the kernel, where nothing is above it.
    far = [(START, START + 200 * MIB), (40 * GIB, 40 * GIB + 30 * MIB)]
    with pytest.raises(BootError, match="no place in memory for the initrd"):
        place(far, IMAGE, 60 * MIB, 8000, 40 * GIB)
    below = [(START, START + 200 * MIB)]
    running = START + 150 * MIB
    assert place(below, IMAGE, 60 * MIB, 8000, running).initrd < running


def test_a_machine_without_room() -> None:
    with pytest.raises(BootError, match="no place in memory for the kernel"):
        place([(START, START + 20 * MIB)], IMAGE, 0, 8000)


STRETCHES = st.lists(
    st.tuples(st.integers(0, 80 * GIB), st.integers(4096, 2 * GIB)), min_size=1, max_size=6
)


@given(
    STRETCHES,
    st.builds(
        Header,
        st.sampled_from([0, 64 * KIB, 512 * KIB]),
        st.integers(1, 64).map(lambda size: size * MIB),
        st.booleans(),
    ),
    st.integers(0, 200 * MIB),
    st.integers(100, 2 * MIB),
    st.integers(0, 80 * GIB),
)
def test_all_are_free_apart_and_where_the_protocol_wants_them(
    stretches: list[tuple[int, int]],
    image: Header,
    initrd: int,
    handover: int,
    running: int,
) -> None:
    free, end = [], 0
    for gap, length in stretches:
        free.append((end + gap // 8, end + gap // 8 + length))
        end = free[-1][1]
    try:
        found = place(free, image, initrd, handover, running)
    except BootError:
        return
    parts = [(found.kernel, image.size), (found.handover, handover)]
    parts += [(found.initrd, initrd)] if initrd else []
    assert found.initrd or not initrd
    for start, length in parts:
        assert any(low <= start and start + length <= high for low, high in free)
        assert start % (64 * KIB) == 0
    assert all(a + b <= c for (a, b), (c, _) in pairwise(sorted(parts)))
    assert (found.kernel - image.offset) % (2 * MIB) == 0
    assert found.handover % (2 * MIB) == 0
    if initrd:
        first = min(found.kernel, found.initrd) // GIB * GIB
        assert max(found.kernel + image.size, found.initrd + initrd) <= first + 32 * GIB


def test_a_kernel_of_the_other_byte_order() -> None:
    head = bytearray(flat_image(b"ARM\x64"))
    head[24] |= 1
    fd = memory_file(bytes(head))
    assert examine(fd, "vmlinuz").machine == "aarch64_be"
    os.close(fd)


@pytest.mark.parametrize(
    ("flags", "warned"), [(0, ""), (2, ""), (4, "pages of 16 KiB"), (6, "pages of 64 KiB")]
)
def test_pages_of_another_size(flags: int, warned: str) -> None:
    head = bytearray(flat_image(b"ARM\x64"))
    struct.pack_into("<Q", head, 24, flags)
    fd = memory_file(bytes(head))
    image = examine(fd, "vmlinuz")
    os.close(fd)
    if os.sysconf("SC_PAGESIZE") != 4096:
        pytest.skip("this kernel has other pages")
    here = Machine("aarch64", seen=Situation("aarch64"))
    said = foreign_pages(image, here, "vmlinuz")
    start = f"vmlinuz is a kernel with {warned}, and this one has 4 KiB: "
    assert said.startswith(start) if warned else said == ""
    assert foreign_pages(image, Machine("aarch64"), "vmlinuz") == ""
