"""The table of readers: one line per format.

A reader is a module with a function

    read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]

that looks for its format's configurations on `home`, may look at the other volumes for
what those configurations name, and returns one `Configuration` per configuration found,
in the order of its places. It raises nothing for bad input. Its module is imported only
where one of `places` (files or folders) stands on the volume.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One format: its name in listings, its module, and where it is looked for."""

    format: str
    module: str
    places: tuple[str, ...]


ROWS: tuple[Row, ...] = (
    Row(
        "grub",
        "bootpy.readers.grub.reader",
        ("/grub.cfg", "/grub", "/grub2", "/boot/grub", "/boot/grub2", "/EFI", "/efi"),
    ),
    Row("bls", "bootpy.readers.bls", ("/loader", "/boot/loader")),
    Row(
        "syslinux",
        "bootpy.readers.syslinux.reader",
        (
            "/extlinux.conf",
            "/syslinux.cfg",
            "/isolinux.cfg",
            "/syslinux",
            "/boot/syslinux",
            "/isolinux",
            "/boot/isolinux",
            "/extlinux",
            "/boot/extlinux",
        ),
    ),
)
