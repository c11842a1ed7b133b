"""The table of readers: one line per format.

A reader is a module with a function

    read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]

that looks for its format's configurations on `home`, may look at the other volumes for
what those configurations name, and returns one `Configuration` per configuration found,
in the order of its places. It raises nothing for bad input. Its module is imported only
where one of `places` stands on the volume: a file, a folder, or names in a folder that end
in the same way, without regard to case ("/boot/*.itb").
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One format: its name in listings, its module, and where it is looked for."""

    format: str
    module: str
    places: tuple[str, ...]


def _in(folders: str, names: str) -> tuple[str, ...]:
    return tuple(
        f"{folder.rstrip('/')}/{name}" for folder in folders.split() for name in names.split()
    )


# Where distributions put ELILO on an ESP: with its configuration and kernels beside it.
_ELILO = (
    "debian ubuntu Slackware slackware Slint SuSE suse opensuse redhat gentoo elilo linux boot BOOT"
)

ROWS: tuple[Row, ...] = (
    Row(
        "grub",
        "bootpy.readers.grub.reader",
        ("/grub.cfg", "/grub", "/grub2", "/boot/grub", "/boot/grub2", "/EFI", "/efi"),
    ),
    Row("bls", "bootpy.readers.bls", ("/loader", "/boot/loader")),
    Row("uki", "bootpy.readers.uki", ("/EFI/Linux", "/boot/EFI/Linux")),
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
    Row("pxelinux", "bootpy.readers.syslinux.pxelinux", ("/pxelinux.cfg", "/boot/pxelinux.cfg")),
    Row(
        "grub-legacy",
        "bootpy.readers.grub_legacy",
        _in("/ /grub /boot/grub /boot", "menu.lst grub.conf"),
    ),
    Row("petitboot", "bootpy.readers.petitboot", _in("/ /etc /boot", "petitboot.conf")),
    Row(
        "kboot",
        "bootpy.readers.kboot",
        _in("/ /etc /boot", "kboot.conf kboot.cnf KBOOT.CONF KBOOT.CNF"),
    ),
    Row(
        "yaboot",
        "bootpy.readers.yaboot",
        (*_in("/ /etc", "yaboot.conf yaboot.cnf"), "/suseboot/yaboot.cnf", "/ppc/yaboot.conf"),
    ),
    Row(
        "lilo",
        "bootpy.readers.lilo",
        (
            *_in("/ /etc", "lilo.conf elilo.conf"),
            *(f"/{efi}/{folder}/elilo.conf" for efi in ("EFI", "efi") for folder in _ELILO.split()),
        ),
    ),
    Row("esxi", "bootpy.readers.esxi", _in("/ /EFI/BOOT /efi/boot", "boot.cfg BOOT.CFG")),
    Row("raspberrypi", "bootpy.readers.raspberrypi", _in("/ /boot /boot/firmware", "config.txt")),
    Row("fit", "bootpy.readers.fit", _in("/ /boot", "*.itb *.fit fitImage image.fit")),
    Row("android", "bootpy.readers.android", _in("/ /boot", "boot.img boot_a.img boot_b.img")),
    Row("iso", "bootpy.readers.iso", _in("/ /boot /iso /isos /boot/iso /boot/isos", "*.iso")),
)

FALLBACK = Row("heuristic", "bootpy.readers.heuristic", ("/", "/boot"))
"""Kernels and initrds found by name: read only where no configuration has an entry."""
