"""SYSLINUX, ISOLINUX, EXTLINUX and U-Boot's extlinux.conf: which files are read.

Each loader of the family looks for its own file in some of these folders and stops at the
first; here all that is found is read. Sources: "LOCATION/NAME" in txt/syslinux.cfg.txt,
core/fs/lib/loadconfig.c and core/fs/iso9660/iso9660.c of SYSLINUX 6.04.
"""

import posixpath

from bootpy.entry import Configuration, Host
from bootpy.readers.syslinux.configuration import read_configuration
from bootpy.readers.syslinux.naming import Naming
from bootpy.volume import Volume, Volumes

FOLDERS = (
    "/",
    "/syslinux",
    "/boot/syslinux",
    "/isolinux",
    "/boot/isolinux",
    "/extlinux",
    "/boot/extlinux",
    "/boot/x86_64/loader",
    "/boot/i386/loader",
)
"""Where configurations are looked for, besides the folders of programs for UEFI.

The last two are SUSE's, whose installation media have ISOLINUX there.
"""

EFI_FOLDERS = ("boot", "syslinux", "extlinux")
"""Folders in /EFI, in any case, in which syslinux.efi is installed with its configuration."""

NAMES = ("extlinux.conf", "syslinux.cfg", "isolinux.cfg")
"""What they are called, in the order of SYSLINUX's own search."""

EFI_NAMES = ("syslx64.cfg", "syslia32.cfg", *NAMES)
"""What SYSLINUX for UEFI calls them, those for one architecture first."""


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read every configuration on `home`; each names files of its own volume only."""
    places: list[tuple[str, tuple[str, ...]]] = [(folder, NAMES) for folder in FOLDERS]
    places += [(folder, EFI_NAMES) for folder in _efi_folders(home)]
    return [
        read_configuration(Naming(home), path, folder, host)
        for folder, names in places
        for name in names
        if (found := home.status(path := posixpath.join(folder, name))) and found.kind == "file"
    ]


def _efi_folders(home: Volume) -> list[str]:
    tops = [f"/{name}" for name in home.names("/") if name.lower() == "efi"]
    return [
        f"{top}/{name}" for top in tops for name in home.names(top) if name.lower() in EFI_FOLDERS
    ]
