"""Open the files that an entry names, or say in words why that cannot be done."""

import errno
import os

from bootpy.entry import File
from bootpy.errors import BootError
from bootpy.volume import Volume, Volumes

_SHOWN = 6  # names listed in a hint


def open_file(file: File, role: str, volumes: Volumes) -> int:
    """Open the `role` ("kernel", "initrd") of an entry for reading and return a descriptor."""
    if file.url is not None:
        raise BootError(
            f"{role} {file.url} lies on a server, and only files of volumes can be loaded",
            "copy it to a disk, or boot this entry from the network with the firmware",
        )
    volume = volumes.named(file.volume or "")
    if volume is None or file.path is None:
        raise _no_volume(file, role, volumes)
    try:
        return volume.open(file.path)
    except (OSError, ValueError) as error:
        raise _refusal(file, role, volume, error) from error


def _no_volume(file: File, role: str, volumes: Volumes) -> BootError:
    wanted = file.wanted or file.volume or "a volume without a name"
    present = ", ".join(_described(volume) for volume in volumes) or "none"
    return BootError(
        f"{role} {file.path or ''} is on {wanted}, which is not here",
        f"connect that disk, or correct the entry; volumes here: {present}",
    )


def _described(volume: Volume) -> str:
    names = [f"UUID={volume.uuid}" if volume.uuid else "", volume.label]
    known = " ".join(name for name in names if name)
    return f"{volume.name} ({known})" if known else volume.name


def _refusal(file: File, role: str, volume: Volume, error: OSError | ValueError) -> BootError:
    number = error.errno if isinstance(error, OSError) else None
    path = file.path or "/"
    if number in {errno.ENOENT, errno.ENOTDIR}:
        return BootError(f"{role} {file} does not exist", _nearby(volume, path))
    if number == errno.EISDIR:
        return BootError(f"{role} {file} is a folder", _nearby(volume, path + "/?"))
    if number == errno.EINVAL:
        return BootError(
            f"{role} {file} is neither a file nor a folder", "name a regular file in the entry"
        )
    if number == errno.ELOOP:
        return BootError(
            f"{role} {file} is a link that leads round in a circle", "mend the link on that volume"
        )
    reason = error.strerror if isinstance(error, OSError) else str(error)
    if number in {errno.ENOMEM, errno.EOPNOTSUPP}:
        hint = "give the machine more memory" if number == errno.ENOMEM else "unpack the image"
        return BootError(f"{role} {file} cannot be opened: {reason}", hint)
    return BootError(
        f"{role} {file} cannot be opened: {reason}",
        "the disk or its file system may be damaged: the kernel log says more (dmesg)",
    )


def _nearby(volume: Volume, path: str) -> str:
    """Say what is there in place of a missing file: its folder, or the last that exists."""
    folder, _, missing = path.rpartition("/")
    while folder and volume.status(folder) is None:
        folder, _, missing = folder.rpartition("/")
    names = volume.names(folder or "/")
    alike = [name for name in names if name[:3] == missing[:3]] or names
    shown = ", ".join(alike[:_SHOWN]) or "nothing"
    more = f" and {len(alike) - _SHOWN} more" if len(alike) > _SHOWN else ""
    place = os.path.join(folder or "/", "")
    return f"({volume.name}){place} holds {shown}{more}"
