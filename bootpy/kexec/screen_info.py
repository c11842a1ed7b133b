"""The screen as this kernel was told of it: text, or a frame buffer that firmware set up.

Source: struct screen_info of Linux 6.1 (include/uapi/linux/screen_info.h), at the start of the
boot parameters.
"""

import struct
from typing import NamedTuple

_TEXT = {0x01, 0x21, 0x22}
_FRAME_BUFFER = {0x23, 0x70}  # VESA's, and EFI's
_HIGH = 0x2  # in capabilities: the address has a high half

LENGTH = 0x40
"""Bytes of the boot parameters that describe the screen."""

TEXT, COLOURS = 2, 1
"""Kinds of frame buffers: EGA's text mode, and direct colours."""


class Screen(NamedTuple):
    """A frame buffer as both versions of Multiboot describe it.

    Lines are `pitch` bytes apart; width and height are in pixels, or in characters for text.
    `colours` are position and size in bits of red, green and blue.
    """

    address: int
    pitch: int
    width: int
    height: int
    depth: int
    kind: int
    colours: bytes = b""

    def packed(self) -> bytes:
        """Return the fields in the order that is the same in both versions."""
        return struct.pack("<QIIIBB", *self[:6])


def screen_of(current: bytes) -> Screen | None:
    """Read this kernel's boot parameters; None where there is no screen that is known here."""
    if len(current) < LENGTH:
        return None
    if current[0x0F] in _TEXT:
        columns, lines = current[0x07], current[0x0E]
        return Screen(0xB8000, 2 * columns, columns, lines, 16, TEXT)
    width, height, depth, low = struct.unpack_from("<HHHI", current, 0x12)
    (pitch,) = struct.unpack_from("<H", current, 0x24)
    if current[0x0F] not in _FRAME_BUFFER or not low:
        return None
    capabilities, high = struct.unpack_from("<II", current, 0x36)
    address = low | (high << 32 if capabilities & _HIGH else 0)
    # The kernel has the size of each colour before its position, Multiboot behind it.
    sizes = current[0x26:0x2C]
    colours = bytes(sizes[index] for index in (1, 0, 3, 2, 5, 4))
    return Screen(address, pitch, width, height, depth, COLOURS, colours)
