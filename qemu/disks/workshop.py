"""Debian's own configuration writers, run in a root made of unpacked packages.

kernel-install and u-boot-update write what they write on a real system; they look at /etc,
/boot and mount points, so they get all of these, in a mount namespace of their own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from qemu.disks.cache import made
from qemu.disks.content import Content, lay_out
from qemu.disks.target import debian_packages
from qemu.disks.userns import call_as_root

_PACKAGES = (
    "base-files",
    "coreutils",
    "dash",
    "debianutils",
    "diffutils",
    "grep",
    "kmod",
    "libacl1",
    "libattr1",
    "libc6",
    "libcrypt1",
    "libgmp10",
    "libpcre2-8-0",
    "libselinux1",
    "linux-base",
    "perl-base",
    "sed",
    "systemd",
    "u-boot-menu",
    "util-linux",
)

# Tools are bound from the packages, all else is on a fresh tmpfs: `stat` tells / and /boot
# apart exactly where the recipe says that they are apart.
_ENTER = """\
set -eu
tools=$1 given=$2 wanted=$3 script=$4 apart=$5
root=$(mktemp -d)
mount -t tmpfs root "$root"
for name in usr bin sbin lib lib64; do
    mkdir "$root/$name"
    mount --bind "$tools/$name" "$root/$name"
done
mkdir -p "$root/dev" "$root/proc" "$root/tmp" "$root/etc" "$root/boot"
mount --rbind /dev "$root/dev"
for point in $apart; do
    mkdir -p "$root/$point"
    mount -t tmpfs apart "$root/$point"
done
cp -r "$given/." "$root/"
ln -s ../usr/lib/os-release "$root/etc/os-release"
PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" /bin/sh -euc "$script" >&2
cp -r "$root/$wanted/." "$PWD/"
"""


def write_configuration(
    script: str, given: Mapping[str, Content], *, wanted: str, into: Path, apart: str = ""
) -> None:
    """Run `script` where `given` files stand, and copy the folder `wanted` to `into`.

    `apart` names mount points that are file systems of their own ("/efi /boot").
    BootError: the script failed.
    """
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bootpy-given-") as folder:
        lay_out(given, Path(folder))
        enter = f'cd "$0"\n{_ENTER}'
        words: list[str | Path] = [_tools(), folder, wanted.strip("/"), script, apart]
        call_as_root(["sh", "-c", enter, into, *words], mounts=True)


def _tools() -> Path:
    archive = debian_packages()
    packages = archive.fetch(_PACKAGES)

    def make(folder: Path) -> None:
        for package in packages:
            archive.unpack(package, folder)
        # dash leaves its link to its maintainer script.
        shell = folder / "bin/sh"
        if not shell.is_symlink():
            shell.symlink_to("dash")
        for name in ("doc", "locale", "man"):
            shutil.rmtree(folder / "usr/share" / name, ignore_errors=True)

    return made(
        "workshop", [package.sha256 for package in packages], make, suffix="", only_newest=True
    )
