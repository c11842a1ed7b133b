"""PXELINUX: the folder pxelinux.cfg of a TFTP server, as U-Boot's network boot reads it too.

A client asks for a file named by its UUID, its network card's address, its IP address in
hexadecimal digits from the right shorter and shorter, and at last for "default". Which of the
others a machine would get, its disks do not tell, so that "default" alone decides what boots.

Sources: txt/pxelinux.txt of SYSLINUX 6.04 ("CONFIGURATION"), and doc/README.pxe of U-Boot.
"""

import posixpath
import re

from bootpy.diagnostics import Diagnostic
from bootpy.entry import Configuration, Host
from bootpy.readers.syslinux.configuration import read_configuration
from bootpy.readers.syslinux.naming import Naming
from bootpy.volume import Volume, Volumes

FOLDERS = ("/pxelinux.cfg", "/boot/pxelinux.cfg")
"""Where the configurations of a server are looked for on its disk."""

MOST = 64
"""Configurations of one folder: a server may have one for each of very many machines."""

_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_HARDWARE = "[0-9a-f]{2}(?:-[0-9a-f]{2}){6,}"
_ADDRESS = "[0-9A-F]{1,8}"
_U_BOOT = "default-[a-z0-9_-]+"


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read every configuration of `home` that a client could ask for, "default" first."""
    return [one for folder in FOLDERS for one in _in_folder(home, folder, host)]


def _in_folder(home: Volume, folder: str, host: Host) -> list[Configuration]:
    root = posixpath.dirname(folder)
    naming = Naming(home, "pxelinux", root)
    names = sorted(
        (name for name in home.names(folder) if _rank(name) is not None),
        key=lambda name: (_rank(name), -len(name), name),
    )
    found = []
    for name in names[:MOST]:
        one = read_configuration(naming, posixpath.join(folder, name), root, host)
        found.append(one if name == "default" else _for_one_machine(one))
    if len(names) > MOST and found:
        message = f"{len(names) - MOST} more configurations in {folder} are not read"
        hint = "the first in PXELINUX's own order are"
        said = Diagnostic("info", found[0].source._replace(path=folder), message, hint)
        found[0] = found[0]._replace(diagnostics=(*found[0].diagnostics, said))
    return found


def _rank(name: str) -> int | None:
    """Return the place of a file in the order of reading; None where no client asks for it."""
    if name == "default":
        return 0
    for rank, pattern in enumerate((_UUID, _HARDWARE, _ADDRESS, _U_BOOT), 1):
        if re.fullmatch(pattern, name):
            return rank
    return None


def _for_one_machine(one: Configuration) -> Configuration:
    if not one.entries:
        return one
    message = "is for one machine or a few, and boots nothing by itself here"
    hint = "choose an entry of it by hand, or write a file named default"
    said = Diagnostic("info", one.source, message, hint)
    entries = tuple(entry._replace(default=False, by_person=True) for entry in one.entries)
    return one._replace(
        entries=entries, default=None, fallbacks=(), diagnostics=(*one.diagnostics, said)
    )
