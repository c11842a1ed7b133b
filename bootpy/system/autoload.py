"""The service that makes reboots go through kexec: switched on and off, asked about, and its work.

systemd has bootpy-autoload.service, whose stop loads the kernel; a generator makes reboot.target
another name of kexec.target while it is enabled. Without systemd two scripts in /etc/init.d do
the same. Both come with the Debian package.
"""

import os

from bootpy.errors import BootError
from bootpy.system.service import Service, run, systemd

FIRMWARE_FLAG = "run/bootpy/firmware-reboot"
"""A file below /: while it is there, the next reboot goes through the firmware."""

_SERVICE = Service("bootpy-autoload", "bootpy/autoload")


def enable(root: str = "/") -> None:
    """Switch it on, at once and at each start of the system. BootError: why it is not."""
    _SERVICE.enable(root)


def disable(root: str = "/") -> None:
    """Switch it off, at once and for good; nothing happens where it is off."""
    _SERVICE.disable(root)


def enabled(root: str = "/") -> bool:
    """Return whether it is on at the next start of the system."""
    return _SERVICE.enabled(root)


def active(root: str = "/") -> bool:
    """Return whether it is on now."""
    return _SERVICE.active(root)


def firmware_wanted(root: str = "/") -> bool:
    """Return whether the next reboot was asked to go through the firmware."""
    return os.path.exists(os.path.join(root, FIRMWARE_FLAG))


def want_firmware(root: str = "/") -> None:
    """Leave word that the next reboot is one through the firmware. BootError: it cannot be left."""
    path = os.path.join(root, FIRMWARE_FLAG)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o644))
    except OSError as error:
        raise BootError(
            f"{path} cannot be written: {error.strerror}", "bootpy autoload disable"
        ) from error


def reboot_under_way(root: str = "/") -> bool:
    """Return whether the system goes down to come up again: not to be off, nor not at all.

    BootError: the init system does not say.
    """
    if not systemd(root):
        # init(8) sets it for the scripts of a runlevel.
        return os.environ.get("RUNLEVEL") == "6"
    jobs = [line.split() for line in run(["systemctl", "list-jobs", "--no-legend"]).splitlines()]
    return any(
        words[1:3] in (["reboot.target", "start"], ["kexec.target", "start"]) for words in jobs
    )
