"""Takes the place of the standard library's ctypes.util in the boot image.

The original asks ldconfig, a compiler or a linker, none of which the image has. pyudev
looks its library up here, and gets it by its soname, which ld.so finds by itself.
"""

_SONAMES = {
    "udev": "libudev.so.1",
    "blkid": "libblkid.so.1",
    "c": "libc.so.6",
}


def find_library(name: str) -> str | None:
    """Return the soname of the library `name` ("udev"), or None where the image has none."""
    return _SONAMES.get(name)
