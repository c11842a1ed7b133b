"""Load a planned kernel for arm64 with kexec_load(2): placed in memory, with a device tree.

Source: Documentation/arm64/booting.rst, arch/arm64/kernel/kexec_image.c, machine_kexec.c and
relocate_kernel.S of Linux 6.1. The call checks no destination against the machine's memory, so
that all of it is decided, and checked, here.
"""

import errno
import os
import struct
from typing import NamedTuple

from bootpy.kexec import devicetree
from bootpy.kexec.choice import DEVICE_TREE
from bootpy.kexec.image import read_at
from bootpy.kexec.memory_map import running_kernel, usable_by_iomem, within, without
from bootpy.kexec.placement import Stretches, fits, no_room
from bootpy.kexec.planned import ANYWHERE, Plan, Terms
from bootpy.linux.kexec import Mapping, Segment, kexec_load

_IOMEM = "/proc/iomem"
_GRAIN = 64 << 10  # segments are whole pages of the running kernel, which has 64 KiB at most
_ALIGNMENT = 2 << 20
_NEAR = 512 << 20  # how near Linux before 4.2 wants the device tree
_WINDOW = 32 << 30  # of kernel and initrd together, from a border of 1 GiB
_GIB = 1 << 30
_END = 1 << 52  # of physical addresses
_ANYWHERE = 0x8  # in the header's flags: not near the start of memory
_SEED = 32

# What runs between the old kernel and the new, with the MMU off.
_CODE = bytes.fromhex(
    "c4000058"  # ldr x4, entry
    "e0000058"  # ldr x0, tree
    "e1031faa"  # mov x1, xzr
    "e2031faa"  # mov x2, xzr
    "e3031faa"  # mov x3, xzr
    "80001fd6"  # br x4
    # entry, tree: 64 bits each, behind it
)


class Header(NamedTuple):
    """What an Image's header says: bytes from a multiple of 2 MiB to its start, and in all.

    `anywhere` is whether it may be far from the start of memory.
    """

    offset: int
    size: int
    anywhere: bool


class Placement(NamedTuple):
    """Physical addresses; `initrd` is 0 where there is none."""

    kernel: int
    initrd: int
    handover: int


def header(head: bytes) -> Header:
    """Read the header of an Image from its first 64 bytes."""
    offset, size, flags = struct.unpack_from("<QQQ", head, 8)
    return Header(offset, size, bool(flags & _ANYWHERE))


