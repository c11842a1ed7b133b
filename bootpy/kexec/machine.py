"""The machine that a kernel has to fit: its architecture, its memory, what it can load."""

import os
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.kexec.bzimage import ABOVE_4G, ELFCOREHDR, KERNEL_64
from bootpy.kexec.choice import Call, Situation, look
from bootpy.kexec.image import Image

# What kexec_file_load(2) takes, by `uname -m`; the rest of Linux's machines has no such call.
_LOADABLE = {
    "x86_64": ("bzImage",),
    "aarch64": ("Image",),
    "riscv64": ("ELF", "Image"),
    "ppc64le": ("ELF",),
    "s390x": ("ELF",),
    "loongarch64": ("Image", "ELF"),
}

# COMMAND_LINE_SIZE less the NUL, where it is not in the image: arch/*/include/uapi/asm/setup.h.
_CMDLINE_LIMITS = {
    "aarch64": 2047,
    "riscv64": 1023,
    "ppc64le": 2047,
    "s390x": 4095,
    "loongarch64": 4095,
}


# Sizes of pages by bits 1 and 2 of the flags of arm64's Image; 0 stands for "not said".
_PAGES = {1: 4 << 10, 2: 16 << 10, 3: 64 << 10}


class Machine(NamedTuple):
    """`uname -m`, bytes of memory in all and to be had (0 where unknown), how it can load.

    `seen` is what was looked at for the choice of the system call; None for another machine.
    """

    architecture: str
    total: int = 0
    available: int = 0
    seen: Situation | None = None

    @property
    def situation(self) -> Situation:
        """What bears on the choice of the system call; nothing is known of other machines."""
        return self.seen or Situation(self.architecture, memory_map=False, device_tree=False)

    def now(self) -> "Machine":
        """Return this machine with its memory as it is now."""
        from bootpy.linux.memory import memory

        total, available = memory()
        return self._replace(total=total, available=available)


def this_machine() -> Machine:
    """Describe the machine that this runs on, its memory as it is now."""
    seen = look()
    return Machine(seen.architecture, seen=seen).now()


def refuse_other(image: Image, machine: Machine, name: str, call: Call = "file") -> None:
    """Raise BootError where `machine` cannot load this image with `call`."""
    if image.machine and image.machine != machine.architecture:
        raise BootError(
            f"{name} is a kernel for {image.machine}, and this machine is {machine.architecture}",
            "choose an entry for this machine, or install a kernel for it",
        )
    formats = _LOADABLE.get(machine.architecture)
    if formats is None:
        raise BootError(
            f"{name} cannot be loaded: Linux has no kexec_file_load on {machine.architecture}",
            "boot it with the firmware's own loader",
        )
    # arch/arm64/kernel/kexec_image.c answers EINVAL, which could mean anything; without the size
    # there is no telling for kexec_load either what has to be free.
    if image.format == "Image" and image.machine == "aarch64" and not image.memory:
        raise BootError(
            f"{name}: the header of this arm64 kernel does not say how much memory it takes "
            "(image_size is 0), and such a one cannot be loaded",
            "install that kernel again, or one of Linux 3.17 or later",
        )
    if call == "load":
        return  # what it takes is for `bootpy.kexec.choice` to know
    if image.format == "bzImage" and image.flags & KERNEL_64 and not image.flags & ABOVE_4G:
        raise BootError(
            f"{name} cannot be loaded above 4 GiB, and kexec_file_load takes only kernels that can",
            "build it with CONFIG_RELOCATABLE, or load it with kexec_load (bootpy.kexec=load)",
        )
    if image.format not in formats:
        raise BootError(
            f"{name} is a kernel as {image.format}, "
            f"and {machine.architecture} loads {' or '.join(formats)}",
            "name the vmlinuz file that the distribution installs, not a vmlinux",
        )


def foreign_pages(image: Image, machine: Machine, name: str) -> str:
    """Warn of an arm64 kernel with other pages than this one has; "" where there is no need.

    Not every processor has every size, and the kernel does not say which this one has
    (Documentation/arm64/booting.rst: bits 1 and 2 of the flags).
    """
    size = _PAGES.get(image.flags >> 1 & 3, 0)
    if image.format != "Image" or image.machine != "aarch64" or not size or machine.seen is None:
        return ""
    own = os.sysconf("SC_PAGESIZE")
    if size == own:
        return ""
    return (
        f"{name} is a kernel with pages of {size >> 10} KiB, and this one has {own >> 10} KiB: on "
        "a processor without pages of that size nothing is heard of it after the jump"
    )


def cmdline_limit(image: Image, call: Call = "file") -> int:
    """Return the longest command line, in bytes without NUL, for this kernel; 0 for unknown."""
    if call == "load" and image.cmdline_limit:
        return image.cmdline_limit + ELFCOREHDR
    return image.cmdline_limit or _CMDLINE_LIMITS.get(image.machine, 0)


# Boot parameters, command line, EFI memory map, purgatory or trampoline, ELF headers.
_SMALL_SEGMENTS = 1 << 20

# What the kernel does not give up to the last: with 2 MB over it has killed the caller.
_KEPT_FREE = 4 << 20


def refuse_too_big(
    size: int,
    memory: int,
    initrd: int,
    machine: Machine,
    *,
    call: Call,
    still_to_copy: int = 0,
) -> None:
    """Raise BootError where kernel and initrd do not fit this machine's memory.

    Bytes: `size` of the kernel's file, `memory` that it takes up once it runs (0: as its
    file), `initrd` of the initrd, `still_to_copy` what will be copied into memory before the
    load. Two limits: the kernel refuses segments over half of all memory
    (kernel/kexec_core.c, sanity_check_segment_list); and what is copied while it loads has to
    be free, or the OOM killer ends the caller. kexec_file_load(2) makes a segment of all that
    the kernel will take up, and holds both files beside their segments; kexec_load(2) is given
    the files as they are.
    """
    stored = size if call == "load" else memory or size
    segments = stored + initrd + _SMALL_SEGMENTS
    what = f"kernel ({_mb(stored)} in memory) and initrd ({_mb(initrd)})"
    hint = "give the machine more memory, or choose an entry with a smaller initrd"
    if machine.total and segments > machine.total // 2:
        raise BootError(
            f"{what} need {_mb(segments)}, and kexec takes at most half of this machine's "
            f"{_mb(machine.total)}",
            hint,
        )
    peak = segments + _KEPT_FREE + still_to_copy + (size + initrd if call == "file" else 0)
    if machine.available and peak > machine.available:
        raise BootError(
            f"loading {what} needs {_mb(peak)} for a moment, and only "
            f"{_mb(machine.available)} of this machine's {_mb(machine.total)} are free",
            hint,
        )


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
