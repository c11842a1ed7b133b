"""Made once, kept by what it is made of.

A recipe is told from another by its key: the words that go into it, package versions among
them. What is made appears under its final name only when it is complete.
"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from initramfs.progress import say, step
from qemu.places import disk_cache


def made(
    name: str,
    key: object,
    make: Callable[[Path], None],
    *,
    suffix: str = ".img",
    only_newest: bool = False,
) -> Path:
    """Return the path of what recipe `name` makes, calling `make(path)` where it is not there.

    `key` is anything that JSON can hold; another key makes another file. `make` writes a
    file or a folder at the path that it is given. With `only_newest` what older recipes of
    this name have made is removed: for what is large.
    """
    folder = disk_cache()
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps([name, key], sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    path = folder / f"{name}-{digest}{suffix}"
    if path.exists():
        return path
    with (folder / f".{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"  Waiting for another run that makes {path.name}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            return path
        unfinished = folder / f".{name}.unfinished{suffix}"
        remove(unfinished)
        with step(f"Making {path.name}"):
            make(unfinished)
        for old in folder.glob(f"{name}-{'[0-9a-f]' * 12}{suffix}") if only_newest else ():
            remove(old)
        unfinished.rename(path)
    return path


def remove(path: Path) -> None:
    """Remove a file or a folder, where there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
