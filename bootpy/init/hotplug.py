"""What the kernel says of devices while we run: netlink events through pyudev.

The monitor is started before anything is enumerated, so a device that appears meanwhile is
seen twice rather than missed.
"""

import pyudev

from bootpy.init.drivers import Drivers


class Events:
    """The kernel's device events; drivers are loaded on the way, block changes reported."""

    __slots__ = ("_drivers", "_monitor")

    def __init__(self, drivers: Drivers) -> None:
        # Source "kernel": the "udev" one stays silent for ever where no udevd runs.
        self._monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source="kernel")
        # A burst of events at start must not be lost: the default holds about 200 of them.
        self._monitor.set_receive_buffer_size(8 << 20)
        self._monitor.start()
        self._drivers = drivers

    def fileno(self) -> int:
        """Return the descriptor that is readable when events wait."""
        return int(self._monitor.fileno())

    def take(self) -> dict[str, int]:
        """Handle every waiting event; return the block devices that came, went or changed.

        To each belongs the number of its last event (`newest_event` counts the same).
        """
        changed: dict[str, int] = {}
        while True:
            device = self._monitor.poll(timeout=0)
            if device is None:
                return changed
            if device.subsystem == "block":
                changed[device.sys_name.replace("!", "/")] = device.sequence_number
            modalias = device.properties.get("MODALIAS")
            if device.action == "add" and modalias:
                self._drivers.load_for(modalias)


def newest_event() -> int:
    """Return the number of the kernel's newest event, 0 where it does not tell.

    What an event up to that number was about can be seen from now on (lib/kobject_uevent.c
    numbers it when the change is made).
    """
    try:
        with open("/sys/kernel/uevent_seqnum", "rb") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0
