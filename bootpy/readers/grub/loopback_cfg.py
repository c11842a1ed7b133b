"""The loopback.cfg inside an ISO image, run as a grub.cfg that opens the image would run it.

The convention (https://www.supergrubdisk.org/wiki/Loopback.cfg): `iso_path` is exported and
holds the path of the file on its own volume, the image is a device, and $root is that device.
"""

from bootpy.diagnostics import Source
from bootpy.entry import Configuration, Host
from bootpy.readers.grub import reader
from bootpy.readers.grub.devices import Devices
from bootpy.readers.grub.files import run_file
from bootpy.readers.grub.limits import LimitReached
from bootpy.readers.grub.state import Session
from bootpy.volume import Volume, Volumes

PATH = "/boot/grub/loopback.cfg"
_DEVICE = "loop"


def read_loopback(
    home: Volume, path: str, inner: Volume, volumes: Volumes, host: Host
) -> Configuration:
    """Read the loopback.cfg of `inner`, the inside of the image at `path` of `home`."""
    shell = reader.start(Session(Devices(volumes), host), home, "/boot/grub/grub.cfg")
    shell.images[_DEVICE] = inner
    shell.set("root", _DEVICE)
    shell.set("iso_path", path)
    shell.variables.export("iso_path")
    try:
        run_file(shell, f"({_DEVICE}){PATH}")
    except LimitReached as limit:
        shell.tell("error", limit.message, limit.hint)
    return reader._configuration(shell, Source(inner.name, PATH))
