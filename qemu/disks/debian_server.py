"""A Debian 12 as servers have it: Python, D-Bus, manual pages.

Packages that a test installs come on a disk of their own, a tar archive as it is: no file system
driver, network or mount is needed for it.
"""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from qemu.disks.debian import PACKAGES, DebianSystem, Installation, debian
from qemu.disks.image import MIB

UNPACK = "tar -x -f /dev/vdb -C /root"
"""Run in the machine: puts the packages of `packages_disk`, its second disk, into /root."""

_MORE = (
    "apt",
    "dbus",
    "groff-base",
    "man-db",
    "python3",
    "python3-pyelftools",
    "python3-pyudev",
)
_ROOT_SIZE = 1280 * MIB
# mmdebstrap leaves its exclusions to the system: manual pages of what is installed later, too.
_WITH_MANUALS = 'rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"'


@cache
def server() -> DebianSystem:
    """Return the system, made at first use (a few minutes)."""
    packages = tuple(sorted([*PACKAGES, *_MORE]))
    return debian(Installation("server", packages, _ROOT_SIZE, (_WITH_MANUALS,)))


def packages_disk(path: Path, packages: Sequence[Path]) -> Path:
    """Write a disk that holds package files, for `UNPACK`; returns `path`."""
    with tarfile.open(path, "w") as archive:
        for package in packages:
            archive.add(package, package.name)
    return path
