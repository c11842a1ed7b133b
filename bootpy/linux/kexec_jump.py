"""Whether the running kernel can come back from one that it jumped into (CONFIG_KEXEC_JUMP)."""

import errno

from bootpy.linux import syscalls
from bootpy.linux.arch import system_calls

_PRESERVE_CONTEXT = 0x2


def comes_back() -> bool:
    """Ask the kernel, which loads nothing for it, and keeps what is loaded.

    kernel/kexec.c of Linux 6.1 looks at the flags, of which this is one where it is built in,
    before it reads the segments, of which one is said to lie at address 0. OSError: it allows
    this process no load.
    """
    try:
        syscalls.call(system_calls().kexec_load, 0, 1, 0, _PRESERVE_CONTEXT)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EFAULT}:
            raise
        return error.errno == errno.EFAULT
    return True
