"""Holds a folder of caches against other builds."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bootpy.errors import BootError
from initramfs.progress import say


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder`, which is made, while the block runs; says so where it has to wait."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "in-use").open("w")
    except PermissionError as error:
        raise BootError(
            f"{error.filename} cannot be written",
            "It was made by another user: give it to yourself (chown -R), or set "
            "BOOTPY_CACHE to a folder of your own.",
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"  Waiting for another build that uses {folder}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
