"""Leave this kernel: into the loaded one, into a restart, or into power-off.

Source: reboot(2), include/uapi/linux/reboot.h. Unmounting is the caller's; what is still
mounted is synced here.
"""

import errno
import os
from typing import NoReturn

from bootpy.errors import BootError
from bootpy.linux import syscalls

_KEXEC = 0x45584543
_RESTART = 0x01234567
_POWER_OFF = 0x4321FEDC


def jump(sync: bool = True) -> NoReturn:
    """Start the loaded kernel; BootError where none is loaded or it is not allowed.

    Without `sync`, what was written and is not on the disks yet may be lost.
    """
    _leave(_KEXEC, "jump into the loaded kernel", sync)


def restart(sync: bool = True) -> NoReturn:
    """Restart the machine through its firmware; `sync` as of `jump`."""
    _leave(_RESTART, "restart", sync)


def power_off(sync: bool = True) -> NoReturn:
    """Switch the machine off; where the firmware cannot, the kernel halts it.

    `sync` as of `jump`.
    """
    _leave(_POWER_OFF, "power off", sync)


def _leave(command: int, what: str, sync: bool = True) -> NoReturn:
    if sync:
        os.sync()
    try:
        syscalls.reboot(command)
    except OSError as error:
        if error.errno == errno.EPERM:
            reason, hint = "this process lacks CAP_SYS_BOOT", "run it as root"
        elif error.errno == errno.EINVAL and command == _KEXEC:
            reason, hint = "no kernel is loaded", "load one first"
        else:
            reason, hint = os.strerror(error.errno or 0), "see the kernel log (dmesg)"
        raise BootError(f"cannot {what}: {reason}", hint) from error
    raise BootError(f"cannot {what}: the kernel came back from it", "see the kernel log (dmesg)")
