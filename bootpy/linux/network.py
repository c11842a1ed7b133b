"""Network interfaces: which are up, taking them down, IPv4 addresses and routes (netdevice(7))."""

import fcntl
import os
import socket
import struct

_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_SIOCADDRT = 0x890B
_SIOCGIFADDR = 0x8915
_SIOCSIFADDR = 0x8916
_SIOCGIFNETMASK = 0x891B
_SIOCSIFNETMASK = 0x891C
_UP = 0x1
_LOOPBACK = 0x8

_NAME = 16  # bytes: IFNAMSIZ
_REQUEST = f"{_NAME}sh22x"  # struct ifreq
_ADDRESS = f"{_NAME}s16s8x"  # the same with a struct sockaddr
# struct rtentry of include/uapi/linux/route.h: destination, gateway, mask, flags.
_ROUTE = "@8x16s16s16sH6x16x8x8x8x8x8x"
_ROUTE_UP, _BY_GATEWAY = 0x1, 0x2


def interfaces_up(folder: str = "/sys/class/net") -> list[str]:
    """Return the names of the interfaces that are up, the loopback left out."""
    found = []
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        try:
            with open(f"{folder}/{name}/flags", encoding="ascii") as file:
                flags = int(file.read(), 16)
        except (OSError, ValueError):  # unplugged meanwhile; or a file (bonding_masters)
            continue
        if flags & _UP and not flags & _LOOPBACK:
            found.append(name)
    return found


def take_down(name: str) -> None:
    """Take an interface down: its driver stops the device. OSError: the kernel refused."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        request = struct.pack(_REQUEST, os.fsencode(name)[: _NAME - 1], 0)
        _, flags = struct.unpack(_REQUEST, fcntl.ioctl(asked, _SIOCGIFFLAGS, request))
        request = struct.pack(_REQUEST, os.fsencode(name)[: _NAME - 1], flags & ~_UP)
        fcntl.ioctl(asked, _SIOCSIFFLAGS, request)


def address_of(name: str) -> tuple[str, str] | None:
    """Return an interface's IPv4 address and netmask, "10.0.2.15" and "255.255.255.0", if any."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        found = []
        for number in (_SIOCGIFADDR, _SIOCGIFNETMASK):
            request = struct.pack(_ADDRESS, os.fsencode(name)[: _NAME - 1], bytes(16))
            try:
                answer = fcntl.ioctl(asked, number, request)
            except OSError:
                return None
            # struct sockaddr_in: family, port, address.
            found.append(socket.inet_ntoa(answer[_NAME + 4 : _NAME + 8]))
    return found[0], found[1]


def set_up(name: str, address: str, netmask: str, gateway: str = "") -> None:
    """Give an interface its IPv4 address, take it up, and route to all else by a gateway if any.

    OSError: the kernel refused.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        called = os.fsencode(name)[: _NAME - 1]
        for number, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, netmask)):
            fcntl.ioctl(asked, number, struct.pack(_ADDRESS, called, _sockaddr(value)))
        request = struct.pack(_REQUEST, called, 0)
        _, flags = struct.unpack(_REQUEST, fcntl.ioctl(asked, _SIOCGIFFLAGS, request))
        fcntl.ioctl(asked, _SIOCSIFFLAGS, struct.pack(_REQUEST, called, flags | _UP))
        if gateway:
            everywhere = _sockaddr("0.0.0.0")  # noqa: S104 - the destination of a default route
            flags = _ROUTE_UP | _BY_GATEWAY
            route = struct.pack(_ROUTE, everywhere, _sockaddr(gateway), everywhere, flags)
            fcntl.ioctl(asked, _SIOCADDRT, route)


def _sockaddr(address: str) -> bytes:
    return struct.pack("@HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
