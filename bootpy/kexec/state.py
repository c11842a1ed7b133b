"""What is loaded for a jump, and what the kernel still allows to be loaded.

Sources: kernel/ksysfs.c, and Documentation/admin-guide/sysctl/kernel.rst of Linux 6.6.
"""

import os
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.kexec.choice import disabled, first_line, lockdown


class State(NamedTuple):
    """The kernel's own answers.

    `supported` tells whether the running kernel has kexec at all. `reboot` and `crash` are
    whether a kernel is loaded for a reboot, and one for a panic; `reserved` is the memory set
    aside for the latter, in bytes. `reboot_loads` and `crash_loads` are how many more attempts
    to load are allowed, None for any number (or where the kernel, before 6.3, knows no such
    limit). `disabled` tells whether loading and unloading are switched off until the next reboot;
    `lockdown` is "none", "integrity", "confidentiality", or "" where the kernel does not say.
    """

    supported: bool
    reboot: bool = False
    crash: bool = False
    reserved: int = 0
    reboot_loads: int | None = None
    crash_loads: int | None = None
    disabled: bool = False
    lockdown: str = ""


def look(root: str = "/") -> State:
    """Look at this machine, or at a folder laid out like its / with /sys and /proc."""

    def kernel(name: str) -> str:
        return first_line(os.path.join(root, "sys/kernel", name))

    loaded = kernel("kexec_loaded")
    size = kernel("kexec_crash_size")
    return State(
        loaded != "",
        loaded == "1",
        kernel("kexec_crash_loaded") == "1",
        int(size) if size.isdigit() else 0,
        _left(root, "reboot"),
        _left(root, "panic"),
        disabled(root),
        lockdown(root),
    )


def refuse_without_kexec(state: State) -> None:
    """Raise BootError where the running kernel cannot load kernels at all."""
    if not state.supported:
        raise BootError(
            "the running kernel has no kexec: there is no /sys/kernel/kexec_loaded",
            "boot a kernel built with CONFIG_KEXEC or CONFIG_KEXEC_FILE; mount /sys",
        )


def _left(root: str, what: str) -> int | None:
    """Return how many loads the sysctl still allows; -1 there means any number."""
    text = first_line(os.path.join(root, "proc/sys/kernel", f"kexec_load_limit_{what}"))
    return int(text) if text.isdigit() else None
