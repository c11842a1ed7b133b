"""What a file name in a configuration means: on the volume, or on a server.

SYSLINUX, ISOLINUX, EXTLINUX and U-Boot take names from the configuration's folder, and those
with a leading slash from the volume's root. PXELINUX takes every name from the folder that its
server handed it out of, and has forms of its own for other places.

Sources: txt/syslinux.cfg.txt and txt/pxelinux.txt ("FILENAME SYNTAX") of SYSLINUX 6.04, and
its core/fs/pxe/pxe.c (pxe_path_type).
"""

import re
from typing import NamedTuple

from bootpy.entry import File
from bootpy.readers.files import look, normal_path
from bootpy.volume import Volume


class Naming(NamedTuple):
    """How one variant of the family names files on `volume`.

    `format` is "syslinux" or "pxelinux"; `root` is the folder that holds pxelinux.cfg.
    """

    volume: Volume
    format: str = "syslinux"
    root: str = "/"

    def url(self, name: str) -> str:
        """Return the URL of a name that a server answers for, "" where it is none."""
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", name):
            return name
        if self.format == "pxelinux" and (found := re.match(r"([A-Za-z0-9.-]+)::(.*)", name)):
            return f"tftp://{found[1]}/{found[2].lstrip('/')}"
        return ""

    def path(self, name: str, folder: str) -> str:
        """Return the path from the volume's root of a name used where `folder` is current."""
        if self.format != "pxelinux":
            return normal_path(name, folder)
        below = name.removeprefix("::").lstrip("/\\")
        # What the server's own root is, its files do not tell: "::" leaves pxelinux's folder,
        # and a leading slash is one too many after it, which people write for that root.
        if name.startswith("::"):
            tried = [normal_path(below), normal_path(below, self.root)]
        else:
            tried = [normal_path(below, folder)]
            if name.startswith("/"):
                tried.append(normal_path(below))
        return next((path for path in tried if self.volume.status(path) is not None), tried[0])

    def file(self, name: str, folder: str) -> File:
        """Return the file that a name means, with whether it is there."""
        url = self.url(name)
        return File(None, None, url=url) if url else look(self.volume, self.path(name, folder))

    def stands(self, name: str, folder: str) -> bool:
        """Whether something stands on the volume under that name."""
        return not self.url(name) and self.volume.status(self.path(name, folder)) is not None
