"""A Debian 12 as servers have it: Python, D-Bus, manual pages.

Packages that a test installs come on a disk of their own, a tar archive as it is: no file system
driver, network or mount is needed for it.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from bootpy.errors import BootError
from initramfs.debian import Archive, default_cache
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
_KERNEL = "linux-image-cloud-amd64"
_ROOT_SIZE = 1280 * MIB
# mmdebstrap leaves its exclusions to the system: manual pages of what is installed later, too.
_WITH_MANUALS = 'rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"'


@cache
def server() -> DebianSystem:
    """Return the system, made at first use (a few minutes)."""
    return debian(_installation("server", [*PACKAGES, *_MORE]))


@cache
def outdated_server() -> DebianSystem:
    """Return one with the newest kernel but one, as if not upgraded since; made at first use.

    BootError: the package index knows no such kernel.
    """
    archive = Archive(default_cache())
    newest = archive.kernel_image(_KERNEL)
    found = re.fullmatch(r"(linux-image-[\d.]+-)(\d+)(-.+)", newest)
    assert found, newest
    start, number, end = found[1], int(found[2]), found[3]
    older = archive.known([f"{start}{one}{end}" for one in range(number - 1, number - 20, -1)])
    if not older:
        raise BootError(
            f"there is no kernel before {newest} in Debian's package index",
            "Its sources should have more than one of these: bookworm, bookworm-security, "
            "bookworm-updates.",
        )
    packages = {*PACKAGES, *_MORE, older[0]} - {_KERNEL}
    return debian(_installation("server-outdated", packages))


def kernel_upgrade() -> list[Path]:
    """Return the package files that `outdated_server` lacks, downloaded at first use."""
    archive = Archive(default_cache())
    return [package.deb for package in archive.fetch([archive.kernel_image(_KERNEL), _KERNEL])]


def _installation(name: str, packages: Iterable[str]) -> Installation:
    return Installation(name, tuple(sorted(packages)), _ROOT_SIZE, (_WITH_MANUALS,))


def packages_disk(path: Path, packages: Sequence[Path]) -> Path:
    """Write a disk that holds package files, for `UNPACK`; returns `path`."""
    with tarfile.open(path, "w") as archive:
        for package in packages:
            archive.add(package, package.name)
    return path
