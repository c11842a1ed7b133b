"""A disk of an arm64 machine: one kernel, in each of the forms in which it is installed.

Debian installs the Image as it is, Fedora as a zboot image, others compressed with gzip.
"""

import struct
import subprocess
import tempfile
import zlib
from functools import cache
from pathlib import Path

from qemu.architecture import PLATFORMS, Architecture
from qemu.disks.content import Content, disk_of
from qemu.disks.image import MIB
from qemu.disks.target import cloud_kernel, target_initrd
from qemu.places import call

ARM64 = "arm64"

FORMS = {
    "image": "vmlinuz",
    "gzip": "Image.gz",
    "zboot-gzip": "vmlinuz-zboot-gzip.efi",
    "zboot-zstd": "vmlinuz-zboot-zstd.efi",
}
"""The kernel's file in /boot by the word `bench.entry=` of the entry that boots it."""

MODEL = "bench,board"
"""What the device tree in /boot/board.dtb calls the machine."""

INITRD = "initrd.img"
_SIZE = 128 * MIB


@cache
def grub_arm64() -> Path:
    """A grub.cfg with an entry for each form, the first the default, and one with a device tree."""
    kernel = cloud_kernel(ARM64).image.read_bytes()
    packed = _gzipped(kernel)
    files: dict[str, Content] = {
        f"/boot/{FORMS['image']}": kernel,
        f"/boot/{FORMS['gzip']}": packed,
        f"/boot/{FORMS['zboot-gzip']}": zboot(packed, "gzip"),
        f"/boot/{FORMS['zboot-zstd']}": zboot(_zstd(kernel), "zstd22"),
        f"/boot/{INITRD}": target_initrd(architecture=ARM64),
        "/boot/board.dtb": board(),
        "/boot/grub/grub.cfg": "set timeout=2\nset default=0\n"
        + "".join(map(_entry, FORMS))
        + _entry("image", "board", "\tdevicetree /boot/board.dtb\n"),
    }
    return disk_of("grub-arm64", files, size=_SIZE)


def board() -> bytes:
    """Return the device tree of QEMU's machine, with a model of its own and half the memory."""
    platform = PLATFORMS[Architecture.ARM64]
    with tempfile.TemporaryDirectory(prefix="bootpy-tree-") as folder:
        path = Path(folder) / "board.dtb"
        words = ["-machine", f"{platform.machine},dumpdtb={path}", "-cpu", platform.cpu]
        call([platform.program, *words, "-smp", "2", "-m", "512", "-display", "none"])
        call(["fdtput", "-t", "s", path, "/", "model", MODEL])
        call(["fdtput", "-r", path, "/chosen"])  # random seeds are in it
        return path.read_bytes()


def zboot(payload: bytes, method: str) -> bytes:
    """Return an EFI zboot image with a kernel in it that is compressed with `method`.

    The header is that of drivers/firmware/efi/libstub/zboot-header.S of Linux 6.1; the program
    behind it, which only firmware runs, is left out.
    """
    start = 1024
    head = bytearray(start)
    head[:8] = b"MZ\0\0zimg"
    struct.pack_into("<II", head, 8, start, len(payload))
    struct.pack_into("<32s", head, 24, method.encode())
    struct.pack_into("<II", head, 56, 0x818223CD, 64)
    machine, sections, optional, flags = 0xAA64, 1, 160, 0x206
    struct.pack_into("<4sHHIIIHH", head, 64, b"PE", machine, sections, 0, 0, 0, optional, flags)
    struct.pack_into("<H", head, 88, 0x20B)
    stored = (len(payload), start, len(payload), start)
    struct.pack_into("<8s4I", head, 88 + optional, b".data", *stored)
    return bytes(head) + payload


def _entry(form: str, word: str = "", more: str = "") -> str:
    return (
        f"menuentry 'Kernel as {word or form}' {{\n"
        f"\tlinux /boot/{FORMS[form]} console=ttyAMA0 quiet bench.entry={word or form}\n"
        f"\tinitrd /boot/{INITRD}\n{more}"
        "}\n"
    )


def _gzipped(content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(content) + packer.flush()


def _zstd(content: bytes) -> bytes:
    """Compress as the kernel's build does, its size behind it (scripts/Makefile.lib)."""
    done = subprocess.run(
        ["zstd", "-q", "-c", "-3"], input=content, stdout=subprocess.PIPE, check=True
    )
    return done.stdout + struct.pack("<I", len(content))
