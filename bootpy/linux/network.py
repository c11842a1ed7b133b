"""Network interfaces: which are up, and taking them down (netdevice(7))."""

import fcntl
import os
import socket
import struct

_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_UP = 0x1
_LOOPBACK = 0x8

_NAME = 16  # bytes: IFNAMSIZ
_REQUEST = f"{_NAME}sh22x"  # struct ifreq


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
