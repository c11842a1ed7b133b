"""The disk that a recording guest works from: GRUB's generator and all it asks.

An unpacked Debian 12 with grub-mkconfig, os-prober, and the tools that make LVM, RAID, LUKS
and file systems. It never boots by itself: the small target's initrd mounts it. Packages that
only some layouts have installed (Xen, memtest86+) lie beside, in /corpus/packages.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from initramfs.progress import step
from qemu.corpus.pins import PINS
from qemu.disks.cache import made
from qemu.disks.debian import SUITE, bootstrap
from qemu.disks.image import MIB
from qemu.disks.target import cloud_kernel, debian_packages
from qemu.disks.userns import call_as_root
from qemu.places import call

PACKAGES = (
    "btrfs-progs",
    "cryptsetup-bin",
    "dosfstools",
    "e2fsprogs",
    "fdisk",
    "grub-common",
    "grub-efi-amd64-bin",
    "grub-efi-amd64-signed",
    "grub-pc-bin",
    "grub2-common",
    "kmod",
    "lvm2",
    "mdadm",
    "os-prober",
    "shim-signed",
    "udev",
    "xfsprogs",
)
SOMETIMES = ("memtest86+", "xen-hypervisor-4.17-amd64", "xen-hypervisor-common")
_SIZE = 900 * MIB
_HERE = Path(__file__).parent
_UNDER_TEST = ("grub-common", "grub2-common", "os-prober", *SOMETIMES)


def tools_disk() -> Path:
    """Return an ext4 file system with the tools, made at first use (a few minutes)."""
    archive = debian_packages()
    sometimes = archive.fetch(SOMETIMES)
    kernel = cloud_kernel()
    versions = [[name, archive.describe(name)["Version"]] for name in (*PACKAGES, *SOMETIMES)]
    key = [SUITE, versions, kernel.version, _SIZE]

    def make(image: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="bootpy-corpus-") as folder:
            work = Path(folder)
            beside = work / "beside"
            for package in sometimes:
                archive.unpack(package, beside / "corpus/packages" / package.name.split("-")[0])
            modules = beside / "usr/lib/modules" / kernel.version
            shutil.copytree(kernel.folder / "lib/modules" / kernel.version, modules)
            with step(f"Installing Debian {SUITE} with GRUB's generator (mmdebstrap)"):
                bootstrap(work / "tree.tar", PACKAGES)
            script = [
                "set -eu",
                "trap 'rm -rf \"$2\"' EXIT",
                'mkdir "$2"',
                'tar -x -f "$1" -C "$2" --exclude="./dev/*" --numeric-owner',
                'cp -r "$3/." "$2/"',
                'chown -R 0:0 "$2/corpus" "$2/usr/lib/modules"',
                'PATH=/usr/sbin:/sbin:$PATH depmod -b "$2" "$5"',
                'mkdir -p "$2/t"',
                'rm -f "$4"',
                f'truncate -s {_SIZE} "$4"',
                'mke2fs -q -F -t ext4 -d "$2" "$4"',
            ]
            words: list[str | Path] = [work / "tree.tar", work / "tree", beside, image]
            call_as_root(["sh", "-c", "\n".join(script), "sh", *words, kernel.version])

    return made("corpus-tools", key, make, only_newest=True)


def recorded_with() -> dict[str, str]:
    """Return the packages that write what is recorded, with their versions."""
    return {name: debian_packages().describe(name)["Version"] for name in _UNDER_TEST}


def script() -> str:
    """Return the shell text that records one layout in the guest."""
    pins = "".join(f"{name}={value}\n" for name, value in PINS.items())
    parts = [(_HERE / name).read_text() for name in ("arrangements.sh", "layouts.sh", "record.sh")]
    return pins + "".join(parts)


def read_tar(image: Path, into: Path) -> None:
    """Unpack the tar archive that the guest has written to a raw disk."""
    call(["tar", "-x", "-f", image, "-C", into, "--no-same-owner"])
