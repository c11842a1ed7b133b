"""The way to a server, set up in the capture kernel: one interface, as it was before the crash."""

import os
import time
from contextlib import closing

from bootpy.errors import BootError
from bootpy.linux import network
from bootpy.linux.uevents import DeviceEvents

_NET = "/sys/class/net"
_LOOK_AGAIN = 0.2  # seconds: no event says that a carrier is there


def connect(link: tuple[str, str, str, str], seconds: float) -> str:
    """Set up the interface with this hardware address, and return its name.

    `link` is as in `bootpy.crash.orders.Orders`. BootError: it is not there, or hears nothing.
    """
    mac, address, netmask, gateway = link
    end = time.monotonic() + seconds
    with closing(DeviceEvents()) as events:
        while not (name := _with_address(mac)):
            if not events.wait(end):
                raise BootError(
                    f"no network interface {mac} appeared within {seconds:g} s; there are: "
                    f"{', '.join(sorted(os.listdir(_NET))) or 'none'}",
                    "its driver may be missing, or wait in /etc/bootpy/crash.toml be too short",
                )
    try:
        network.set_up(name, address, netmask, gateway)
    except OSError as error:
        raise BootError(f"{name} cannot be set up: {error.strerror}") from error
    while not _carrier(name):
        if time.monotonic() > end:
            raise BootError(
                f"{name} has no carrier after {seconds:g} s", "is its cable plugged in?"
            )
        time.sleep(_LOOK_AGAIN)
    return name


def _with_address(mac: str) -> str:
    for name in sorted(os.listdir(_NET)) if os.path.isdir(_NET) else []:
        if _first_line(f"{_NET}/{name}/address") == mac:
            return name
    return ""


def _carrier(name: str) -> bool:
    return _first_line(f"{_NET}/{name}/carrier") == "1"


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.readline().strip()
    except OSError:
        return ""
