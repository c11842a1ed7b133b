"""Refuse to load files that somebody is still writing: an update of the system under way, say.

kexec_file_load answers ETXTBSY for a kernel or initrd that is open for writing; kexec_load
takes pages as they are, and would load half of an initrd without a word.
"""

import os

from bootpy.entry import Entry, File
from bootpy.errors import BootError
from bootpy.kexec import files
from bootpy.linux.leases import open_for_writing
from bootpy.volume import Volumes


def refuse_open_for_writing(entry: Entry, volumes: Volumes) -> None:
    """Raise BootError where a file of the entry is open for writing, or cannot be opened."""
    named: list[tuple[str, File]] = [("initrd", file) for file in entry.initrds]
    named += [("module", module.file) for module in entry.modules]
    if entry.kernel is not None:
        named.insert(0, ("kernel", entry.kernel))
    for role, file in named:
        fd = files.open_file(file, role, volumes)
        try:
            if open_for_writing(fd):
                raise BootError(
                    f"{role} {file} is open for writing: it may be half of what it will be",
                    "wait until the program that writes it is done "
                    "(an update, or update-initramfs), then load again",
                )
        finally:
            os.close(fd)
