"""What GRUB would call each device: hd0, hd0,gpt2, hd1,msdos1, ...

GRUB numbers disks in the firmware's order, which a running kernel cannot see. The order of
the kernel's names is the best guess, and it is right on machines with one disk; removable
disks come last, since firmware puts the disk it boots from first.
"""

import re
from collections.abc import Iterable

from bootpy.devices.device import Device, order

# What firmware shows no disk for; the last are an eMMC's boot and replay-protected areas.
_NO_DISK = re.compile(r"loop|sr\d|dm-|md\d|mmcblk\d+(boot\d|rpmb)")
_TABLES = {"gpt": "gpt", "dos": "msdos", "mac": "apple", "bsd": "bsd", "sun": "sun"}


def grub_names(devices: Iterable[Device]) -> dict[str, str]:
    """Return GRUB's name by device name, for every disk and partition."""
    known = {device.name: device for device in devices}
    disks = [d for d in known.values() if d.kind == "disk" and not _NO_DISK.match(d.name)]
    disks.sort(key=lambda disk: (disk.removable, order(disk.name)))
    names = {disk.name: f"hd{number}" for number, disk in enumerate(disks)}
    for device in known.values():
        disk = known.get(device.parent or "")
        if disk and device.number and disk.name in names:
            table = _TABLES.get(disk.table, "")
            names[device.name] = f"{names[disk.name]},{table}{device.number}"
    return names
