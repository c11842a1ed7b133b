"""A mount namespace of one's own (mount_namespaces(7))."""

import ctypes

from bootpy.linux import mounts, syscalls

_CLONE_NEWNS = 0x00020000  # include/uapi/linux/sched.h


def enter_private_mounts() -> None:
    """Leave the shared mount namespace, so that this process's mounts stay its own.

    OSError: EPERM where the process may not.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    syscalls.checked(libc.unshare(ctypes.c_int(_CLONE_NEWNS)), "unshare")
    syscalls.mount("none", "/", "none", mounts.MS_REC | mounts.MS_PRIVATE)
