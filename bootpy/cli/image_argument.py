"""Disk images as arguments of `bootpy list`: which files are some, by their first bytes."""

import os
import stat
from collections.abc import Sequence

from bootpy.errors import BootError

HEAD = 0x10048
"""How many bytes from a file's beginning tell what it is."""

_KINDS = (
    (0, b"QFI\xfb", "disk image in QEMU's qcow2 format"),
    (0, b"KDMV", "disk image in VMware's format"),
    (0, b"COWD", "disk image in VMware's format"),
    (0, b"# Disk DescriptorFile", "description of a disk image in VMware's format"),
    (0x40, b"\x7f\x10\xda\xbe", "disk image in VirtualBox's format"),
    (0, b"vhdxfile", "disk image in Hyper-V's format (VHDX)"),
    (0, b"conectix", "disk image in Hyper-V's format (VHD)"),
    (0, b"hsqs", "file system image (squashfs)"),
    (0, b"XFSB", "file system image (xfs)"),
    (0, b"LUKS\xba\xbe", "encrypted image (LUKS)"),
    (0x438, b"\x53\xef", "file system image (ext4)"),
    (0x400, b"\x10\x20\xf5\xf2", "file system image (f2fs)"),
    (0x400, b"\xe2\xe1\xf5\xe0", "file system image (erofs)"),
    (0x10040, b"_BHRfS_M", "file system image (btrfs)"),
    (0x8001, b"CD001", "CD image (ISO 9660)"),
    (0x8001, b"BEA01", "CD image (UDF)"),
    (512, b"EFI PART", "disk image"),
    (512, b"LABELONE", "disk image (LVM)"),
    (0x1000, b"\xfc\x4e\x2b\xa9", "disk image (RAID)"),
)
# What bears the mark of a boot sector as well, and is no disk.
_NO_DISK = ((0x202, b"HdrS"), (0, b"MZ"))
_BOOT_SECTOR = (510, b"\x55\xaa")


def kind_of(head: bytes) -> str:
    """Say what kind of disk image begins with these `HEAD` bytes; "" where it is none.

    A file of zeros is a disk on which nothing was found so far.
    """
    for offset, magic, kind in _KINDS:
        if head.startswith(magic, offset):
            return kind
    if any(head.startswith(magic, offset) for offset, magic in _NO_DISK):
        return ""
    if head.startswith(_BOOT_SECTOR[1], _BOOT_SECTOR[0]):
        return "disk image"
    return "disk image" if len(head) >= 512 and not head.strip(b"\0") else ""


def images_of(arguments: Sequence[str]) -> list[str]:
    """Return the disk images that the arguments name; [] where none does.

    BootError: images stand beside what are none.
    """
    images: list[str] = []
    others: list[str] = []
    for argument in arguments:
        (images if _is_image(argument) else others).append(argument)
    if images and others:
        raise BootError(
            f"{images[0]} is a disk image, and {others[0]} is none",
            "images are read by themselves, several as the disks of one machine: "
            "list directories apart from them",
        )
    return images


def _is_image(argument: str) -> bool:
    try:
        if not stat.S_ISREG(os.stat(argument).st_mode):
            return False
        with open(argument, "rb") as file:
            return bool(kind_of(file.read(HEAD)))
    except (OSError, ValueError):
        return False  # what is amiss with it is said where directories are looked at
