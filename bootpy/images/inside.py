"""Which images can be looked into, and how the inside of one is called."""

import errno

from bootpy.volume import Volume


def volume_inside(outer: Volume, path: str) -> Volume:
    """Make the Volume of what is inside the image at `path` of `outer`.

    OSError says in words why the file is no image that can be read.
    """
    from bootpy.images.iso9660 import IsoVolume

    if isinstance(outer, IsoVolume):
        # It would have to be copied into memory whole to be read at all.
        raise OSError(errno.EOPNOTSUPP, f"it lies inside of another image, {outer.name}")
    return IsoVolume(outer, path)
