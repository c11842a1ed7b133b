"""What GRUB calls devices and files: "(hd0,gpt2)/vmlinuz", "/vmlinuz" on $root."""

import posixpath
from typing import NamedTuple

from bootpy.entry import File
from bootpy.volume import Status, Volume, Volumes


class Place(NamedTuple):
    """A file's place: `volume` and `path`, or what was asked for where it is not there."""

    device: str
    path: str
    volume: Volume | None
    wanted: str | None


def split(name: str, root: str) -> tuple[str, str]:
    """Take "(device)path" apart; without a device it is on `root`."""
    if name.startswith("("):
        device, closed, path = name[1:].partition(")")
        if closed:
            return device, path
    return root, name


def device_name(volume: Volume) -> str:
    """What a script is told that a volume is called."""
    return volume.grub or volume.name


class Devices:
    """The volumes as GRUB sees them; remembers what it has looked at."""

    def __init__(self, volumes: Volumes) -> None:
        self.volumes = volumes
        self._found: dict[str, Volume | None] = {}
        self._statuses: dict[tuple[str, str], Status | None] = {}

    def find(self, device: str) -> Volume | None:
        """Find a volume by a device's name, as written in a script."""
        if device not in self._found:
            self._found[device] = self._find(device)
        return self._found[device]

    def status(self, volume: Volume, path: str) -> Status | None:
        """`Volume.status`, asked once."""
        key = (volume.name, path)
        if key not in self._statuses:
            self._statuses[key] = volume.status(path)
        return self._statuses[key]

    def _find(self, device: str) -> Volume | None:
        found = self.volumes.named(device)
        if found is None and device:
            wanted = _canonical(device)
            for volume in self.volumes:
                if volume.grub and _same(wanted, _canonical(volume.grub)):
                    return volume
            kind, slash, name = device.partition("/")
            if slash and kind in {"lvm", "md"}:
                found = self.volumes.named(name) or self.volumes.named(f"{kind}{name}")
            elif slash and kind == "mapper":
                found = self.volumes.named(name)
        return found


def url(device: str, path: str, server: str) -> str | None:
    """The URL of a file on a network device ("http,192.0.2.1"), or None for other devices."""
    scheme, _, address = device.partition(",")
    if scheme == "pxe":
        scheme = "tftp"
    if scheme not in {"http", "https", "tftp"} or not (address or server):
        return None
    host, _, port = (address or server).partition(",")
    return f"{scheme}://{host}{':' + port if port else ''}/{path.lstrip('/')}"


def to_file(place: Place, devices: Devices, server: str) -> File:
    """The value that entries hold."""
    path = "/" + place.path.lstrip("/")
    if "/." in path:
        path = posixpath.normpath(path)  # ".." leads no higher than the root
    address = url(place.device, path, server)
    if address is not None and place.volume is None:
        return File(None, None, url=address)
    if place.volume is None:
        return File(None, path, wanted=place.wanted or place.device)
    exists = devices.status(place.volume, path) is not None
    return File(place.volume.name, path, exists=exists)


def _canonical(device: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """("hd0", (("gpt", "2"),)): the disk, and per partition level its table and number."""
    disk, *parts = device.split(",")
    return disk, tuple(
        (part.rstrip("0123456789"), part[len(part.rstrip("0123456789")) :]) for part in parts
    )


def _same(
    one: tuple[str, tuple[tuple[str, str], ...]], other: tuple[str, tuple[tuple[str, str], ...]]
) -> bool:
    """Whether two names mean one partition: "hd0,2" is "hd0,gpt2" and "hd0,msdos2"."""
    if one[0] != other[0] or len(one[1]) != len(other[1]):
        return False
    return all(
        a[1] == b[1] and (a[0] == b[0] or not a[0] or not b[0])
        for a, b in zip(one[1], other[1], strict=True)
    )
