"""An entry made of files of the running system, and the running system's own command line."""

import os
import re
from collections.abc import Sequence

from bootpy.diagnostics import Source
from bootpy.entry import Entry, File, Module
from bootpy.volume import FolderVolume

HERE = "this system"
"""The name of the volume that given files lie on: / as this process sees it."""

_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_LOADER_ADDS = "BOOT_IMAGE="
_RESERVES = "crashkernel="


def this_system() -> FolderVolume:
    """Return the volume of all files of the running system, mounts included."""
    return FolderVolume("/", name=HERE)


def file_here(path: str) -> File:
    """Name a file of the running system; `path` may be relative."""
    return File(HERE, os.path.abspath(path))


def module_here(words: str) -> Module:
    """Name a Multiboot kernel's module as kexec-tools does: a file, a blank, and its arguments."""
    path, _, arguments = words.partition(" ")
    return Module(file_here(path), arguments)


def entry_of_files(kernel: str, initrds: Sequence[str] = (), cmdline: str = "") -> Entry:
    """Make an entry of files of the running system; its volume is `this_system`."""
    file = file_here(kernel)
    assert file.path is not None
    return Entry(
        f"given:{kernel}",
        os.path.basename(kernel) or kernel,
        (os.path.basename(kernel) or kernel,),
        "given",
        "linux",
        Source(HERE, file.path),
        kernel=file,
        initrds=tuple(file_here(initrd) for initrd in initrds),
        cmdline=cmdline,
    )


def reused(cmdline: str, crash: bool = False) -> str:
    """Return a running kernel's command line for another kernel, as kexec-tools reuses it.

    Without the words `BOOT_IMAGE=`, by which the boot loader named its kernel, and for a crash
    kernel without `crashkernel=`, as it has no more memory than what that reserved. Quotes keep
    blanks together as for the kernel, and stay.
    """
    left_out = (_LOADER_ADDS, _RESERVES) if crash else (_LOADER_ADDS,)
    return " ".join(word for word in words_of(cmdline) if not word.startswith(left_out))


def words_of(cmdline: str) -> list[str]:
    """Take a command line apart; quotes keep blanks together as for the kernel, and stay."""
    return [found[0] for found in _WORD.finditer(cmdline)]


def running_cmdline(path: str = "/proc/cmdline") -> str:
    """Read the command line that the running kernel was given (proc(5))."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read().strip()
