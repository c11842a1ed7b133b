r"""VOLUME arguments: a directory, or path=DIRECTORY,name=...,uuid=...,label=... pairs."""

import os
import re
import stat
from collections.abc import Sequence

from bootpy.cli.image_argument import HEAD, kind_of
from bootpy.errors import BootError
from bootpy.volume import FolderVolume, Volumes

KEYS = ("path", "name", "uuid", "label", "partuuid", "partlabel", "grub")
_COMPRESSED = (
    (b"\x1f\x8b", "gzip", "gunzip -k"),
    (b"\xfd7zXZ\0", "xz", "unxz -k"),
    (b"\x28\xb5\x2f\xfd", "zstd", "unzstd"),
    (b"BZh", "bzip2", "bunzip2 -k"),
)


def volumes_of(arguments: Sequence[str]) -> Volumes:
    """Make the volumes of the command line. BootError: an argument that is no VOLUME."""
    volumes: list[FolderVolume] = []
    names: dict[str, str] = {}
    for argument in arguments:
        given = pairs(argument)
        folder = given.pop("path")
        _check(folder)
        # What a person has mounted below the directory is meant to be seen there.
        volume = FolderVolume(
            folder, ignores_case=_ignores_case(folder), one_filesystem=False, **given
        )
        if volume.name in names and not given.get("name"):
            number = 2
            while f"{volume.name}-{number}" in names:
                number += 1
            volume.name = f"{volume.name}-{number}"
        if volume.name in names:
            raise BootError(
                f"two volumes are named {volume.name}: {names[volume.name]} and {argument}",
                "give one of them another name=",
            )
        names[volume.name] = argument
        volumes.append(volume)
    return Volumes(volumes)


def pairs(argument: str) -> dict[str, str]:
    r"""Split a VOLUME argument into its keys and values; a plain directory is its `path`.

    A comma inside a value is written "\,". BootError: an unknown or repeated key, or no path.
    """
    if os.path.isdir(argument) or not re.match(r"[a-z]+=", argument):
        return {"path": argument}
    found: dict[str, str] = {}
    for part in re.split(r"(?<!\\),", argument):
        key, equals, value = part.partition("=")
        if not equals or key not in KEYS:
            hint = f"keys are {', '.join(KEYS)}; a comma inside a value is written \\,"
            raise BootError(f"VOLUME {argument}: {part!r} is no key=value with a known key", hint)
        if key in found:
            raise BootError(f"VOLUME {argument}: {key} is given twice", "keep one of them")
        found[key] = value.replace("\\,", ",")
    if not found.get("path"):
        raise BootError(f"VOLUME {argument} has no path", "add path=DIRECTORY")
    return found


def _check(folder: str) -> None:
    """Refuse what is no readable directory, with the remedy for what it is."""
    try:
        mode = os.stat(folder).st_mode
        if stat.S_ISDIR(mode):
            os.listdir(folder)
            return
    except PermissionError:
        raise BootError(f"{folder}: permission denied", "run it as root (sudo)") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        hint = "a VOLUME is a directory that holds the content of one file system"
        raise BootError(f"{folder}: {reason.lower()}", hint) from None
    if stat.S_ISBLK(mode):
        hint = f"mount it first: mount -o ro {folder} /mnt && bootpy list /mnt"
        raise BootError(f"{folder} is a block device, not a directory", hint)
    if not stat.S_ISREG(mode):
        raise BootError(f"{folder} is not a directory", "a VOLUME is a directory")
    raise BootError(*_what_file(folder))


def _what_file(path: str) -> tuple[str, str]:
    """Return message and hint for a regular file given as a VOLUME."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        return f"{path} is a file and cannot be read: {error.strerror}", "a VOLUME is a directory"
    if not head:
        hint = "it holds nothing to boot; a VOLUME is a directory with a file system's content"
        return f"{path} is an empty file, not a directory", hint
    kind = kind_of(head)
    if kind:
        hint = f"name it without key=value pairs: bootpy list {path}"
        return f"{path} is a {kind}, not a directory", hint
    for magic, name, program in _COMPRESSED:
        if head.startswith(magic):
            hint = f"if there is a disk image in it, unpack it first: {program} {path}"
            return f"{path} is a file compressed by {name}, not a directory", hint
    what = "a binary file" if b"\0" in head else "a text file"
    hint = f"give the directory that stands for the file system's root, not {what} inside it"
    return f"{path} is {what}, not a directory", hint


def _ignores_case(folder: str) -> bool:
    """Whether the file system takes a name in the other case for the same file."""
    names = os.listdir(folder)
    for name in names:
        other = name.swapcase()
        if other != name and other not in names:
            return os.path.lexists(os.path.join(folder, other))
    return False
