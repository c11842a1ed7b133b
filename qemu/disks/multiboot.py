"""Disks with kernels that are started as Multiboot kernels.

One is Debian's Xen, its dom0 a small Linux: Debian's kernel for real machines, as that for virtual
ones cannot be one, and the target's initrd. memtest86+, which is started as a Linux kernel is, lies
beside it. The other kernel is a witness of our own, which prints what it was handed:
multiboot_witness.S.
"""

from __future__ import annotations

import gzip
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from qemu.disks.cache import made
from qemu.disks.content import Content, disk_of
from qemu.disks.image import MIB
from qemu.disks.target import debian_packages, target_initrd

XEN, KERNEL, INITRD = "/boot/xen.gz", "/boot/vmlinuz-dom0", "/boot/initrd-dom0"
MEMTEST = "/boot/memtest86+x64.bin"

# QEMU without KVM reads the stack of dom0's IRET as if dom0 ran in ring 0. SMAP forbids Xen that:
# dom0 would crash at its first.
XEN_WORDS = "console=com1 com1=115200,8n1 dom0_mem=400M loglvl=all smap=off"
DOM0_WORDS = "console=hvc0 quiet"

DOM0 = r"DOM0 ON (\w+) WITH ([^\r\n]*)[\r\n]"
"""What dom0 shows before its shell (a regular expression): on what it runs, its command line."""

# Not typed at its shell: what is sent to Xen's console faster than dom0 reads it gets lost.
_JOB = 'echo "DOM0 ON $(cat /sys/hypervisor/type) WITH $(cat /proc/cmdline)"\n'

_GRUB = "/boot/grub/grub.cfg"
_LEGACY = "/boot/grub/menu.lst"
_SYSLINUX = "/isolinux/isolinux.cfg"


@cache
def files() -> dict[str, Path]:
    """Return Xen, dom0's kernel, its initrd and memtest86+ by their paths on the disk."""
    archive = debian_packages()
    kernel = archive.kernel_image("linux-image-amd64")
    names = ["xen-hypervisor-4.17-amd64", "memtest86+", kernel]
    versions = [archive.describe(name)["Version"] for name in names]

    def make(folder: Path) -> None:
        for package in archive.fetch(names):
            archive.unpack(package, folder)

    unpacked = made("xen", [names, versions], make, suffix="", only_newest=True) / "boot"
    return {
        XEN: unpacked / "xen-4.17-amd64.gz",
        KERNEL: unpacked / f"vmlinuz-{kernel.removeprefix('linux-image-')}",
        INITRD: target_initrd(job=_JOB),
        MEMTEST: unpacked / "memtest86+x64.bin",
    }


def xen() -> Path:
    """A disk whose configuration of GRUB is as Debian writes it for Xen, with all ways to it."""
    return disk_of("xen", _configurations() | files(), size=128 * MIB)


MODULE = b"A module, and what is in it.\n" * 170
WITNESS_WORDS = "one=1 two"


@cache
def witness() -> Path:
    """Return the witness, an ELF kernel with headers of both versions. It needs binutils."""
    source = Path(__file__).with_name("multiboot_witness.S")

    def make(path: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="bootpy-witness-") as folder:
            compiled = Path(folder) / "witness.o"
            subprocess.run(["as", "--32", "-o", compiled, source], check=True)
            place = ["-Ttext=0x400000", "-e", "start", "-z", "max-page-size=4096"]
            subprocess.run(["ld", "-m", "elf_i386", *place, "-o", path, compiled], check=True)

    return made("witness", [source.read_text()], make, suffix=".elf")


def witness_disk() -> Path:
    """A disk that starts the witness in both ways, by GRUB and by GRUB legacy, with modules."""
    grub = "".join(
        f"menuentry 'Witness {command}' {{\n\t{command} /witness {WITNESS_WORDS}\n"
        f"\t{module} /module of=it\n\t{module} /module.gz\n"
        f"\t{module} --nounzip /module.gz left\n}}\n"
        for command, module in (("multiboot", "module"), ("multiboot2", "module2"))
    )
    legacy = (
        f"title Witness legacy\nkernel --type=multiboot /witness {WITNESS_WORDS} three\n"
        "module /module of=it\nmodule /module.gz\nmodulenounzip /module.gz left\n"
    )
    many = "menuentry 'Many modules' {\n\tmultiboot2 /witness\n" + "".join(
        f"\tmodule2 /module {number}\n" for number in range(40)
    )
    files: dict[str, Content] = {
        "/witness": witness(),
        "/module": MODULE,
        "/module.gz": gzip.compress(MODULE, mtime=0),
        _GRUB: f"set timeout=5\n{grub}{many}}}\n",
        _LEGACY: f"timeout 5\n{legacy}",
    }
    return disk_of("witness", files)


def _configurations() -> dict[str, Content]:
    entries = [
        _entry("Xen by multiboot2", "multiboot2", "module2"),
        _entry("Xen by multiboot", "multiboot", "module"),
        f"menuentry 'memtest86+' {{\n\tlinux {MEMTEST} console=ttyS0,115200\n}}\n",
    ]
    return {
        _GRUB: "set timeout=5\n" + "".join(entries),
        _LEGACY: (
            "default 0\ntimeout 5\ntitle Xen by GRUB legacy\n"
            f"kernel {XEN} {XEN_WORDS}\nmodule {KERNEL} {DOM0_WORDS} way=legacy\nmodule {INITRD}\n"
        ),
        _SYSLINUX: (
            "DEFAULT xen\nLABEL xen\nMENU LABEL Xen by mboot.c32\nKERNEL mboot.c32\n"
            f"APPEND {XEN} {XEN_WORDS} --- {KERNEL} {DOM0_WORDS} way=mboot --- {INITRD}\n"
        ),
    }


def _entry(title: str, command: str, module: str) -> str:
    # As /etc/grub.d/20_linux_xen has it: GRUB 2 passes no file names, and Xen passes over a word.
    return (
        f"menuentry '{title}' {{\n"
        f"\t{command} {XEN} placeholder {XEN_WORDS}\n"
        f"\t{module} {KERNEL} placeholder {DOM0_WORDS} way={command}\n"
        f"\t{module} --nounzip {INITRD}\n}}\n"
    )
