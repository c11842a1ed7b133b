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

    def take(self) -> set[str]:
        """Handle every waiting event; name the block devices that came, went or changed."""
        changed: set[str] = set()
        while True:
            device = self._monitor.poll(timeout=0)
            if device is None:
                return changed
            if device.subsystem == "block":
                changed.add(device.sys_name.replace("!", "/"))
            modalias = device.properties.get("MODALIAS")
            if device.action == "add" and modalias:
                self._drivers.load_for(modalias)
