"""Where a dump is to be saved: the file system of a folder, as it is found again after a crash.

The capture kernel has nothing of the system that crashed, and its disks may have other names
there.
"""

import os
from typing import NamedTuple

from bootpy.crash.mapped import Mapping, described
from bootpy.errors import BootError
from bootpy.kexec.choice import first_line
from bootpy.system.mount_table import mount_of, mounts

_PUT_TOGETHER = ("md", "loop", "bcache", "zram", "ram", "nbd")
_SETTING = "name another folder: to = in /etc/bootpy/crash.toml"


class DiskPlace(NamedTuple):
    """A folder on a disk: the file system's type and UUID, and the folder's path inside of it.

    `device` is the kernel's name of the device now ("vda2"); `mapping` is what that is made of
    where it is a logical volume.
    """

    kind: str
    uuid: str
    path: str
    device: str
    mapping: Mapping = Mapping()

    @property
    def sysfs(self) -> str:
        """The folder of what has to be driven for it."""
        return f"/sys/class/block/{self.device}"

    def __str__(self) -> str:
        return f"{self.path} of the {self.kind} on {self.device}, UUID {self.uuid}"


def disk_place(folder: str, root: str = "/") -> DiskPlace:
    """Find a folder's file system on this machine; the folder need not exist yet.

    BootError: it is on none that the capture kernel could mount.
    """
    real = os.path.realpath(folder)
    mount = mount_of(real, mounts(root))
    if mount is None or not mount.source.startswith("/"):
        kind = "nothing" if mount is None else mount.kind
        raise BootError(f"{folder} is on {kind}, which is on no disk of this machine", _SETTING)
    device = os.path.basename(os.path.realpath(mount.source))
    if not os.path.exists(os.path.join(root, "sys/class/block", device)):
        # The kernel was told of a name without a node: /dev/root.
        number = os.path.join(root, "sys/dev/block", mount.device)
        device = os.path.basename(os.path.realpath(number))
    if device.startswith(_PUT_TOGETHER):
        raise BootError(
            f"{folder} is on {mount.source} ({device}), which is put together of other devices",
            f"the capture kernel mounts disks, partitions and logical volumes; {_SETTING}",
        )
    below = real.removeprefix(mount.place.rstrip("/"))
    path = os.path.normpath(f"{mount.inside.rstrip('/')}/{below.lstrip('/')}")
    uuid = _uuid(os.path.join(root, "dev", device))
    return DiskPlace(mount.kind, uuid, path, device, _mapping(device, root))


def _mapping(device: str, root: str) -> Mapping:
    """Return what a logical volume is made of; nothing of what is none."""
    name = first_line(os.path.join(root, "sys/class/block", device, "dm/name"))
    if not name:
        return Mapping()
    from bootpy.linux.device_mapper import table

    def of_number(number: str) -> tuple[str, str]:
        below = os.path.basename(os.path.realpath(os.path.join(root, "sys/dev/block", number)))
        if below.startswith(("dm-", *_PUT_TOGETHER)):
            raise BootError(f"{name} lies on {below}, which is put together, too", _SETTING)
        values = _values(os.path.join(root, "dev", below))
        return values.get("TYPE", ""), values.get("UUID", "")

    try:
        return described(name, table(name), of_number)
    except OSError as error:
        raise BootError(
            f"the device mapper does not tell what {name} is made of: {error.strerror}",
            "run it as root",
        ) from error


def _uuid(node: str) -> str:
    uuid = _values(node).get("UUID", "")
    if not uuid:
        raise BootError(
            f"the file system on {node} has no UUID, by which it could be found after a crash",
            f"give it one (tune2fs -U random, for ext4); or {_SETTING}",
        )
    return uuid


def _values(node: str) -> dict[str, str]:
    from bootpy.linux import blkid

    try:
        return blkid.probe(node)
    except OSError as error:
        raise BootError(
            f"{node}, on which dumps are to be saved, cannot be read: {error.strerror}",
            "run it as root",
        ) from error
