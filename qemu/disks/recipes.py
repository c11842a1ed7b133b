"""The disks of the scenarios: each boots the small target, or shows one thing that is wrong.

The target's /proc/cmdline tells which entry was booted: each has a word `bench.entry=...`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from qemu.disks.arm64 import grub_arm64
from qemu.disks.content import Content, disk_of, files_in
from qemu.disks.dirty import with_dirty_journal
from qemu.disks.multiboot import witness_disk, xen
from qemu.disks.target import cloud_kernel, target_initrd
from qemu.disks.workshop import write_configuration

MACHINE_ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
_APPEND = "console=ttyS0 quiet"


def target_files(folder: str = "/boot") -> dict[str, Content]:
    """Return the target's kernel and initrd, named as Debian names them, in `folder`."""
    version = cloud_kernel().version
    prefix = folder.rstrip("/")
    return {
        f"{prefix}/vmlinuz-{version}": cloud_kernel().image,
        f"{prefix}/initrd.img-{version}": target_initrd(),
    }


def grub_entry(title: str, *, kernel: str = "", initrd: str = "", extra: str = "") -> str:
    """Return a menu entry that boots the target, with `bench.entry=` its first word."""
    version = cloud_kernel().version
    word = title.split(maxsplit=1)[0].lower()
    return (
        f"menuentry '{title}' {{\n"
        f"\tlinux {kernel or f'/boot/vmlinuz-{version}'} {_APPEND} bench.entry={word}{extra}\n"
        f"\tinitrd {initrd or f'/boot/initrd.img-{version}'}\n"
        "}\n"
    )


def grub_disk(
    name: str, config: str, files: dict[str, Content] | None = None, *, filesystem: str = "ext4"
) -> Path:
    """Return a disk with the target, a grub.cfg of this content, and more files."""
    content = target_files() | {"/boot/grub/grub.cfg": config} | (files or {})
    return disk_of(name, content, filesystem=filesystem)


def grub(filesystem: str = "ext4") -> Path:
    """Two good entries, the first the default."""
    config = "set timeout=2\nset default=0\n" + grub_entry("First") + grub_entry("Second")
    return grub_disk(f"grub-{filesystem}", config, filesystem=filesystem)


def truncated_default() -> Path:
    """The default entry's kernel ends in the middle; the second entry is good."""
    version = cloud_kernel().version
    whole = cloud_kernel().image.read_bytes()
    config = "set timeout=2\nset default=0\nset fallback=1\n"
    config += grub_entry("Newest", kernel=f"/boot/vmlinuz-{version}.new") + grub_entry("Older")
    files: dict[str, Content] = {f"/boot/vmlinuz-{version}.new": whole[: len(whole) // 2]}
    return grub_disk("truncated-default", config, files)


def broken_grub() -> Path:
    """A grub.cfg with a syntax error between its good entries."""
    broken = "menuentry 'Broken' {\n\tif [ -e /boot ; then\n\tlinux /boot/nothing \"\n"
    config = "set timeout=2\nset default=0\n" + grub_entry("First") + broken + grub_entry("Last")
    return grub_disk("broken-grub", config)


def bls_esp() -> Path:
    """An ESP to which systemd's kernel-install has added the target's kernel."""
    version = cloud_kernel().version
    given = target_files("/source") | {
        "/etc/machine-id": f"{MACHINE_ID}\n",
        "/etc/kernel/cmdline": f"{_APPEND} bench.entry=bls\n",
        f"/efi/{MACHINE_ID}": None,
        "/efi/loader/loader.conf": "timeout 2\n",
    }
    script = (
        f"kernel-install --verbose add {version} "
        f"/source/vmlinuz-{version} /source/initrd.img-{version}"
    )
    return _written("bls-esp", script, given, "/efi", apart="/efi", filesystem="vfat", esp=True)


def extlinux_ext4() -> Path:
    """A root file system whose /boot/extlinux/extlinux.conf u-boot-update has written."""
    given = target_files() | _U_BOOT
    return _written("extlinux-ext4", "u-boot-update", given, "/boot", under="/boot")


def extlinux_vfat() -> Path:
    """A boot partition of its own, FAT, whose /extlinux/extlinux.conf u-boot-update wrote."""
    given = target_files() | _U_BOOT
    return _written(
        "extlinux-vfat", "u-boot-update", given, "/boot", apart="/boot", filesystem="vfat"
    )


def empty() -> Path:
    """A disk of 16 MiB without a single byte on it."""
    return _raw("empty", b"", 16 << 20)


def text() -> Path:
    """A disk that is a text file."""
    return _raw("text", b"This is no disk image, it is a text.\n" * 4096, 1 << 20)


_U_BOOT: dict[str, Content] = {
    "/etc/default/u-boot": (
        f'U_BOOT_ROOT="root=/dev/ram0"\nU_BOOT_PARAMETERS="{_APPEND} bench.entry=extlinux"\n'
        "U_BOOT_TIMEOUT=20\n"
    ),
    "/etc/fstab": "/dev/ram0 / ext4 defaults 0 1\n",
}


def _written(
    name: str,
    script: str,
    given: dict[str, Content],
    wanted: str,
    *,
    under: str = "",
    apart: str = "",
    filesystem: str = "ext4",
    esp: bool = False,
) -> Path:
    with tempfile.TemporaryDirectory(prefix="bootpy-written-") as folder:
        into = Path(folder + under)
        write_configuration(script, given, wanted=wanted, into=into, apart=apart)
        return disk_of(name, files_in(Path(folder)), filesystem=filesystem, esp=esp)


def _raw(name: str, start: bytes, size: int) -> Path:
    from qemu.disks.cache import made

    def make(image: Path) -> None:
        image.write_bytes(start)
        with image.open("r+b") as file:
            file.truncate(size)

    return made(name, [start.hex()[:64], len(start), size], make)


RECIPES: dict[str, Callable[[], Path]] = {
    "grub-ext4": grub,
    "grub-xfs": lambda: grub("xfs"),
    "grub-btrfs": lambda: grub("btrfs"),
    "truncated-default": truncated_default,
    "broken-grub": broken_grub,
    "bls-esp": bls_esp,
    "extlinux-ext4": extlinux_ext4,
    "extlinux-vfat": extlinux_vfat,
    "dirty-ext4": lambda: with_dirty_journal(grub("ext4"), "ext4"),
    "dirty-xfs": lambda: with_dirty_journal(grub("xfs"), "xfs"),
    "grub-arm64": grub_arm64,
    "xen": xen,
    "witness": witness_disk,
    "empty": empty,
    "text": text,
}
"""Disks by name, for `python -m qemu disk NAME`."""
