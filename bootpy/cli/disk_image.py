"""Disk images as arguments of `bootpy list`: what a file is, and the listing of such files.

Reading one takes a virtual machine of the test bench, which lies beside this package in
bootpy's repository and is no part of an installed bootpy.
"""

import json
import os
import stat
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import bootpy
from bootpy.entry import Listing
from bootpy.errors import BootError

if TYPE_CHECKING:
    from types import ModuleType

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


def images_of(arguments: Sequence[str]) -> list[Path]:
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
    return [Path(image) for image in images]


def _is_image(argument: str) -> bool:
    try:
        if not stat.S_ISREG(os.stat(argument).st_mode):
            return False
        with open(argument, "rb") as file:
            return bool(kind_of(file.read(HEAD)))
    except (OSError, ValueError):
        return False  # what is amiss with it is said where directories are looked at


def listing_of_images(images: Sequence[Path], formats: Sequence[str], platform: str) -> Listing:
    """List what would boot from a machine with these disks.

    BootError: no test bench here, an image that cannot be read, or a machine that failed.
    """
    words = [f"bootpy.platform={platform}"]
    if formats:
        words.append(f"bootpy.formats={','.join(dict.fromkeys(formats))}")
    answer = _reading().read(images, words)
    try:
        return listing_of_answer(answer.text, len(images))
    except ValueError as error:
        raise answer.failure(f"what it said is no listing: {error}") from error


def listing_of_answer(text: bytes, disks: int) -> Listing:
    """Take the answer of a machine with this many disks apart.

    ValueError: it is not what the loader writes with `bootpy.list=`, or not about all of them.
    """
    from bootpy.cli.listing_from_json import listing_from_object, parsed

    given = parsed(text)
    if not isinstance(given, dict) or given.keys() != {"disks", "listing"}:
        raise ValueError("it is no object with disks and listing")
    if given["disks"] != disks:
        seen = json.dumps(given["disks"])[:20]
        raise ValueError(f"{seen} disks were seen of {disks}")
    return listing_from_object(given["listing"])


def _reading() -> "ModuleType":
    """Import the module of the test bench that reads images; BootError where there is none."""
    beside = os.path.dirname(os.path.dirname(os.path.realpath(bootpy.__file__)))
    if os.path.isfile(f"{beside}/qemu/reading.py") and beside not in sys.path:
        # An installation that only points to the repository names the program's packages alone.
        sys.path.append(beside)
    try:
        return import_module("qemu.reading")
    except ImportError as error:
        if os.path.isfile(f"{beside}/qemu/reading.py"):
            hint = "run `make setup` in the repository, and use .venv/bin/bootpy"
        else:
            hint = (
                "run bootpy from a clone of its repository, or mount the image's file systems "
                "as root (losetup -rPf --show IMAGE; mount -o ro) and name the mount points"
            )
        raise BootError(
            "a disk image is read by a virtual machine of bootpy's test bench, which cannot be "
            f"used here: {error}",
            hint,
        ) from error
