"""Which program runs the system, and how it is asked to shut down."""

import os
from typing import Literal

Init = Literal["systemd", "sysvinit", "other"]

RUNLEVEL_6 = "etc/rc6.d"
"""The folder of what sysvinit runs before a reboot, below the root folder."""

# Scripts of runlevel 6 that do what bootpy does: the load, and the jump in place of the reboot.
_OURS = frozenset({"bootpy-autoload", "bootpy-jump", "halt", "kexec", "kexec-load", "reboot"})


def running(root: str = "/") -> Init:
    """Say what runs the system.

    systemd as sd_booted(3) tells it. sysvinit where the folder of runlevel 6 is there, its
    inittab, and process 1 is called init.
    """
    if os.path.isdir(os.path.join(root, "run/systemd/system")):
        return "systemd"
    try:
        with open(os.path.join(root, "proc/1/comm"), encoding="utf-8", errors="replace") as file:
            name = file.read().strip()
    except OSError:
        name = ""
    has_all = os.path.isdir(os.path.join(root, RUNLEVEL_6)) and os.path.isfile(
        os.path.join(root, "etc/inittab")
    )
    return "sysvinit" if name == "init" and has_all else "other"


def stop_scripts(root: str = "/") -> list[str]:
    """Return the scripts that sysvinit runs before a reboot, in order, but for the reboot."""
    folder = os.path.join(root, RUNLEVEL_6)
    names = sorted(name for name in os.listdir(folder) if name[:1] == "K" and name[3:] not in _OURS)
    return [os.path.join(folder, name) for name in names]
