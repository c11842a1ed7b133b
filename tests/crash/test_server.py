"""Servers that dumps go to, and the way there."""

import subprocess
from pathlib import Path

import pytest

from bootpy.crash import remote
from bootpy.crash.orders import Orders
from bootpy.crash.server import Route, is_server, route_to, routes, server_place
from bootpy.errors import BootError

# As a Debian 12 with an address by DHCP has it.
ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
enp0s2\t00000000\t0202000A\t0003\t0\t0\t1024\t00000000\t0\t0\t0
enp0s2\t0002000A\t00000000\t0001\t0\t0\t1024\t00FFFFFF\t0\t0\t0
down\t0002000A\t00000000\t0000\t0\t0\t1024\tFFFFFFFF\t0\t0\t0
"""


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("nfs:vault:/srv/dumps", True),
        ("ssh:dumps@vault.example:/srv/a b", False),
        ("ssh:dumps@10.0.0.1:/srv", True),
        ("ssh:-oProxyCommand=x@vault:/srv", False),
        ("ssh:-vault:/srv", False),
        ("/var/crash", False),
        ("ssh:vault:srv", False),
    ],
)
def test_what_is_a_server(to: str, expected: bool) -> None:
    assert is_server(to) == expected


def test_routes() -> None:
    known = routes(ROUTES)
    assert known == [
        Route("enp0s2", 0, 0, 0x0A000202),
        Route("enp0s2", 0x0A000200, 0xFFFFFF00, 0),
    ]
    assert route_to("10.0.2.9", known) == known[1]
    assert route_to("192.0.2.1", known) == known[0]
    assert route_to("192.0.2.1", known[1:]) is None


def test_a_bridge_is_no_card(tmp_path: Path) -> None:
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/route").write_text(ROUTES.replace("enp0s2", "br0"))
    (tmp_path / "sys/class/net/br0").mkdir(parents=True)
    with pytest.raises(BootError, match=r"10\.0\.2\.9 is reached through br0, which is no device"):
        server_place("nfs:10.0.2.9:/srv", str(tmp_path))


def test_what_cannot_be_a_place(tmp_path: Path) -> None:
    with pytest.raises(BootError, match="names a user, which NFS has not"):
        server_place("nfs:root@10.0.2.9:/srv", str(tmp_path))
    with pytest.raises(BootError, match=r"no-such-host\.invalid has no IPv4 address"):
        server_place("ssh:no-such-host.invalid:/srv", str(tmp_path))


def test_ssh_takes_the_options_as_they_are_given(tmp_path: Path) -> None:
    """ssh itself reads the command line, and says what it made of it (-G)."""
    (tmp_path / "key").touch()
    key = str(tmp_path / "key")
    given = Orders("ssh", "", "/srv", [], server="192.0.2.1", user="dumps", host="vault", key=key)
    program, *words = remote.command(given, "true")
    done = subprocess.run([program, "-G", *words], capture_output=True, text=True, check=True)
    said = done.stdout.splitlines()
    for line in (
        "user dumps",
        "hostname 192.0.2.1",
        "hostkeyalias vault",
        "batchmode yes",
        "stricthostkeychecking true",
        f"identityfile {key}",
        "identitiesonly yes",
        "compression yes",
        "userknownhostsfile /root/.ssh/known_hosts /etc/ssh/ssh_known_hosts",
    ):
        assert line in said


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BootError, match=r"there is no private key /no/such(?s:.*)ssh-keygen"):
        remote.key("/no/such")
    (tmp_path / "key").touch()
    assert remote.key(str(tmp_path / "key")) == str(tmp_path / "key")
