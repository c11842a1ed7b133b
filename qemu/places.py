"""Where the test bench keeps what it makes, and how it calls the host's programs."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bootpy.errors import BootError

REPOSITORY = Path(__file__).resolve().parent.parent
BUILD = REPOSITORY / "build"
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where an ordinary user's PATH does not lead, and mkfs and kin are."""


# Which of Debian's packages has a program, where it is not called the same.
_PACKAGES = {
    "apt-config": "apt",
    "btrfs": "btrfs-progs",
    "debugfs": "e2fsprogs",
    "dumpe2fs": "e2fsprogs",
    "fdtput": "device-tree-compiler",
    "mcopy": "mtools",
    "mformat": "mtools",
    "mke2fs": "e2fsprogs",
    "mkfs.btrfs": "btrfs-progs",
    "mkfs.xfs": "xfsprogs",
    "mkimage": "u-boot-tools",
    "modinfo": "kmod",
    "objcopy": "binutils",
    "qemu-system-aarch64": "qemu-system-arm",
    "qemu-img": "qemu-utils",
    "sfdisk": "fdisk",
    "unshare": "util-linux",
    "xfs_logprint": "xfsprogs",
}


def disk_cache() -> Path:
    """Return the folder of made disks: $BOOTPY_CACHE/disks, or build/disks."""
    cache = os.environ.get("BOOTPY_CACHE")
    return (Path(cache) if cache else BUILD) / "disks"


def call(
    arguments: Sequence[str | Path],
    *,
    stdin: str | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """Run one of the host's programs and return its standard output.

    /sbin and /usr/sbin are searched also where the user's PATH lacks them, and messages
    come in English. BootError: the program is missing or failed; the message holds the end
    of what it said.
    """
    variables = {**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})}
    variables["PATH"] = f"{variables.get('PATH', '')}:{SYSTEM_PATH}"
    words = [str(argument) for argument in arguments]
    try:
        done = subprocess.run(
            words,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            env=variables,
            cwd=folder,
            check=False,
        )
    except (FileNotFoundError, PermissionError):
        # EACCES too: a folder in PATH that this user may not look into says so of all names.
        raise BootError(
            f"the program {words[0]} is not installed",
            f"Install Debian's package {_PACKAGES.get(words[0], words[0])}.",
        ) from None
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-30:])
        raise BootError(f"{' '.join(words)}: exit status {done.returncode}\n{said}")
    return done.stdout
