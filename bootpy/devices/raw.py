"""A device that holds one image and no file system, as a Volume with one file.

Android's boot partitions are such: their content starts with the image's header.
"""

import errno
import os
import re

from bootpy.devices.device import Device
from bootpy.volume import READ_LIMIT, Status

_NAMES = re.compile(r"(init_|vendor_)?(boot|recovery)(_[ab])?")


class RawVolume:
    """A device with an image on it: the one file is called as its partition, "/boot_a.img".

    It is never mounted. See `bootpy.volume.Volume`.
    """

    def __init__(self, device: Device, grub: str = "") -> None:
        self.name = device.name
        self.uuid = device.uuid
        self.label = device.label
        self.partuuid = device.partuuid
        self.partlabel = device.partlabel
        self.grub = grub
        self.ignores_case = False
        self._node = device.node
        self._size = device.size
        stem = device.partlabel.lower()
        self.file = f"{stem if _NAMES.fullmatch(stem) else 'boot'}.img"

    def __repr__(self) -> str:
        return f"<Volume {self.name} of {self.file}>"

    def status(self, path: str) -> Status | None:
        """Say what stands at `path`; see `Volume.status`."""
        match self._parts(path):
            case []:
                return Status("folder", 0, 0.0)
            case [self.file]:
                return Status("file", self._size, 0.0)
        return None

    def names(self, path: str) -> list[str]:
        """List the root; see `Volume.names`."""
        return [] if self._parts(path) else [self.file]

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Read the image, which is as long as the device; see `Volume.read`."""
        with open(self.open(path), "rb") as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise OSError(errno.EFBIG, f"larger than {limit} bytes", path)
        return content

    def open(self, path: str) -> int:
        """Open the device for reading; see `Volume.open`."""
        parts = self._parts(path)
        if not parts:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if parts != [self.file]:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return os.open(self._node, os.O_RDONLY | os.O_CLOEXEC)

    @staticmethod
    def _parts(path: str) -> list[str]:
        return [part for part in path.split("/") if part not in {"", "."}]
