"""Files that a configuration names, and the configuration's own text, on a volume."""

import errno
import os
import posixpath
import re

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import File
from bootpy.volume import READ_LIMIT, Volume

_BLANKS = " \t\v\f"

MOST_REMARKS = 100
"""Unknown words of one file that are remarked upon; a file that is no configuration has more."""


def normal_path(text: str, folder: str = "/") -> str:
    """Return `text` as a path from the volume's root; a relative one starts in `folder`.

    Backslashes separate too: configurations for UEFI and FAT write them. "." and ".." are
    taken as text, as boot loaders do, and do not lead above the root.
    """
    joined = posixpath.join("/", folder, text.replace("\\", "/"))
    return posixpath.normpath("/" + joined.lstrip("/"))


def look(volume: Volume, path: str) -> File:
    """Return the file at `path` of `volume`, with whether a file stands there."""
    found = volume.status(path)
    return File(volume.name, path, exists=found is not None and found.kind == "file")


def missing(volume: Volume, file: File, role: str, source: Source) -> list[Diagnostic]:
    """Say what is wrong where no file stands at `file`'s path; empty where all is well.

    `role` is what the configuration calls it ("kernel", "initrd"); `source` is the line
    that names it.
    """
    if file.exists is not False or file.path is None:
        return []
    found = volume.status(file.path)
    if found is not None:
        what = "a folder" if found.kind == "folder" else "neither a file nor a folder"
        message = f"{role} {quoted(file.path)} is {what}"
    else:
        message = f"{role} {quoted(file.path)} is not on volume {volume.name}"
    hint = "correct the path, or install the file again (a package upgrade may have removed it)"
    return [Diagnostic("error", source, message, hint)]


def read_text(
    volume: Volume, path: str, limit: int = READ_LIMIT
) -> tuple[str | None, list[Diagnostic]]:
    """Read a configuration file as UTF-8; None where it cannot be read.

    Bytes that are not UTF-8 become U+FFFD, a byte order mark is dropped, and the text ends
    at the first NUL byte, as it does for boot loaders written in C. Each is diagnosed.
    """
    source = Source(volume.name, path)
    try:
        content = volume.read(path, limit)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        hint = "look at it with ls -l, and check the file system with fsck"
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            hint = f"of such a file at most {limit >> 10} KiB are read: is it a configuration?"
        return None, [Diagnostic("error", source, f"cannot be read: {reason}", hint)]
    said = []
    content, nul, _ = content.partition(b"\0")
    if nul:
        line = content.count(b"\n") + 1
        hint = "the file is damaged or binary: write it again as plain text"
        place = source._replace(line=line)
        said.append(Diagnostic("warning", place, "a NUL byte ends the file here", hint))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = content.decode("utf-8-sig", errors="replace")
        place = source._replace(line=content.count(b"\n", 0, error.start) + 1)
        hint = "save the file in UTF-8"
        said.append(
            Diagnostic("warning", place, "not UTF-8; what cannot be read is shown as �", hint)
        )
    return text, said


def lines(text: str) -> list[str]:
    """Split text into lines that end with LF, CR LF or CR."""
    return re.split(r"\r\n|\n|\r", text)


def key_and_value(line: str) -> tuple[str, str]:
    """Split a line into its first word and the rest, without blanks around it.

    Both are "" for an empty line. Blanks are ASCII's only: loaders take others as letters.
    """
    key, *value = re.split(f"[{_BLANKS}]+", line.strip(_BLANKS), maxsplit=1)
    return key, value[0] if value else ""


def file_names(volume: Volume, folder: str, suffix: str) -> list[str]:
    """List names in `folder` that end with `suffix` without regard to case, sorted."""
    return [
        name
        for name in volume.names(folder)
        if not name.startswith(".") and name.lower().endswith(suffix)
    ]


def is_root_again(volume: Volume, folder: str) -> bool:
    """Whether `folder` leads back to the volume's root, as the link /boot -> . does.

    Boot partitions of ostree and of some installers have one, so that paths hold with and
    without /boot in front. A folder of its own does not go on within itself for ever.
    """
    return volume.status(folder * 4) is not None


def same_disk(one: Volume, other: Volume) -> bool:
    """Whether two volumes lie on one disk, as far as their names tell; True where they do not.

    The kernel's names (sda1, nvme0n1p2, mmcblk0p1) and GRUB's (hd0,gpt2) name the disk.
    """
    if one.grub and other.grub:
        return one.grub.partition(",")[0] == other.grub.partition(",")[0]
    disks = [_disk(os.path.basename(volume.name)) for volume in (one, other)]
    return disks[0] == disks[1] or "" in disks


def _disk(name: str) -> str:
    found = re.fullmatch(r"((?:nvme\d+n|mmcblk|nbd|loop)\d+)p\d+|((?:sd|vd|xvd|hd)[a-z]+)\d+", name)
    return (found[1] or found[2]) if found else ""
