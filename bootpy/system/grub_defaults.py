"""crashkernel= for the kernels that GRUB starts, in a file of our own that grub-mkconfig reads.

Debian's grub-mkconfig reads /etc/default/grub and then the files *.cfg of /etc/default/grub.d.
"""

import os
import re
import shutil

from bootpy.errors import BootError
from bootpy.system.service import run

OURS = "etc/default/grub.d/bootpy-crash.cfg"
"""The file, below the root folder."""

_THEIRS = "etc/default/grub"
_UPDATE = "update-grub"
_PATHS = "/usr/sbin:/usr/bin:/sbin:/bin"
_RESERVES = re.compile(r"^[^#]*\bcrashkernel=", re.MULTILINE)


def used(root: str = "/") -> bool:
    """Return whether GRUB's configuration is made on this system, by Debian's update-grub."""
    there = os.path.isfile(os.path.join(root, _THEIRS))
    return there and shutil.which(_UPDATE, path=_PATHS) is not None


def written(root: str = "/") -> bool:
    """Return whether our file is there."""
    return os.path.exists(os.path.join(root, OURS))


def reserved_by_others(root: str = "/") -> list[str]:
    """Return the files that GRUB's settings come from and that have crashkernel= in them, but ours.

    Where there is one, somebody has decided how much memory is kept.
    """
    folder = os.path.join(root, os.path.dirname(OURS))
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    paths = [os.path.join(root, _THEIRS)]
    paths += [os.path.join(folder, name) for name in names if name.endswith(".cfg")]
    return [path for path in paths if path != os.path.join(root, OURS) and _reserves(path)]


def text(word: str) -> str:
    """Return the content of our file, for `word` to be on the kernel's command line."""
    return (
        "# Written by `bootpy crash enable`, removed by `bootpy crash disable`.\n"
        f'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT {word}"\n'
    )


def write(word: str, root: str = "/") -> None:
    """Write our file, and have grub.cfg made anew. BootError: it cannot be."""
    path = os.path.join(root, OURS)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(text(word))
    except OSError as error:
        raise BootError(f"{path} cannot be written: {error.strerror}", "run it as root") from error
    run([_UPDATE])


def remove(root: str = "/") -> None:
    """Remove our file, and have grub.cfg made anew; nothing where it is not there."""
    path = os.path.join(root, OURS)
    if os.path.exists(path):
        os.unlink(path)
        run([_UPDATE])


def _reserves(path: str) -> bool:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return _RESERVES.search(file.read()) is not None
    except OSError:
        return False
