"""The table of readers: one line per format.

A reader is a module with a function

    read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]

that looks for its format's configurations on `home`, may look at the other volumes for
what those configurations name, and returns one `Configuration` per configuration found,
in the order of its places. It raises nothing for bad input. Its module is imported only
where one of `places` stands on the volume: a file, a folder, or names in a folder that end
in the same way, without regard to case ("/boot/*.itb").

The Boot Loader Specification's two types of entry are one menu: where both formats are
wanted, ONE_MENU is read in place of their rows.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One format: its name in listings, its module, and where it is looked for.

    `function` is the module's reader.
    """

    format: str
    module: str
    places: tuple[str, ...]
    function: str = "read"


def _in(folders: str, names: str) -> tuple[str, ...]:
    return tuple(
        f"{folder.rstrip('/')}/{name}" for folder in folders.split() for name in names.split()
    )


_TYPE_1 = ("/loader", "/boot/loader")
_TYPE_2 = ("/EFI/Linux", "/boot/EFI/Linux")

# Where distributions put ELILO on an ESP: with its configuration and kernels beside it.
_ELILO = (
    "debian ubuntu Slackware slackware Slint SuSE suse opensuse redhat gentoo elilo linux boot BOOT"
)

ROWS: tuple[Row, ...] = (
    Row(
        "grub",
        "bootpy.readers.grub.reader",
        (
            *("/grub.cfg", "/grub", "/grub2", "/boot/grub", "/boot/grub2"),
            *("/@/boot/grub", "/@rootfs/boot/grub"),
            *("/EFI", "/efi"),
        ),
    ),
    Row("bls", "bootpy.readers.bls", _TYPE_1, "read_type_1"),
    Row("uki", "bootpy.readers.bls", _TYPE_2, "read_type_2"),
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
            "/boot/x86_64/loader/isolinux.cfg",
            "/boot/i386/loader/isolinux.cfg",
            "/EFI/*syslinux",
            "/efi/*syslinux",
            "/EFI/*extlinux",
            "/efi/*extlinux",
            *_in("/EFI/BOOT /EFI/boot /efi/boot", "syslinux.cfg extlinux.conf syslx64.cfg"),
        ),
    ),
    Row("pxelinux", "bootpy.readers.syslinux.pxelinux", ("/pxelinux.cfg", "/boot/pxelinux.cfg")),
    Row(
        "grub-legacy",
        "bootpy.readers.grub_legacy",
        (
            *_in("/ /grub /boot/grub /boot", "menu.lst grub.conf"),
            "/EFI/redhat/grub.conf",
            "/EFI/BOOT/BOOTX64.conf",
        ),
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
    Row(
        "android",
        "bootpy.readers.android",
        _in("/ /boot", "boot.img boot_a.img boot_b.img")
        + _in("/ /boot", "recovery.img recovery_a.img recovery_b.img"),
    ),
    Row("iso", "bootpy.readers.iso", _in("/ /boot /iso /isos /boot/iso /boot/isos", "*.iso")),
)

ONE_MENU = Row("bls", "bootpy.readers.bls", _TYPE_1 + _TYPE_2)
"""Formats bls and uki together."""

FALLBACK = Row("heuristic", "bootpy.readers.heuristic", ("/", "/boot"))
"""Kernels and initrds found by name: read only where no configuration has an entry."""
