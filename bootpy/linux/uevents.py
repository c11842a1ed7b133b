"""The kernel's device events, waited for on a bare netlink socket: no library is needed for that.

Source: lib/kobject_uevent.c of Linux 6.1, netlink(7).
"""

import select
import socket
import time

_NETLINK_KOBJECT_UEVENT = 15
_KERNELS = 1  # the group that the kernel itself sends to
_LONGEST = 8192  # bytes of an event: UEVENT_BUFFER_SIZE is 2048


class DeviceEvents:
    """Events from the moment of this object's making on. OSError: the kernel has none to give."""

    __slots__ = ("_socket",)

    def __init__(self) -> None:
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
        self._socket = socket.socket(socket.AF_NETLINK, kind, _NETLINK_KOBJECT_UEVENT)
        self._socket.bind((0, _KERNELS))

    def wait(self, until: float) -> bool:
        """Wait for any event; False where none came until that time (time.monotonic)."""
        if not select.select([self._socket], [], [], max(0.0, until - time.monotonic()))[0]:
            return False
        while select.select([self._socket], [], [], 0)[0]:
            try:
                self._socket.recv(_LONGEST)
            except OSError:  # ENOBUFS: some were lost, and here what they said does not matter
                break
        return True

    def close(self) -> None:
        """Hear no more events."""
        self._socket.close()
