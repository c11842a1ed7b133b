"""The listing of disk images, which a machine of the test bench reads.

The bench lies beside this package in bootpy's repository, and is no part of an installed
bootpy.
"""

import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import bootpy
from bootpy.entry import Listing
from bootpy.errors import BootError

if TYPE_CHECKING:
    from types import ModuleType


def listing_of_images(images: Sequence[str], formats: Sequence[str], platform: str) -> Listing:
    """List what would boot from a machine with these disks.

    BootError: no test bench here, an image that cannot be read, or a machine that failed.
    """
    words = [f"bootpy.platform={platform}"]
    if formats:
        words.append(f"bootpy.formats={','.join(dict.fromkeys(formats))}")
    answer = _reading().read([Path(image) for image in images], words)
    try:
        return listing_of_answer(answer.text, len(images))
    except ValueError as error:
        raise answer.failure(f"what it said is no listing: {error}") from error


def listing_of_answer(text: bytes, disks: int) -> Listing:
    """Take the answer of a machine with this many disks apart.

    ValueError: it is not what the loader writes with `bootpy.list=`, or not about all of them.
    """
    from bootpy.cli.listing_from_json import listing_from_object, parsed

    given = parsed(text)
    if not isinstance(given, dict) or given.keys() != {"disks", "listing"}:
        raise ValueError("it is no object with disks and listing")
    if given["disks"] != disks:
        seen = json.dumps(given["disks"])[:20]
        raise ValueError(f"{seen} disks were seen of {disks}")
    return listing_from_object(given["listing"])


def _reading() -> "ModuleType":
    """Import the module of the test bench that reads images; BootError where there is none."""
    beside = os.path.dirname(os.path.dirname(os.path.realpath(bootpy.__file__)))
    if os.path.isfile(f"{beside}/qemu/reading.py") and beside not in sys.path:
        # An installation that only points to the repository names the program's packages alone.
        sys.path.append(beside)
    try:
        return import_module("qemu.reading")
    except ImportError as error:
        if os.path.isfile(f"{beside}/qemu/reading.py"):
            hint = "run `make setup` in the repository, and use .venv/bin/bootpy"
        else:
            hint = (
                "run bootpy from a clone of its repository, or mount the image's file systems "
                "as root (losetup -rPf --show IMAGE; mount -o ro) and name the mount points"
            )
        raise BootError(
            "a disk image is read by a virtual machine of bootpy's test bench, which cannot be "
            f"used here: {error}",
            hint,
        ) from error
