"""Disks that hold the target under many boot configurations, one per format.

Every entry has a word `bench.entry=FORMAT`; the title is "Bench FORMAT" where the format has
titles at all.
"""

from __future__ import annotations

from pathlib import Path

from qemu.disks.containers import android_image, fit_image, iso_image, unified_image
from qemu.disks.content import Content, disk_of
from qemu.disks.image import MIB, Partition
from qemu.disks.target import cloud_kernel, target_initrd

_APPEND = "console=ttyS0 quiet"

_KERNEL, _INITRD = "/boot/vmlinuz-bench", "/boot/initrd-bench"


def many_formats() -> Path:
    """A disk with a configuration of each text format, and the kernel in other files."""
    return disk_of("many-formats", _texts() | _containers(), size=256 * MIB)


def unconfigured() -> Path:
    """A disk with a kernel, its initrd and an /etc/fstab, and no configuration at all."""
    version = cloud_kernel().version
    return disk_of(
        "unconfigured",
        {
            f"/boot/vmlinuz-{version}": cloud_kernel().image,
            f"/boot/initrd.img-{version}": target_initrd(),
            "/etc/fstab": "UUID=6bdb0a5a-1f5c-4c3c-9d35-0123456789ab / ext4 defaults 0 1\n",
            "/etc/kernel/cmdline": f"{_arguments('heuristic')}\n",
        },
    )


def android_partition() -> Path:
    """A disk whose second partition is an Android boot image, as phones and set-top boxes have."""
    boot = Partition(android_image(_arguments("android")), label="boot")
    return disk_of("android-partition", {"/README": "nothing to boot here\n"}, behind=boot)


def _arguments(form: str) -> str:
    return f"{_APPEND} bench.entry={form}"


def _texts() -> dict[str, Content]:
    return {
        _KERNEL: cloud_kernel().image,
        _INITRD: target_initrd(),
        "/boot/grub/menu.lst": (
            "default 0\ntimeout 5\n"
            f"title Bench grub-legacy\nkernel {_KERNEL} {_arguments('grub-legacy')}\n"
            f"initrd {_INITRD}\nboot\n"
        ),
        "/pxelinux.cfg/default": (
            "DEFAULT bench\nLABEL bench\nMENU LABEL Bench pxelinux\n"
            f"KERNEL {_KERNEL}\nAPPEND initrd={_INITRD} {_arguments('pxelinux')}\n"
        ),
        "/isolinux/isolinux.cfg": (
            "DEFAULT bench\nLABEL bench\nMENU LABEL Bench syslinux\n"
            f"LINUX {_KERNEL}\nINITRD {_INITRD}\nAPPEND {_arguments('syslinux')}\n"
        ),
        "/loader/entries/bench.conf": (
            f"title Bench bls\nlinux {_KERNEL}\ninitrd {_INITRD}\noptions {_arguments('bls')}\n"
        ),
        "/petitboot.conf": (
            f"name=Bench petitboot\nimage={_KERNEL}\ninitrd={_INITRD}\n"
            f"args={_arguments('petitboot')}\n"
        ),
        "/etc/kboot.conf": (
            f"default=bench-kboot\nbench-kboot='{_KERNEL} initrd={_INITRD} {_arguments('kboot')}'\n"
        ),
        "/etc/yaboot.conf": (
            f"default=bench-yaboot\nimage={_KERNEL}\n\tlabel=bench-yaboot\n"
            f'\tinitrd={_INITRD}\n\tappend="{_arguments("yaboot")}"\n'
        ),
        "/etc/lilo.conf": (
            f"default=bench-lilo\nimage={_KERNEL}\n\tlabel=bench-lilo\n"
            f'\tinitrd={_INITRD}\n\tappend="{_arguments("lilo")}"\n'
        ),
        "/config.txt": (
            f"[all]\nkernel={_KERNEL.lstrip('/')}\ninitramfs {_INITRD.lstrip('/')} followkernel\n"
        ),
        "/cmdline.txt": f"{_arguments('raspberrypi')}\n",
    }


def _containers() -> dict[str, Content]:
    loopback = (
        "menuentry 'Bench iso' {\n"
        f"\tlinux /live/vmlinuz findiso=${{iso_path}} {_arguments('iso')}\n"
        "\tinitrd /live/initrd\n}\n"
    )
    image = iso_image(
        {
            "/live/vmlinuz": cloud_kernel().image,
            "/live/initrd": target_initrd(),
            "/boot/grub/loopback.cfg": loopback,
        }
    )
    # As people write it for a stick with many ISO images.
    grub = (
        "set timeout=5\nmenuentry 'Bench grub' {\n\tset isofile=/isos/bench.iso\n"
        "\tloopback loop $isofile\n"
        f"\tlinux (loop)/live/vmlinuz findiso=$isofile {_arguments('grub')}\n"
        "\tinitrd (loop)/live/initrd\n}\n"
    )
    return {
        "/EFI/Linux/bench.efi": unified_image(_arguments("uki")),
        "/boot/bench.itb": _fit(),
        "/boot/boot.img": android_image(_arguments("android")),
        "/isos/bench.iso": image,
        "/boot/grub/grub.cfg": grub,
    }


def _fit() -> Path:
    # A FIT image has no command line of its own: boot scripts beside it give that.
    return fit_image("Bench fit")
