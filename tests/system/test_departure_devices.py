"""Processors, watchdogs and interfaces before a jump, on folders laid out like /sys."""

from pathlib import Path

import pytest

from bootpy.linux.network import interfaces_up
from bootpy.system.departure import Wishes, ready_devices
from bootpy.system.processors import switched_off
from bootpy.system.watchdogs import Watchdog, running


def tree(folder: Path, files: dict[str, str]) -> Path:
    for path, text in {"proc/self/mountinfo": "", **files}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("present", "online", "off"),
    [
        ("0-3", "0-3", []),
        ("0-3", "0,2", [1, 3]),
        ("0-1,4", "0", [1, 4]),
        ("0", "0", []),
    ],
)
def test_processors_that_are_off(tmp_path: Path, present: str, online: str, off: list[int]) -> None:
    cpu = "sys/devices/system/cpu"
    root = tree(tmp_path, {f"{cpu}/present": f"{present}\n", f"{cpu}/online": f"{online}\n"})
    assert switched_off(str(root)) == off


def test_processors_are_switched_on(tmp_path: Path) -> None:
    cpu = "sys/devices/system/cpu"
    files = {f"{cpu}/present": "0-2\n", f"{cpu}/online": "0\n", f"{cpu}/cpu1/online": "0\n"}
    root = tree(tmp_path, files)
    said: list[str] = []
    ready_devices(Wishes(), said.append, str(root))
    assert (root / cpu / "cpu1/online").read_text() == "1"
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


def test_watchdogs_that_run(tmp_path: Path) -> None:
    assert running(str(tree(tmp_path, WATCHDOGS))) == [
        Watchdog("watchdog0", "Software Watchdog", 60, False),
        Watchdog("watchdog2", "Card", 0, True),
    ]


def test_watchdogs_are_kept_or_stopped(tmp_path: Path) -> None:
    root = tree(tmp_path, WATCHDOGS | {"dev/watchdog0": "", "dev/watchdog2": ""})
    said: list[str] = []
    ready_devices(Wishes(), said.append, str(root))
    assert said == [
        "watchdog0 (Software Watchdog) runs on: the next system has to feed it within 60 s, "
        "or the machine is reset",
        "watchdog2 (Card) runs on: the next system has to feed it, or the machine is reset",
    ]
    assert (root / "dev/watchdog0").read_bytes() == b""
    said.clear()
    ready_devices(Wishes(watchdog="disarm"), said.append, str(root))
    assert said == [
        "stopped watchdog0 (Software Watchdog)",
        "watchdog2 (Card) cannot be stopped (nowayout): the next system has to feed it",
    ]
    # The letter that a driver takes as leave to stop.
    assert (root / "dev/watchdog0").read_bytes() == b"V"
    assert (root / "dev/watchdog2").read_bytes() == b""


def test_interfaces_that_are_up(tmp_path: Path) -> None:
    net = tmp_path / "sys/class/net"
    tree(
        tmp_path,
        {
            "sys/class/net/lo/flags": "0x9\n",
            "sys/class/net/eth0/flags": "0x1003\n",
            "sys/class/net/eth1/flags": "0x1002\n",
            "sys/class/net/bonding_masters": "\n",
        },
    )
    assert interfaces_up(str(net)) == ["eth0"]
    assert interfaces_up(str(tmp_path / "nowhere")) == []


def test_the_network_stays_up_for_a_server(tmp_path: Path) -> None:
    line = "42 28 0:41 / /srv rw,relatime - nfs4 server:/srv rw\n"
    files = {"sys/class/net/eth9/flags": "0x1003\n", "proc/self/mountinfo": line}
    root = tree(tmp_path, files)
    said: list[str] = []
    ready_devices(Wishes(), said.append, str(root))
    assert said == ["the network stays up: /srv (server:/srv, nfs4) needs it"]
    said.clear()
    ready_devices(Wishes(network_down=False), said.append, str(root))
    assert said == []
