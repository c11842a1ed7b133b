"""A Debian 12 as servers have it: Python, D-Bus, manual pages, and a kernel that is not the newest.

Packages that a test installs come on a disk of their own, a tar archive as it is: no file system
driver, network or mount is needed for it.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bootpy.errors import BootError
from initramfs.debian import Package
from qemu.disks.debian import PACKAGES, DebianSystem, Installation, debian
from qemu.disks.image import MIB
from qemu.disks.target import debian_packages

UNPACK = "tar -x -f /dev/vdb -C /root"
"""Run in the machine: puts the packages of `packages_disk`, its second disk, into /root."""

_KERNEL = "linux-image-cloud-amd64"
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
    """Return the system, made at first use (a few minutes). Its kernel is `older_kernel()`."""
    packages = [older_kernel().name if name == _KERNEL else name for name in PACKAGES]
    return debian(
        Installation("server", tuple(sorted([*packages, *_MORE])), _ROOT_SIZE, (_WITH_MANUALS,))
    )


@cache
def newer_kernel() -> Package:
    """Return the package of Debian's newest kernel, downloaded."""
    archive = debian_packages()
    return archive.fetch([archive.kernel_image(_KERNEL)])[0]


@cache
def older_kernel() -> Package:
    """Return the package of a kernel before the newest. BootError: Debian has no other."""
    archive = debian_packages()
    newest = archive.kernel_image(_KERNEL)
    found = re.fullmatch(r"(linux-image-[\d.]+-)(\d+)(-.*)", newest)
    numbers = range(int(found[2]) - 1, 0, -1) if found else ()
    names = archive.known([f"{found[1]}{number}{found[3]}" for number in numbers] if found else [])
    if not names:
        raise BootError(
            f"Debian's index has no kernel before {newest}, from which to upgrade",
            "An index that has aged is fetched again by `python -m initramfs update`.",
        )
    return archive.fetch(names[:1])[0]


def packages_disk(path: Path, packages: Sequence[Path]) -> Path:
    """Write a disk that holds package files, for `UNPACK`; returns `path`."""
    with tarfile.open(path, "w") as archive:
        for package in packages:
            archive.add(package, package.name)
    return path