def load_segments(plan: Plan, record: bytes = b"", terms: Terms = ANYWHERE) -> list[str]:
    """Load an Image for the jump, with `plan`'s device tree or else this machine's own.

    `record` goes along in the tree. OSError with the kernel's answer; BootError where there is no
    place for the segments, by the machine or by the `terms`, or no tree to hand over.
    """
    image = header(read_at(plan.kernel, 0, 64, plan.name))
    image = image._replace(size=max(image.size, plan.kernel_size))
    free, running = memory(terms)
    tree = _tree(plan.devicetree, plan.devicetree_name)
    cmdline = plan.cmdline.encode(errors="surrogateescape")
    seeds = (_random(8), _random(_SEED))

    def handover(placed: Placement) -> bytes:
        initrd = (placed.initrd, placed.initrd + plan.initrd_size) if placed.initrd else (0, 0)
        boot = devicetree.Boot(cmdline, initrd, *seeds, record)
        return devicetree.encode(devicetree.for_boot(tree, boot))

    # How long it is does not depend on addresses, but on whether there is an initrd.
    length = len(handover(Placement(0, int(bool(plan.initrd_size)), 0)))
    code_at = -(-length // 16) * 16
    placed = place(free, image, plan.initrd_size, code_at + 64, running)
    content = handover(placed).ljust(code_at, b"\0")
    content += trampoline(placed.kernel, placed.handover)
    segments = [Segment(content, 0, len(content), placed.handover, _whole(len(content)))]
    mapped: list[Mapping] = []
    try:
        for fd, size, at in (
            (plan.kernel, plan.kernel_size, placed.kernel),
            (plan.initrd, plan.initrd_size, placed.initrd),
        ):
            if size:
                mapped.append(Mapping(fd, size))
                segments.append(Segment(mapped[-1], 0, size, at, _whole(size)))
        kexec_load(placed.handover + code_at, segments)
    finally:
        for mapping in mapped:
            mapping.close()
    return []


def trampoline(kernel: int, tree: int) -> bytes:
    """Return the code that hands the device tree at `tree` to the kernel at `kernel`."""
    return _CODE + struct.pack("<QQ", kernel, tree)


def place(
    free: Stretches, image: Header, initrd: int, handover: int, running: int = 0
) -> Placement:
    """Find room in `free` for a kernel, an initrd and a handover of these sizes in bytes.

    `running` is where this kernel's code is: the place of the new one where it fits, as none of
    the pages that the load takes can be among those that it is to be put into. BootError: there
    is no room.
    """
    room = [(_whole(start), end // _GRAIN * _GRAIN) for start, end in free]
    extent = _whole(image.size)
    kernel = _kernel(room, image, extent, running)
    if kernel is None:
        raise no_room("the kernel", extent, free)
    room = without(room, kernel, kernel + extent)
    highest = kernel // _GIB * _GIB + _WINDOW
    lowest = max(-(-(kernel + extent) // _GIB) * _GIB - _WINDOW, 0)
    near, everywhere = (kernel, kernel + _NEAR), (0, _END)
    starts = []
    for what, size, grain, ranges in (
        ("the initrd", _whole(initrd), _GRAIN, ((kernel, highest), (lowest, highest))),
        # Only older kernels want it near.
        ("the device tree", _whole(handover), _ALIGNMENT, (near, everywhere)),
    ):
        found = (_lowest(room, size, *each, grain) for each in ranges)
        start = next((each for each in found if each is not None), None) if size else 0
        if start is None:
            raise no_room(what, size, free)
        room = without(room, start, start + size)
        starts.append(start)
    return Placement(kernel, *starts)


def _kernel(room: Stretches, image: Header, extent: int, running: int) -> int | None:
    """Return the start for an Image: so many bytes above a multiple of 2 MiB."""
    here = running // _ALIGNMENT * _ALIGNMENT + image.offset
    if running and image.anywhere and fits(room, here, extent):
        return here
    for start, _ in room:
        aligned = -(-max(start - image.offset, 0) // _ALIGNMENT) * _ALIGNMENT + image.offset
        if fits(room, aligned, extent):
            return aligned
    return None


def _lowest(room: Stretches, size: int, least: int, most: int, grain: int) -> int | None:
    for low, high in room:
        start = -(-max(low, least) // grain) * grain
        if start + size <= min(high, most):
            return start
    return None


def memory(terms: Terms, path: str = _IOMEM) -> tuple[Stretches, int]:
    """Return the stretches that may be used, and where this kernel's code is (0: not known).

    PermissionError (EPERM) where the process may not see addresses.
    """
    with open(path, encoding="ascii") as file:
        iomem = file.read()
    free = usable_by_iomem(iomem)
    if max((end for _, end in free), default=1) == 1:
        # What only root is shown is 0 for others; neither may they load.
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)
    if terms != ANYWHERE:
        free = within(free, terms.lowest, terms.highest + 1)
    return free, running_kernel(iomem)[0]


def _tree(fd: int, name: str) -> devicetree.Tree:
    """Return the tree in the file open at `fd`, completed; this machine's own for -1."""
    own_fd = os.open(f"/{DEVICE_TREE}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        own = devicetree.read(own_fd, f"/{DEVICE_TREE}")
    finally:
        os.close(own_fd)
    return own if fd < 0 else devicetree.completed(devicetree.read(fd, name), own)


def _random(count: int) -> bytes:
    try:
        return os.getrandom(count, os.GRND_NONBLOCK)
    except BlockingIOError:
        return b""  # the kernel has none itself yet


def _whole(size: int) -> int:
    return -(-size // _GRAIN) * _GRAIN
