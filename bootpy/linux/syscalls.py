"""System calls as typed functions that raise OSError.

One libc handle serves all of them. Nothing here looks for a library: the process's own
libc is taken, since ctypes.util.find_library needs ldconfig or a compiler.
"""

import ctypes
import os
from typing import Any

from bootpy.linux.arch import system_calls

_libc = ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> int:
    """Return `result`, or raise OSError with errno where it is negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def call(number: int, *arguments: "int | bytes | ctypes.Array[Any] | None") -> int:
    """Make the system call `number` (syscall(2)); OSError with errno on failure."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = _libc.syscall(ctypes.c_long(number), *wide)
    return checked(int(result), f"system call {number}")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """Mount `source` of file system `kind` on `target` (mount(2))."""
    done = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()
    )
    checked(done, source)


def unmount(target: str, flags: int = 0) -> None:
    """Unmount `target` (umount2(2))."""
    checked(_libc.umount2(target.encode(), ctypes.c_int(flags)), target)


def finit_module(fd: int, parameters: str = "", flags: int = 0) -> None:
    """Load the kernel module open at `fd` (finit_module(2))."""
    call(system_calls().finit_module, fd, parameters.encode(), flags)


def kexec_file_load(kernel: int, initrd: int, cmdline: str, flags: int) -> None:
    """Load a kernel for a later jump (kexec_file_load(2)); `initrd` -1 for none.

    The length that the kernel is told counts the trailing NUL; an embedded NUL would end
    the command line early without a word, so ValueError is raised for it.
    """
    line = cmdline.encode(errors="surrogateescape")
    if b"\0" in line:
        raise ValueError("NUL character in the command line")
    call(system_calls().kexec_file_load, kernel, initrd, len(line) + 1, line, flags)


def reboot(command: int) -> None:
    """Ask for restart, power-off or the kexec jump (reboot(2)); the file systems are not synced."""
    checked(_libc.reboot(ctypes.c_int(command)), "reboot")


# struct open_how of include/uapi/linux/openat2.h: flags, mode, resolve; 64 bits each.
class _OpenHow(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


RESOLVE_NO_XDEV = 0x01
RESOLVE_NO_MAGICLINKS = 0x02
RESOLVE_IN_ROOT = 0x10


def openat2(folder: int, path: str, flags: int, resolve: int) -> int:
    """Open `path` below the folder's descriptor (openat2(2)) and return a descriptor."""
    how = _OpenHow(flags, 0, resolve)
    size = ctypes.sizeof(how)
    result = _libc.syscall(
        ctypes.c_long(system_calls().openat2),
        ctypes.c_long(folder),
        os.fsencode(path),
        ctypes.byref(how),
        ctypes.c_long(size),
    )
    return checked(int(result), path)
