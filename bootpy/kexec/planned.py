"""A boot that was found sound, and on which terms it is to be loaded.

`bootpy.kexec.plan` makes such plans, `bootpy.kexec.load` loads them.
"""

import os
from typing import NamedTuple

from bootpy.kexec.choice import CALLS, Call
from bootpy.kexec.initrds import Part


class Terms(NamedTuple):
    """What a person wants of a load by kexec_load: limits of addresses, EFI handed over or not.

    Nothing is put below `lowest` or above `highest`, which is the last address that may be used.
    """

    lowest: int = 0
    highest: int = (1 << 64) - 1
    efi: bool = True


ANYWHERE = Terms()


class Plan(NamedTuple):
    """A boot that was found sound: hand it to `bootpy.kexec.load.load`, then `close` it.

    `kernel` and `initrd` are descriptors open for reading (`initrd` -1 for none) that the
    plan owns; `name` is how messages call the kernel's file. Sizes are in bytes, `memory`
    being what the kernel takes up once loaded. `version` is the kernel's own version text,
    "" where unknown. `unwrapped` names what the kernel was taken out of, outermost first
    ("UKI", "gzip"): it has lost any signature with it. `calls` are the system calls to load it
    with, the first that works; `reason` says why kexec_load(2) is not among them, where it is
    not. `devicetree` is a descriptor too, of the tree that the entry names, -1 where the kernel
    gets this machine's own; `devicetree_name` is how messages call it.

    Of a Multiboot kernel `format` is "multiboot" or "multiboot2", `modules` are its modules with
    the string that goes with each, `initrd_size` is their size together, and `loader` is the name
    by which bootpy tells it how to read these strings.
    """

    kernel: int
    initrd: int
    cmdline: str
    name: str
    format: str
    version: str
    kernel_size: int
    initrd_size: int
    memory: int
    unwrapped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ("file",)
    reason: str = ""
    devicetree: int = -1
    devicetree_name: str = ""
    modules: tuple[tuple[Part, str], ...] = ()
    loader: str = ""

    @property
    def way(self) -> str:
        """How it will be loaded, in words: the system call, and why not the faster one."""
        call = CALLS[self.calls[0]]
        return f"{call}: {self.reason}" if self.reason else call

    def close(self) -> None:
        """Close its files, once; what was loaded stays loaded."""
        for fd in self.files:
            os.close(fd)

    @property
    def files(self) -> set[int]:
        """The descriptors that it owns."""
        modules = (part.fd for part, _ in self.modules)
        return {self.kernel, self.initrd, self.devicetree, *modules} - {-1}
