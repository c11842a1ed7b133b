"""GRUB legacy's devices: (hd0,1) is the second partition of the first disk of the BIOS.

Its disks are numbered as GRUB 2's, its partitions from 0 where GRUB 2's start from 1. Which disk
the BIOS calls the first is known only where a volume says what GRUB calls it. Elsewhere:

1. The BIOS calls the disk that it starts from the first one, so that (hd0,N) lies on the disk
   of the menu, and partition N + 1 is the volume with that number there.
2. A device that no volume is known for is the menu's own volume, if a kernel that an entry takes
   from it stands there, and GRUB's name of that volume is not known. There is one such device at
   most, the one with the most kernels.
3. Any other stays unresolved, wanted under the name that was asked for.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from bootpy.entry import File
from bootpy.readers.files import look, normal_path
from bootpy.volume import Volume, Volumes


class Place(NamedTuple):
    """A file as a command names it: a device as it is written, "" for the boot device, and path.

    A device is "hd0,1", "UUID=..." or of a kind of its own: "fd0", "cd", "nd".
    """

    device: str
    path: str


class Devices:
    """The devices that a menu on `home` may name."""

    def __init__(self, home: Volume, volumes: Volumes) -> None:
        self.home = home
        self._volumes = volumes
        self._own = ""

    def learn(self, kernels: Iterable[Place]) -> None:
        """Take the device with the most of `kernels` on the home volume for that volume."""
        found: dict[str, int] = {}
        if self.home.grub:  # then it is known which device it is, and that it is no other
            return
        for place in dict.fromkeys(kernels):
            known = self._known(place.device)
            if known is not None and known is not self.home:
                continue
            if "=" in place.device or not place.device:
                continue
            if look(self.home, place.path).exists:
                if known is self.home:
                    return
                found[place.device] = found.get(place.device, 0) + 1
        self._own = max(found, key=lambda device: found[device], default="")

    def volume(self, device: str) -> Volume | None:
        """Return the volume that a device is; None where that is not known."""
        if not device:
            return self.home
        return self._known(device) or (self.home if device == self._own else None)

    def file(self, place: Place) -> File:
        """Return the file at a place, with whether it is there."""
        volume = self.volume(place.device)
        if volume is None:
            return File(None, place.path, wanted=place.device)
        return look(volume, place.path)

    def on(self, name: str) -> Volume | None:
        """Return the volume of that name."""
        return self.home if name == self.home.name else self._volumes.named(name)

    def with_file(self, path: str) -> Volume | None:
        """Return the first volume on which `path` stands, the home volume first."""
        found = self.home if self.home.status(path) is not None else None
        return found or self._volumes.with_file(path)

    def _known(self, device: str) -> Volume | None:
        if not device:
            return self.home
        if device.startswith("UUID="):
            return self._volumes.with_uuid(device.removeprefix("UUID="))
        if device.startswith("VOLUME="):
            return self._volumes.named(device.removeprefix("VOLUME="))
        found = re.fullmatch(r"(hd\d+)(?:,(\d{1,3}))?", device)
        if found is None:
            return None
        wanted = int(found[2]) + 1 if found[2] else None
        own_disk, _ = _named_by_grub(self.home)
        for volume in self._volumes:
            disk, partition = _named_by_grub(volume)
            if disk == found[1] and partition == wanted:
                return volume
        if own_disk or found[1] != "hd0":
            return None
        disk, _ = _named_by_kernel(self.home)
        if not disk or wanted is None:
            return None
        every: tuple[Volume, ...] = (self.home, *self._volumes)
        for volume in every:
            if not volume.grub and _named_by_kernel(volume) == (disk, wanted):
                return volume
        return None


def device_name(written: str) -> str:
    """Return the device in "(hd0,1)", without blanks; it may lack its parentheses."""
    return re.sub(r"[\s()]", "", written)


def place_of(name: str, root: str) -> Place:
    """Split a file name into its device, or `root`, and its path from the device's root."""
    if found := re.match(r"\(([^()]*)\)(.*)", name):
        return Place(device_name(found[1]), normal_path(found[2]))
    return Place(root, normal_path(name))


def _named_by_grub(volume: Volume) -> tuple[str, int | None]:
    """Return what GRUB 2 calls the volume's disk, and the partition's number from 1."""
    disk, _, partition = volume.grub.partition(",")
    found = re.fullmatch(r"(?:[a-z]+)?(\d{1,3})", partition)
    return disk, int(found[1]) if found else None


def _named_by_kernel(volume: Volume) -> tuple[str, int | None]:
    """Return what Linux calls the volume's disk, "" where its name does not tell, and the number.

    sda2, nvme0n1p2 and mmcblk0p1 are such names.
    """
    name = volume.name.rpartition("/")[2]
    found = re.fullmatch(
        r"((?:nvme\d+n\d+|mmcblk\d+|nbd\d+|loop\d+)(?=p)|(?:sd|vd|xvd|hd)[a-z]+)p?(\d{1,3})", name
    )
    return (found[1], int(found[2])) if found else ("", None)
