"""A server that dumps are sent to, by NFS or ssh, and the way to it as it is now.

The capture kernel has no DHCP and no resolver: it takes the addresses that the running system has.
"""

import os
import re
import socket
import struct
import sys
from typing import NamedTuple

from bootpy.errors import BootError

_TO = re.compile(
    r"(?P<kind>nfs|ssh):(?:(?P<user>[^-@:/\s][^@:/\s]*)@)?(?P<host>[^-@:/\s][^@:/\s]*):(?P<path>/\S*)"
)
_SETTING = "correct to = in /etc/bootpy/crash.toml"


class Link(NamedTuple):
    """An interface by its hardware address, with its IPv4 address, netmask, and gateway if any.

    `name` is the kernel's name of it now.
    """

    mac: str
    address: str
    netmask: str
    gateway: str
    name: str


class ServerPlace(NamedTuple):
    """A folder on a server: `kind` is "nfs" or "ssh", `address` the host's, `user` of ssh alone."""

    kind: str
    user: str
    host: str
    address: str
    path: str
    link: Link

    @property
    def sysfs(self) -> str:
        """The folder of what has to be driven for it."""
        return f"/sys/class/net/{self.link.name}"

    def __str__(self) -> str:
        whom = f"{self.user}@{self.host}" if self.user else self.host
        return f"{self.path} on {whom} by {self.kind}, through {self.link.name}"


class Route(NamedTuple):
    """A line of /proc/net/route: the interface's name, and addresses as numbers.

    10.0.0.1 is 0x0a000001.
    """

    name: str
    destination: int
    mask: int
    gateway: int


def is_server(to: str) -> bool:
    """Return whether a setting names a server, "nfs:HOST:/FOLDER" or "ssh:USER@HOST:/FOLDER"."""
    return _TO.fullmatch(to) is not None


def server_place(to: str, root: str = "/") -> ServerPlace:
    """Find a server, and the way to it. BootError: there is none that a capture could take."""
    found = _TO.fullmatch(to)
    assert found is not None
    kind, user, host, path = found["kind"], found["user"] or "", found["host"], found["path"]
    if kind == "nfs" and user:
        raise BootError(f"{to} names a user, which NFS has not", _SETTING)
    if kind == "ssh":
        user = user or "root"
    try:
        address = str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])
    except OSError as error:
        raise BootError(f"{host} has no IPv4 address here: {error.strerror}", _SETTING) from error
    return ServerPlace(kind, user, host, address, path, _link(address, root))


def _link(address: str, root: str) -> Link:
    from bootpy.linux.network import address_of

    with open(os.path.join(root, "proc/net/route"), encoding="ascii") as file:
        route = route_to(address, routes(file.read()))
    if route is None:
        raise BootError(f"there is no route to {address}", "set the network up, then try again")
    folder = os.path.join(root, "sys/class/net", route.name)
    if not os.path.exists(f"{folder}/device"):
        raise BootError(
            f"{address} is reached through {route.name}, which is no device of its own "
            "(a bridge, a bond, a VLAN)",
            "name a server that is reached through a network card itself, or a folder on a disk",
        )
    own = address_of(route.name)
    if own is None:
        raise BootError(f"{route.name} has no IPv4 address", "set the network up, then try again")
    with open(f"{folder}/address", encoding="ascii") as file:
        mac = file.read().strip()
    gateway = _text(route.gateway) if route.gateway else ""
    return Link(mac, *own, gateway, route.name)


def routes(text: str) -> list[Route]:
    """Parse /proc/net/route; routes that are not up are left out."""
    found = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 8 and int(fields[3], 16) & 1:  # RTF_UP
            found.append(Route(fields[0], *(_number(fields[at]) for at in (1, 7, 2))))
    return found


def route_to(address: str, known: list[Route]) -> Route | None:
    """Return the route that a packet takes: the one with the longest mask, the first of those."""
    (wanted,) = struct.unpack("!I", socket.inet_aton(address))
    fitting = [route for route in known if wanted & route.mask == route.destination]
    return max(fitting, key=lambda route: route.mask, default=None)


def _number(field: str) -> int:
    """Return an address: the kernel prints the memory that holds it as one number of its own."""
    return int.from_bytes(int(field, 16).to_bytes(4, sys.byteorder), "big")


def _text(address: int) -> str:
    return socket.inet_ntoa(struct.pack("!I", address))
