"""Android boot images: boot.img and init_boot.img of header versions 0 to 4.

Source: system/tools/mkbootimg of the Android Open Source Project (bootimg.h,
unpack_bootimg.py), and "Boot image header" of its documentation.
"""

import errno
import struct
from typing import NamedTuple

from bootpy.images.stretches import Stretch, length, read_stretch

MAGIC = b"ANDROID!"
_SMALLEST_PAGE = 2048
_PAGES = (_SMALLEST_PAGE, 4096, 8192, 16384, 32768, 65536, 131072)
_NEW_PAGE = 4096  # from version 3 on there is no other
_NEWEST = 4

# Versions 0 to 2: sizes and addresses, page size, version, os_version, name, cmdline, id, more.
_OLD = struct.Struct("<8s10I16s512s32s1024s")
_MORE_OF_1 = struct.Struct("<IQI")  # recovery_dtbo_size, its offset, header_size
_MORE_OF_2 = struct.Struct("<IQ")  # dtb_size, its address
# Versions 3 and 4: kernel, ramdisk, os_version, header_size, reserved, version, cmdline.
_NEW = struct.Struct("<8sIIII16sI1536s")


class BootImage(NamedTuple):
    """What a boot image holds; stretches of the file, None for what it has not.

    `cmdline` is the whole of it; `version` is Android's ("12.0.0"), `patched` the month of
    its security patches ("2021-10"); both "" where the header does not say.
    """

    header: int
    kernel: Stretch | None
    ramdisk: Stretch | None
    second: Stretch | None
    tree: Stretch | None
    name: str
    cmdline: str
    version: str
    patched: str


def read_boot_image(fd: int) -> BootImage:
    """Read the header of the image open at `fd`.

    OSError: EINVAL where it is no boot image, EIO where it is damaged or truncated.
    """
    head = read_stretch(fd, 0, min(_NEW_PAGE, length(fd)))
    if not head.startswith(MAGIC):
        raise OSError(errno.EINVAL, "no Android boot image: its first bytes are another format's")
    if len(head) < _SMALLEST_PAGE:
        raise OSError(errno.EIO, f"it is truncated: {len(head)} bytes are there")
    (header,) = struct.unpack_from("<I", head, 40)
    found = _read_new(head, header) if header in {3, 4} else _read_old(head, header)
    for part in (found.kernel, found.ramdisk, found.second, found.tree):
        if part and part.offset + part.size > length(fd):
            wanted = part.offset + part.size
            raise OSError(
                errno.EIO, f"it is truncated: {length(fd)} bytes, and its header wants {wanted}"
            )
    return found


def _read_old(head: bytes, header: int) -> BootImage:
    fields = _OLD.unpack_from(head)
    _, kernel, _, ramdisk, _, second, _, _, page, _, os_version = fields[:11]
    name, cmdline, _, extra = fields[11:]
    if page not in _PAGES:
        raise OSError(errno.EIO, f"it is damaged: its header claims pages of {page} bytes")
    if header > _NEWEST:
        header = 0  # once the field was the size of a device tree that Qualcomm appended
    recovery = tree = 0
    if header >= 1:
        recovery, _, _ = _MORE_OF_1.unpack_from(head, _OLD.size)
    if header >= 2:
        tree, _ = _MORE_OF_2.unpack_from(head, _OLD.size + _MORE_OF_1.size)
    parts = _laid_out(page, page, (kernel, ramdisk, second, recovery, tree))
    whole = cmdline.partition(b"\0")[0]
    if len(whole) >= len(cmdline) - 1:  # mkbootimg goes on in the second field
        whole += extra.partition(b"\0")[0]
    return BootImage(
        header,
        parts[0],
        parts[1],
        parts[2],
        parts[4],
        _text(name),
        _text(whole),
        *_versions(os_version),
    )


def _read_new(head: bytes, header: int) -> BootImage:
    _, kernel, ramdisk, os_version, _, _, _, cmdline = _NEW.unpack_from(head)
    parts = _laid_out(_NEW_PAGE, _NEW_PAGE, (kernel, ramdisk))
    return BootImage(
        header, parts[0], parts[1], None, None, "", _text(cmdline), *_versions(os_version)
    )


def _laid_out(start: int, page: int, sizes: tuple[int, ...]) -> list[Stretch | None]:
    """Place parts one after the other, each at the start of a page."""
    found: list[Stretch | None] = []
    for size in sizes:
        found.append(Stretch(start, size) if size else None)
        start += -(-size // page) * page
    return found


def _versions(packed: int) -> tuple[str, str]:
    """Take os_version apart: three numbers of seven bits, years since 2000, month."""
    release, patch = packed >> 11, packed & 0x7FF
    version = ".".join(str(release >> shift & 0x7F) for shift in (14, 7, 0)) if release else ""
    year, month = 2000 + (patch >> 4), patch & 0xF
    return version, f"{year}-{month:02}" if patch and 1 <= month <= 12 else ""


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace").strip()
