"""PCI devices that a driver has to let go of before the jump, or the next kernel cannot use them.

Linux tells each driver of the jump (device_shutdown), and many do nothing then: what they do when a
device is taken from them is far better tried. Taking all of them away would take away the console
as well, so that it is done where it is known to help, and where a person asks for it.

Source: Documentation/ABI/testing/sysfs-bus-pci of Linux 6.1, "unbind".
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

NOTHING = "none"
"""Stands for a driver where even what is known is to be left as it is."""

_DRIVERS = "sys/bus/pci/drivers"
_MAKER = "sys/class/dmi/id/sys_vendor"


class Known(NamedTuple):
    """A driver, the beginning of the machine's maker's name (""), what is seen, and who saw it."""

    driver: str
    maker: str
    seen: str
    source: str


KNOWN = (
    Known(
        "xhci_hcd",
        "Apple",
        "keyboard, trackpad and Bluetooth, which hang on the USB controller, are not found again",
        "https://github.com/zbm-dev/zfsbootmenu/pull/104",
    ),
)


class Bound(NamedTuple):
    """A device ("0000:00:14.0") that a driver has, and why that is to let go of it."""

    device: str
    driver: str
    why: str

    def __str__(self) -> str:
        return f"{self.device} ({self.driver})"


def drivers(asked: Collection[str] = (), root: str = "/") -> dict[str, str]:
    """Return which drivers are to let go of devices, and why: the `asked`, and known ones."""
    wanted = {driver: "as asked" for driver in asked if driver != NOTHING}
    if NOTHING not in asked:
        wanted |= {known.driver: known.seen for known in _here(root)}
    return wanted


def to_unbind(asked: Collection[str] = (), root: str = "/") -> Iterator[Bound]:
    """Give the devices whose drivers are to let go of them: of the `asked`, and known ones."""
    for driver, why in drivers(asked, root).items():
        for device in sorted(_names(os.path.join(root, _DRIVERS, driver))):
            if device.count(":") == 2:  # a domain, a bus, and a place there
                yield Bound(device, driver, why)


def let_go(asked: Collection[str], say: Callable[[str], None], root: str = "/") -> list[Bound]:
    """Have drivers let go of the devices of `to_unbind`, saying which and why; return them."""
    free = []
    for bound in to_unbind(asked, root):
        say(f"unbinding {bound}: {bound.why}")
        try:
            _write(bound, "unbind", root)
            free.append(bound)
        except OSError as error:
            say(f"{bound} stays bound: {error.strerror}")
    return free


def give_back(free: Iterable[Bound], root: str = "/") -> None:
    """Give the devices back to their drivers, after a jump that failed, as far as that goes."""
    for bound in free:
        with suppress(OSError):
            _write(bound, "bind", root)


def _write(bound: Bound, name: str, root: str) -> None:
    file = os.open(os.path.join(root, _DRIVERS, bound.driver, name), os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(file, bound.device.encode())
    finally:
        os.close(file)


def _here(root: str) -> Iterable[Known]:
    try:
        with open(os.path.join(root, _MAKER), encoding="utf-8", errors="replace") as file:
            maker = file.read()
    except OSError:
        maker = ""
    return [known for known in KNOWN if maker.startswith(known.maker)]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
