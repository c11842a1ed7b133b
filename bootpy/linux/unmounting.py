"""Give file systems and swap back before the machine is left: for a system going down.

Flags: include/uapi/linux/mount.h. What is said in a request for sysrq: Documentation/admin-guide/
sysrq.rst.
"""

import ctypes
import os

from bootpy.linux import mounts, syscalls

_MS_REMOUNT = 0x20

_libc = ctypes.CDLL(None, use_errno=True)


def remount_read_only(place: str) -> None:
    """Make the file system mounted at `place` read-only. OSError: EBUSY while files are written."""
    syscalls.mount("none", place, "none", _MS_REMOUNT | mounts.MS_RDONLY)


def remount_all_read_only(trigger: str = "/proc/sysrq-trigger") -> None:
    """Have the kernel make every file system read-only, open files or not; it takes a moment."""
    with open(trigger, "w", encoding="ascii") as file:
        file.write("u")


def swap_off(path: str) -> None:
    """Stop swapping to a device or file (swapoff(2)), so that the file can be let go."""
    syscalls.checked(_libc.swapoff(os.fsencode(path)), path)
