"""Checksums by the names that FIT images and GRUB give them, without OpenSSL.

hashlib would bring libcrypto into the image; Debian's Python has these built in. They are
private modules, and one was renamed: what is not there is not compared, and that is said.
"""

from typing import Protocol


class Digest(Protocol):
    """What hashlib's objects do, as far as it is used here."""

    def update(self, data: memoryview, /) -> None:
        """Take in more content."""

    def digest(self) -> bytes:
        """Return the checksum of all content so far."""


_MODULES = {
    "md5": ("_md5",),
    "sha1": ("_sha1",),
    "sha256": ("_sha256", "_sha2"),  # the latter since Python 3.12
    "sha384": ("_sha512", "_sha2"),
    "sha512": ("_sha512", "_sha2"),
}


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: memoryview, /) -> None:
        from zlib import crc32

        self._value = crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def digest(method: str) -> Digest | None:
    """Return what makes the checksum called `method`; None where that is not known here."""
    if method == "crc32":
        return _Crc32()
    if method not in _MODULES:
        return None
    for module in _MODULES[method]:
        try:
            made: Digest = getattr(__import__(module), method)()
            return made
        except ImportError:
            continue
    return None
