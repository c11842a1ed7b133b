"""Make the machine ready for a jump into the loaded kernel: guards first, then devices.

What cannot be done about a device is told and stops nothing, since the next kernel may well
cope. What would lose data stops everything, unless it is forced.
"""

import os
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

from bootpy.errors import BootError
from bootpy.kexec.unbinding import let_go
from bootpy.system.mount_table import Mount, unwritten, written
from bootpy.system.unbind_table import asked_for_good

Say = Callable[[str], None]

_SHOWN = 6
_PATIENCE = 10.0
"""Seconds for what was written last to reach the disks after sync(2) came back."""

_STRAY = 64 << 10
"""Bytes: what statistics of the kernel may lag behind by, where nothing is mounted read-write."""


class Wishes(NamedTuple):
    """What a person asks for: jump all the same, leave interfaces up, what becomes of watchdogs.

    `unbind` are drivers as of `bootpy.kexec.unbinding.to_unbind`; none stands for those that the
    running kernel's command line names.
    """

    force: bool = False
    network_down: bool = True
    watchdog: Literal["keep", "disarm"] = "keep"
    unbind: tuple[str, ...] = ()


def refuse_loss(wishes: Wishes, say: Say, root: str = "/") -> None:
    """Write out what is unwritten. BootError: something could get lost by a jump now."""
    mounted = written(root)
    if mounted and not wishes.force:
        raise BootError(
            f"a jump now would cut off whoever writes to {_listed(mounted)}",
            "bootpy reboot stops the system first; or unmount them, or mount them read-only; "
            "or give --force",
        )
    say("writing out what is not on the disks yet (sync)")
    os.sync()
    # With something mounted read-write there is always somebody who writes.
    left = 0 if mounted else _waited(root)
    if left > _STRAY and not wishes.force:
        raise BootError(
            f"{left} bytes are still not on the disks, {_PATIENCE:g} s after sync",
            "a disk or server does not answer: see the kernel log (dmesg); or give --force",
        )
    if mounted:
        say(f"still mounted read-write, as forced: {_listed(mounted)}")


def ready_devices(wishes: Wishes, say: Say, root: str = "/") -> None:
    """Processors back on, watchdogs as wished, network down, devices let go of.

    Each step is said, and what failed.
    """
    _switch_on(say, root)
    _watchdogs(wishes, say, root)
    if wishes.network_down:
        _network_down(say, root)
    let_go(wishes.unbind or asked_for_good(root), say, root)


def _waited(root: str) -> int:
    deadline = time.monotonic() + _PATIENCE
    while (left := unwritten(root)) > _STRAY and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _switch_on(say: Say, root: str) -> None:
    from bootpy.system import processors

    for number in processors.switched_off(root):
        try:
            processors.switch_on(number, root)
            say(f"switched processor {number} on again")
        except OSError as error:
            say(f"processor {number} stays off: {error.strerror}")


def _watchdogs(wishes: Wishes, say: Say, root: str) -> None:
    from bootpy.system import watchdogs

    for one in watchdogs.running(root):
        if wishes.watchdog == "keep":
            within = f" within {one.seconds} s" if one.seconds else ""
            say(f"{one} runs on: the next system has to feed it{within}, or the machine is reset")
            continue
        if one.for_ever:
            say(f"{one} cannot be stopped (nowayout): the next system has to feed it")
            continue
        try:
            watchdogs.disarm(one, os.path.join(root, "dev"))
            say(f"stopped {one}")
        except OSError as error:
            say(f"{one} runs on: {error.strerror}")


def _network_down(say: Say, root: str) -> None:
    from bootpy.linux import network
    from bootpy.system.mount_table import mounts

    served = [mount for mount in mounts(root) if mount.network]
    if served:
        say(f"the network stays up: {_listed(served)} needs it")
        return
    for name in network.interfaces_up(os.path.join(root, "sys/class/net")):
        try:
            network.take_down(name)
            say(f"took {name} down")
        except OSError as error:
            say(f"{name} stays up: {error.strerror}")


def _listed(mounted: list[Mount]) -> str:
    shown = ", ".join(str(mount) for mount in mounted[:_SHOWN])
    more = len(mounted) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
