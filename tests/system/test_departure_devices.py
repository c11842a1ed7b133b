"""Processors, watchdogs and interfaces before a jump, on folders laid out like /sys."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bootpy.linux.network import interfaces_up
from bootpy.system.departure import Wishes, ready_devices
from bootpy.system.processors import switched_off
from bootpy.system.watchdogs import Watchdog, running

LaidOut = Callable[[Mapping[str, str]], str]

NO_MOUNTS = {"proc/self/mountinfo": ""}


@pytest.mark.parametrize(
    ("present", "online", "off"),
    [
        ("0-3", "0-3", []),
        ("0-3", "0,2", [1, 3]),
        ("0-1,4", "0", [1, 4]),
        ("0", "0", []),
    ],
)
def test_processors_that_are_off(
    laid_out: LaidOut, present: str, online: str, off: list[int]
) -> None:
    cpu = "sys/devices/system/cpu"
    root = laid_out({f"{cpu}/present": f"{present}\n", f"{cpu}/online": f"{online}\n"})
    assert switched_off(root) == off


def test_processors_are_switched_on(laid_out: LaidOut, tmp_path: Path) -> None:
    cpu = "sys/devices/system/cpu"
    files = {f"{cpu}/present": "0-2\n", f"{cpu}/online": "0\n", f"{cpu}/cpu1/online": "0\n"}
    root = laid_out(NO_MOUNTS | files)
    said: list[str] = []
    ready_devices(Wishes(), said.append, root)
    assert (tmp_path / cpu / "cpu1/online").read_text() == "1"
    assert said == [
        "switched processor 1 on again",
        "processor 2 stays off: No such file or directory",
    ]


# As the module softdog shows itself, armed and not, and a card that cannot be stopped.
WATCHDOGS = {
    "sys/class/watchdog/watchdog0/state": "active\n",
    "sys/class/watchdog/watchdog0/identity": "Software Watchdog\n",
    "sys/class/watchdog/watchdog0/timeout": "60\n",
    "sys/class/watchdog/watchdog0/nowayout": "0\n",
    "sys/class/watchdog/watchdog1/state": "inactive\n",
    "sys/class/watchdog/watchdog1/identity": "iTCO_wdt\n",
    "sys/class/watchdog/watchdog2/state": "active\n",
    "sys/class/watchdog/watchdog2/identity": "Card\n",
    "sys/class/watchdog/watchdog2/nowayout": "1\n",
}


def test_watchdogs_that_run(laid_out: LaidOut) -> None:
    assert running(laid_out(WATCHDOGS)) == [
        Watchdog("watchdog0", "Software Watchdog", 60, False),
        Watchdog("watchdog2", "Card", 0, True),
    ]


def test_watchdogs_are_kept_or_stopped(laid_out: LaidOut, tmp_path: Path) -> None:
    root = laid_out(NO_MOUNTS | WATCHDOGS | {"dev/watchdog0": "", "dev/watchdog2": ""})
    said: list[str] = []
    ready_devices(Wishes(), said.append, root)
    assert said == [
        "watchdog0 (Software Watchdog) runs on: the next system has to feed it within 60 s, "
        "or the machine is reset",
        "watchdog2 (Card) runs on: the next system has to feed it, or the machine is reset",
    ]
    assert (tmp_path / "dev/watchdog0").read_bytes() == b""
    said.clear()
    ready_devices(Wishes(watchdog="disarm"), said.append, root)
    assert said == [
        "stopped watchdog0 (Software Watchdog)",
        "watchdog2 (Card) cannot be stopped (nowayout): the next system has to feed it",
    ]
    # The letter that a driver takes as leave to stop.
    assert (tmp_path / "dev/watchdog0").read_bytes() == b"V"
    assert (tmp_path / "dev/watchdog2").read_bytes() == b""


def test_interfaces_that_are_up(laid_out: LaidOut, tmp_path: Path) -> None:
    net = tmp_path / "sys/class/net"
    laid_out(
        {
            "sys/class/net/lo/flags": "0x9\n",
            "sys/class/net/eth0/flags": "0x1003\n",
            "sys/class/net/eth1/flags": "0x1002\n",
            "sys/class/net/bonding_masters": "\n",
        },
    )
    assert interfaces_up(str(net)) == ["eth0"]
    assert interfaces_up(str(tmp_path / "nowhere")) == []


def test_the_network_stays_up_for_a_server(laid_out: LaidOut) -> None:
    line = "42 28 0:41 / /srv rw,relatime - nfs4 server:/srv rw\n"
    files = {"sys/class/net/eth9/flags": "0x1003\n", "proc/self/mountinfo": line}
    root = laid_out(NO_MOUNTS | files)
    said: list[str] = []
    ready_devices(Wishes(), said.append, root)
    assert said == ["the network stays up: /srv (server:/srv, nfs4) needs it"]
    said.clear()
    ready_devices(Wishes(network_down=False), said.append, root)
    assert said == []
