"""Kernels inside of other files, made by the tools that people make them with.

A unified kernel image (objcopy with systemd's stub), a FIT image (U-Boot's mkimage), an
Android boot image (mkbootimg), an ISO image (xorriso): each holds the target.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from qemu.disks.cache import made
from qemu.disks.content import Content, digest, lay_out
from qemu.disks.target import cloud_kernel, debian_packages, target_initrd
from qemu.places import call

_OS_RELEASE = 'NAME="Bench"\nID=bench\nVERSION_ID=1\nPRETTY_NAME="Bench UKI"\n'

_FIT = """\
/dts-v1/;
/ {{
    description = "Bench";
    #address-cells = <1>;
    images {{
        kernel-1 {{
            description = "Linux";
            data = /incbin/("kernel");
            type = "kernel";
            arch = "x86_64";
            os = "linux";
            compression = "none";
            load = <0x1000000>;
            entry = <0x1000000>;
            hash-1 {{ algo = "sha256"; }};
        }};
        ramdisk-1 {{
            description = "initrd";
            data = /incbin/("initrd");
            type = "ramdisk";
            arch = "x86_64";
            os = "linux";
            compression = "none";
            hash-1 {{ algo = "sha256"; }};
        }};
    }};
    configurations {{
        default = "conf-1";
        conf-1 {{
            description = "{title}";
            kernel = "kernel-1";
            ramdisk = "ramdisk-1";
        }};
    }};
}};
"""


def unified_image(cmdline: str) -> Path:
    """Return a UKI of the target with this command line, titled "Bench UKI"."""
    stub = _stub()
    parts: dict[str, Content] = {
        "osrel": _OS_RELEASE,
        "uname": cloud_kernel().version,
        "cmdline": cmdline,
        "initrd": target_initrd(),
        "linux": cloud_kernel().image,
    }

    def make(image: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="bootpy-uki-") as folder:
            lay_out(parts, Path(folder))
            words: list[str | Path] = ["objcopy"]
            address = 0x10000  # above what the stub itself takes up
            for name in parts:
                file = Path(folder) / name
                words += ["--add-section", f".{name}={file}"]
                words += ["--change-section-vma", f".{name}={address:#x}"]
                address += -(-file.stat().st_size // 0x10000) * 0x10000
            call([*words, stub, image])

    return made("uki", _key(parts, stub), make, suffix=".efi")


def fit_image(title: str) -> Path:
    """Return a FIT image of the target whose one configuration is described as `title`."""
    parts: dict[str, Content] = {
        "kernel": cloud_kernel().image,
        "initrd": target_initrd(),
        "image.its": _FIT.format(title=title),
    }

    def make(image: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="bootpy-fit-") as folder:
            lay_out(parts, Path(folder))
            call(["mkimage", "-q", "-f", "image.its", image], folder=Path(folder))

    return made("fit", _key(parts), make, suffix=".itb")


def android_image(cmdline: str) -> Path:
    """Return an Android boot image of the target with this command line."""
    parts: dict[str, Content] = {
        "kernel": cloud_kernel().image,
        "initrd": target_initrd(),
        "cmdline": cmdline,
    }

    def make(image: Path) -> None:
        kernel, initrd = cloud_kernel().image, target_initrd()
        words: list[str | Path] = ["mkbootimg", "--kernel", kernel, "--ramdisk", initrd]
        call([*words, "--cmdline", cmdline, "--os_version", "12.0.0", "--output", image])

    return made("android", _key(parts), make)


def iso_image(files: Mapping[str, Content], label: str = "BENCH") -> Path:
    """Return an ISO image with Rock Ridge and Joliet names that holds `files`."""

    def make(image: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="bootpy-iso-") as folder:
            lay_out(files, Path(folder))
            options = ["-as", "mkisofs", "-quiet", "-r", "-J", "-V", label, "-o"]
            call(["xorriso", *options, image, folder])

    return made("iso", [label, _key(files)], make, suffix=".iso")


@cache
def _stub() -> Path:
    archive = debian_packages()
    (package,) = archive.fetch(["systemd-boot-efi"])

    def make(folder: Path) -> None:
        archive.unpack(package, folder)

    unpacked = made("systemd-boot-efi", [package.sha256], make, suffix="", only_newest=True)
    return unpacked / "usr/lib/systemd/boot/efi/linuxx64.efi.stub"


def _key(parts: Mapping[str, Content], *more: Path) -> list[object]:
    return [[[name, digest(part)] for name, part in sorted(parts.items())], *map(digest, more)]
