"""Files that are on the disk when the call returns: the machine is about to be reset.

All are for root alone: memory holds keys and passwords. Source: fsync(2), which a new file's
folder needs as well.
"""

import os

UNFINISHED = ".incomplete"
"""What the name of a file ends with until it is whole and on the disk."""


def new_folder(path: str) -> str:
    """Make a folder that is new, and return its path: where it is there, with "-2" behind it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    name, count = path, 1
    while True:
        try:
            os.mkdir(name, 0o700)
        except FileExistsError:
            count += 1
            name = f"{path}-{count}"
            continue
        _settle_folder(os.path.dirname(name))
        return name


def write(path: str, content: bytes) -> None:
    """Write a file."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(file, view) :]
        os.fsync(file)
    finally:
        os.close(file)
    _settle_folder(os.path.dirname(path))


def settle(file: int) -> None:
    """Have what was written to an open file on the disk, and out of memory."""
    os.fsync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)


def finish(path: str) -> int:
    """Give the whole file at `path` and `UNFINISHED` its name; return the bytes that it takes."""
    file = os.open(f"{path}{UNFINISHED}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fchmod(file, 0o600)
        settle(file)
        taken = os.fstat(file).st_blocks * 512
    finally:
        os.close(file)
    os.rename(f"{path}{UNFINISHED}", path)
    _settle_folder(os.path.dirname(path))
    return taken


def give_up(path: str) -> None:
    """Remove the unfinished file at `path`: half a core is none, and its disk may be full of it."""
    if os.path.exists(f"{path}{UNFINISHED}"):
        os.unlink(f"{path}{UNFINISHED}")
        _settle_folder(os.path.dirname(path))


def _settle_folder(folder: str) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
