"""Which of the kernel's two calls loads a boot, and why.

kexec_load(2) takes what it is given, at once. kexec_file_load(2) can verify a signature;
on x86 it also takes a digest of every segment, which its purgatory takes once more before
it starts the kernel. That guards a crash kernel that waits in memory, not a boot that
follows at once, and takes two thirds of its time.
"""

import os
from typing import Literal, NamedTuple

from bootpy.kexec.bzimage import ABOVE_4G, KERNEL_64, LEVELS_5
from bootpy.kexec.image import Image
from bootpy.kexec.memory_map import MEMMAP

Call = Literal["load", "file"]
Wanted = Literal["auto", "load", "file"]

CALLS: dict[Call, str] = {"load": "kexec_load", "file": "kexec_file_load"}
"""The system calls by their short names."""

PLACED: dict[str, tuple[str, ...]] = {"x86_64": ("bzImage", "ELF"), "aarch64": ("Image",)}
"""The formats that bootpy prepares for kexec_load, by `uname -m`."""

TREES = ("aarch64",)
"""Where a kernel that kexec_load loads is entered with a device tree, by `uname -m`."""

DEVICE_TREE = "sys/firmware/fdt"
_ENCRYPTED = {"sev", "sev_es", "sev_snp", "tdx_guest"}


class Situation(NamedTuple):
    """What bears on the choice: of the machine and of the kernel that runs on it.

    `lockdown` is "none", "integrity", "confidentiality" or "" where unknown; `disabled` is
    the sysctl kernel.kexec_load_disabled; `memory_map` tells whether the kernel shows the
    firmware's, and `device_tree` whether the one that it was entered with; `flags` are the
    processor's features as /proc/cpuinfo names them.
    """

    architecture: str
    lockdown: str = ""
    disabled: bool = False
    memory_map: bool = True
    flags: frozenset[str] = frozenset()
    device_tree: bool = True


class Choice(NamedTuple):
    """The calls to try, in order, and in words why it is not kexec_load ("" where it is)."""

    calls: tuple[Call, ...]
    reason: str = ""


def look(root: str = "/") -> Situation:
    """Look at this machine (or a folder `root` laid out like its / ) and describe it."""
    from bootpy.linux.arch import processor_flags

    return Situation(
        os.uname().machine,
        lockdown(root),
        disabled(root),
        os.path.isdir(os.path.join(root, MEMMAP)),
        processor_flags(os.path.join(root, "proc/cpuinfo")),
        os.path.exists(os.path.join(root, DEVICE_TREE)),
    )


def lockdown(root: str = "/") -> str:
    """Return the mode of the kernel's lockdown, "" where it does not say."""
    line = first_line(os.path.join(root, "sys/kernel/security/lockdown"))
    return line.partition("[")[2].partition("]")[0]


def disabled(root: str = "/") -> bool:
    """Say whether loading is switched off until the next reboot."""
    return first_line(os.path.join(root, "proc/sys/kernel/kexec_load_disabled")) == "1"


def choose(wanted: Wanted, image: Image, situation: Situation) -> Choice:
    """Choose for an image, as `wanted` by the option bootpy.kexec.

    "load" leaves no choice but where kexec_load is out of the question; "auto" has the
    other call to fall back to.
    """
    if wanted == "file":
        return Choice(("file",), "as asked for")
    if reason := _impossible(image, situation):
        return Choice(("file",), reason)
    if wanted == "load" or image.format == "ELF":
        return Choice(("load",))
    if situation.lockdown in {"integrity", "confidentiality"}:
        return Choice(
            ("file",), f"this kernel is locked down ({situation.lockdown}): it wants a signature"
        )
    if situation.disabled:
        return Choice(("file",), "kernel.kexec_load_disabled is 1")
    if image.format == "bzImage" and not image.flags & ABOVE_4G:
        return Choice(("load",))  # kexec_file_load takes only kernels that can be
    return Choice(("load", "file"))


def _impossible(image: Image, situation: Situation) -> str:
    """Say why kexec_load cannot be prepared here, "" where it can."""
    formats = PLACED.get(situation.architecture)
    if formats is None:
        known = " and ".join(PLACED)
        return f"kexec_load is prepared on {known} only, not on {situation.architecture}"
    if image.format not in formats:
        return f"kexec_load is prepared for {formats[0]} only, not for {image.format}"
    if image.format == "Image":
        return "" if situation.device_tree else f"this kernel does not show /{DEVICE_TREE}"
    if image.format == "bzImage" and not image.flags & KERNEL_64:
        return "the kernel has no 64-bit entry"
    if image.format == "bzImage" and "la57" in situation.flags and not image.flags & LEVELS_5:
        return "the kernel does not know the five-level page tables that are in use"
    return unplaceable(situation)


def unplaceable(situation: Situation) -> str:
    """Say why nothing can be placed in this PC's memory, "" where it can."""
    if not situation.memory_map:
        return "this kernel does not show the firmware's map of memory (CONFIG_FIRMWARE_MEMMAP)"
    if "hypervisor" in situation.flags and situation.flags & _ENCRYPTED:
        return "the memory of this virtual machine is encrypted"
    return ""


def first_line(path: str) -> str:
    """Return the first line of a small file of the kernel's, "" where it cannot be read."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""
