"""vendor_boot.img: what a device's maker adds to Android's own boot image, versions 3 and 4.

Source: bootimg.h and unpack_bootimg.py of the Android Open Source Project.
"""

import errno
import struct
from typing import NamedTuple

from bootpy.images.stretches import Stretch, length, read_stretch

MAGIC = b"VNDRBOOT"
_HEADER = struct.Struct("<8sIIIII2048sI16sIIQ")
_MORE_OF_4 = struct.Struct("<IIII")  # table size, entries, size of an entry, bootconfig size
_ENTRY = struct.Struct("<III32s")
_PAGES = (2048, 4096, 8192, 16384, 32768, 65536, 131072)
_MOST_RAMDISKS = 64
_RECOVERY = 2
_LONGEST_CONFIG = 32 << 10  # the kernel's own XBC_DATA_MAX


class VendorRamdisk(NamedTuple):
    """One ramdisk: where it lies, its name, and whether it is for recovery alone."""

    content: Stretch
    name: str
    recovery: bool


class VendorImage(NamedTuple):
    """What a vendor_boot image holds. `ramdisks` are in the order in which they are unpacked."""

    header: int
    cmdline: str
    ramdisks: tuple[VendorRamdisk, ...]
    tree: Stretch | None
    bootconfig: Stretch | None


def read_vendor_image(fd: int) -> VendorImage:
    """Read the header, and the table of ramdisks, of the image open at `fd`.

    OSError: EINVAL where it is no vendor_boot image, EIO where it is damaged or truncated.
    """
    size = length(fd)
    head = read_stretch(fd, 0, min(4096, size))
    if not head.startswith(MAGIC):
        raise OSError(errno.EINVAL, "no vendor_boot image: its first bytes are another format's")
    if len(head) < _HEADER.size + _MORE_OF_4.size:
        raise OSError(errno.EIO, f"it is truncated: {len(head)} bytes are there")
    fields = _HEADER.unpack_from(head)
    _, header, page, _, _, ramdisks, cmdline, _, _, header_size, tree, _ = fields
    if header not in {3, 4}:
        raise OSError(errno.EINVAL, f"a vendor_boot image of version {header}, not known here")
    if page not in _PAGES:
        raise OSError(errno.EIO, f"it is damaged: its header claims pages of {page} bytes")
    table = count = step = config = 0
    if header == 4:
        table, count, step, config = _MORE_OF_4.unpack_from(head, _HEADER.size)
    places = []
    start = -(-header_size // page) * page
    for part in (ramdisks, tree, table, config):
        places.append(Stretch(start, part))
        start += -(-part // page) * page
    end = max(place.offset + place.size for place in places)
    if end > size:
        raise OSError(errno.EIO, f"it is truncated: {size} bytes, and its header wants {end}")
    if config > _LONGEST_CONFIG:
        raise OSError(errno.EIO, f"it is damaged: a bootconfig of {config} bytes")
    found: tuple[VendorRamdisk, ...] = (VendorRamdisk(places[0], "", False),) if ramdisks else ()
    if header == 4 and count:
        found = _table(read_stretch(fd, *_checked(places[2], count, step)), places[0], count, step)
    text = cmdline.partition(b"\0")[0].decode("utf-8", "replace").strip()
    return VendorImage(
        header, text, found, places[1] if tree else None, places[3] if config else None
    )


def _checked(table: Stretch, count: int, step: int) -> Stretch:
    if count > _MOST_RAMDISKS or step < _ENTRY.size or count * step > table.size:
        raise OSError(errno.EIO, f"it is damaged: a table of {count} ramdisks")
    return Stretch(table.offset, count * step)


def _table(content: bytes, area: Stretch, count: int, step: int) -> tuple[VendorRamdisk, ...]:
    found = []
    for number in range(count):
        size, offset, kind, name = _ENTRY.unpack_from(content, number * step)
        if offset + size > area.size:
            raise OSError(errno.EIO, "it is damaged: a ramdisk lies outside of the ramdisks")
        if size:
            text = name.partition(b"\0")[0].decode("utf-8", "replace")
            found.append(
                VendorRamdisk(Stretch(area.offset + offset, size), text, kind == _RECOVERY)
            )
    return tuple(found)
