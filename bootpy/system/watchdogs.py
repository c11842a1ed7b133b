"""Watchdog timers that are running, and stopping them.

A timer that runs resets the machine unless somebody feeds it in time: the next kernel, too, if
nothing there takes it over. Source: Documentation/watchdog/watchdog-api.rst and
Documentation/ABI/testing/sysfs-class-watchdog of Linux 6.1.
"""

import os
from typing import NamedTuple

from bootpy.kexec.choice import first_line

_MAGIC_CLOSE = b"V"


class Watchdog(NamedTuple):
    """A watchdog device: its `name` ("watchdog0"), what it is, seconds until it resets.

    `for_ever` tells that it cannot be stopped once it runs (nowayout). `seconds` is 0 where
    unknown.
    """

    name: str
    identity: str
    seconds: int
    for_ever: bool

    def __str__(self) -> str:
        return f"{self.name} ({self.identity})" if self.identity else self.name


def running(root: str = "/") -> list[Watchdog]:
    """Return the watchdogs that run, as far as the kernel shows them (CONFIG_WATCHDOG_SYSFS)."""
    folder = os.path.join(root, "sys/class/watchdog")
    found = []
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        values = {
            key: first_line(f"{folder}/{name}/{key}")
            for key in ("state", "identity", "timeout", "nowayout")
        }
        if values["state"] == "active":
            seconds = int(values["timeout"]) if values["timeout"].isdigit() else 0
            found.append(Watchdog(name, values["identity"], seconds, values["nowayout"] == "1"))
    return found


def disarm(watchdog: Watchdog, devices: str = "/dev") -> None:
    """Stop a watchdog: open it, write the letter that allows to stop it, close it.

    OSError: EBUSY where a program holds it, which then has to stop it.
    """
    fd = os.open(f"{devices}/{watchdog.name}", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, _MAGIC_CLOSE)
    finally:
        os.close(fd)
