"""Real Debian 12s that sysvinit runs, for shutdowns without systemd.

A small one without boot loader and partition table, and one as servers have it, with GRUB, apt and
Python. A machine starts their kernel, and they ask for root's password on the serial line.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from initramfs.progress import step
from qemu.disks import debian
from qemu.disks.cache import made
from qemu.disks.debian import PASSWORD, SUITE, DebianSystem, Installation, bootstrap
from qemu.disks.image import MIB
from qemu.disks.userns import call_as_root

PACKAGES = (
    "e2fsprogs",
    "ifupdown",
    "initramfs-tools",
    "initscripts",
    "kmod",
    "linux-image-cloud-amd64",
    "login",
    "orphan-sysvinit-scripts",
    "rsyslog",
    "sysvinit-core",
    "udev",
    "zstd",
)
_SIZE = 768 * MIB
_GETTY = "T0:23:respawn:/sbin/getty -L ttyS0 115200 vt100\n"
# sysvinit's own way to have something done once, after all that the runlevel starts.
_FINISH = "fi:2:once:/bin/sh -c 'sed -i /^fi:/d /etc/inittab; /usr/local/sbin/finish; poweroff'\n"
_SERVER = {"apt", "python3", "python3-pyelftools", "python3-pyudev", *PACKAGES}
_SERVER_SIZE = 1024 * MIB
_FSTAB = "UUID={} / ext4 errors=remount-ro 0 1\ntmpfs /scratch tmpfs defaults 0 0\n"


def sysvinit() -> DebianSystem:
    """Return the installed system, made at first use (a few minutes)."""
    root_uuid = str(uuid.uuid5(uuid.NAMESPACE_DNS, "root.sysvinit.bootpy"))
    key = [SUITE, PACKAGES, PASSWORD, _SIZE, _GETTY, _FSTAB, root_uuid]

    def make(folder: Path) -> None:
        folder.mkdir()
        system = DebianSystem(folder, root_uuid)
        archive = folder / "tree.tar"
        with step(f"Installing Debian {SUITE} with sysvinit (mmdebstrap: about 100 MB)"):
            bootstrap(archive, PACKAGES, f'echo root:{PASSWORD} | chroot "$1" chpasswd')
        script = [
            "set -eu",
            "trap 'rm -rf \"$2\"' EXIT",
            'mkdir "$2"',
            'tar -x -f "$1" -C "$2" --exclude="./dev/*" --numeric-owner',
            'mkdir "$2/scratch"',
            'printf %s "$4" > "$2/etc/fstab"',
            'printf %s "$5" >> "$2/etc/inittab"',
            'echo debian > "$2/etc/hostname"',
            'cp "$2"/boot/vmlinuz-* "$6"; cp "$2"/boot/initrd.img-* "$7"; chmod 644 "$6" "$7"',
            f'truncate -s {_SIZE} "$3"',
            f'mke2fs -q -F -t ext4 -U {root_uuid} -d "$2" "$3"',
        ]
        texts = (_FSTAB.format(root_uuid), _GETTY)
        words = (archive, folder / "tree", system.disk, *texts, system.kernel, system.initrd)
        call_as_root(["sh", "-c", "\n".join(script), "sh", *words])
        archive.unlink()

    return DebianSystem(made("sysvinit", key, make, suffix="", only_newest=True), root_uuid)


def sysvinit_server() -> DebianSystem:
    """Return the one with a boot loader, which installs packages; made at first use."""
    # "\n" as printf(1) takes it: a hook is one line of shell.
    lines = (_GETTY + _FINISH).replace("\n", "\\n").replace("'", "'\\''")
    packages = _SERVER | (set(debian.PACKAGES) - {"systemd-sysv"})
    return debian.debian(
        Installation(
            "sysvinit-server",
            tuple(sorted(packages)),
            _SERVER_SIZE,
            (f"printf '{lines}' >> \"$1/etc/inittab\"",),
            first_start="",
        )
    )
