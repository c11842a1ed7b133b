"""Where a dump is to be saved: the file system of a folder, as it is found again after a crash.

The capture kernel has nothing of the system that crashed, and its disks may have other names
there.
"""

import os
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.system.mount_table import mount_of, mounts

_PUT_TOGETHER = ("dm-", "md", "loop", "bcache", "zram", "ram", "nbd")
_SETTING = "name another folder: to = in /etc/bootpy/crash.toml"


class DiskPlace(NamedTuple):
    """A folder on a disk: the file system's type and UUID, and the folder's path inside of it.

    `device` is the kernel's name of the device now ("vda2").
    """

    kind: str
    uuid: str
    path: str
    device: str

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
            f"the capture kernel mounts disks and their partitions; {_SETTING}",
        )
    below = real.removeprefix(mount.place.rstrip("/"))
    path = os.path.normpath(f"{mount.inside.rstrip('/')}/{below.lstrip('/')}")
    return DiskPlace(mount.kind, _uuid(os.path.join(root, "dev", device)), path, device)


def _uuid(node: str) -> str:
    from bootpy.linux import blkid

    try:
        uuid = blkid.probe(node).get("UUID", "")
    except OSError as error:
        raise BootError(
            f"{node}, on which dumps are to be saved, cannot be read: {error.strerror}",
            "run it as root",
        ) from error
    if not uuid:
        raise BootError(
            f"the file system on {node} has no UUID, by which it could be found after a crash",
            f"give it one (tune2fs -U random, for ext4); or {_SETTING}",
        )
    return uuid
