"""Take kernel and ramdisks out of Android's boot images, as Android's boot loader does.

Source: "Boot image header", "Vendor boot partitions" and "Implement bootconfig" of the
Android Open Source Project's documentation; Documentation/admin-guide/bootconfig.rst of Linux.
"""

import os
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.images import android, android_vendor
from bootpy.images.stretches import Stretch, read_stretch
from bootpy.kexec.fit import damaged
from bootpy.kexec.initrds import Part

MAGICS = (android.MAGIC, android_vendor.MAGIC)
"""First bytes of the images that may stand where an initrd is named."""

_TRAILER = b"#BOOTCONFIG\n"


class BootParts(NamedTuple):
    """A boot image: its kernel, its ramdisk where it has one, and its own command line."""

    kernel: Part
    ramdisks: tuple[Part, ...]
    cmdline: str
    warnings: tuple[str, ...]


def take_apart(fd: int, name: str) -> BootParts:
    """Find the kernel of the boot image open at `fd`; BootError where it has none."""
    try:
        found = android.read_boot_image(fd)
    except OSError as error:
        raise damaged(name, "boot image of Android", error) from error
    if found.kernel is None:
        raise BootError(
            f"{name} is an Android boot image without a kernel",
            "init_boot and kin hold a ramdisk alone: name the boot image in the entry",
        )
    warnings = []
    if found.tree:
        warnings.append(
            f"the device tree in {name} is not handed over: the kernel gets this machine's own"
        )
    if found.second:
        warnings.append(f"the second-stage boot loader in {name} is not started")
    ramdisks = (_part(fd, found.ramdisk, name, "ramdisk"),) if found.ramdisk else ()
    return BootParts(
        _part(fd, found.kernel, name, "kernel"), ramdisks, found.cmdline, tuple(warnings)
    )


def ramdisks(fd: int, name: str) -> tuple[list[Part], bytes]:
    """Find the ramdisks of the image open at `fd`, and the bootconfig that comes with them.

    A vendor image's ramdisks for recovery are left out. BootError where the image is damaged
    or has no ramdisk.
    """
    try:
        vendor = read_stretch(fd, 0, 8) == android_vendor.MAGIC
        if vendor:
            image = android_vendor.read_vendor_image(fd)
            parts = [
                _part(fd, one.content, name, one.name or "vendor ramdisk")
                for one in image.ramdisks
                if not one.recovery
            ]
            config = read_stretch(fd, *image.bootconfig) if image.bootconfig else b""
            return parts, config
        boot = android.read_boot_image(fd)
    except OSError as error:
        raise damaged(name, "boot image of Android", error) from error
    if boot.ramdisk is None:
        raise BootError(f"{name} has no ramdisk", "choose another entry, or name another initrd")
    return [_part(fd, boot.ramdisk, name, "ramdisk")], b""


def bootconfig(text: bytes) -> Part:
    """Make the end of an initrd that hands `text` to the kernel as its bootconfig.

    Part of a new memory file, which the caller closes: the text, its length and sum, and the
    kernel's mark. It is a multiple of four bytes long, so that nothing comes between.
    """
    padded = text + bytes(-len(text) % 4)
    ends = (len(padded), sum(padded) & 0xFFFFFFFF)
    content = padded + b"".join(number.to_bytes(4, "little") for number in ends) + _TRAILER
    fd = os.memfd_create("bootconfig", os.MFD_CLOEXEC)
    os.write(fd, content)
    return Part(fd, 0, len(content), "bootconfig")


def _part(fd: int, stretch: Stretch, name: str, what: str) -> Part:
    return Part(fd, *stretch, f"{name} ({what})")
