"""Debian's kexec-tools and bootpy's stand-in, with kernels to load, for a Debian in a machine.

Raw disks that hold tar archives: no file system driver, no network, no mount. `installed` unpacks
them in the machine; then `THEIRS` is Debian's kexec, `OURS` is bootpy's, and `FILES` has what is
to be loaded.
"""

from __future__ import annotations

import gzip
import os
import shutil
import struct
import tempfile
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path

from bootpy import pe
from bootpy.kexec.image import COMPRESSED
from bootpy.kexec.initrds import Part
from bootpy.kexec.wrapped import unpack
from qemu.disks.cache import made
from qemu.disks.debian import debian
from qemu.disks.installed import pack, packages_archive
from qemu.disks.multiboot import witness
from qemu.disks.target import NEWER, cloud_kernel, generic_kernel, target_initrd
from qemu.guest import Guest
from qemu.machine import Disk, Machine
from qemu.places import REPOSITORY
from qemu.shell import Shell

PACKAGES = (
    "kexec-tools",
    "libexpat1",
    "libffi8",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "libxencall1",
    "libxendevicemodel1",
    "libxenevtchn1",
    "libxenforeignmemory1",
    "libxengnttab1",
    "libxenmisc4.17",
    "libxentoolcore1",
    "libxentoollog1",
    "python3.11-minimal",
)
THEIRS = "/sbin/kexec"
OURS = "/usr/local/sbin/kexec"
FILES = "/t"
"""vmlinuz, vmlinux and initrd, which boot; witness, a Multiboot kernel; small, which loads.

And files that do neither.
"""

# What an initrd of Debian's does at its end, for a kernel that this Debian has none for.
_SWITCH_ROOT = """\
mount -t ext4 /dev/vda2 /mnt
mount -t tmpfs tmpfs /mnt/run
for folder in proc sys dev; do mount --move /$folder /mnt/$folder; done
exec switch_root -c /dev/console /mnt /bin/sh
"""

# A directory of an archive must not take the place of a link like /sbin's.
_TAR = "tar -x -C / --no-same-owner --keep-directory-symlink -f"
SHELL = "job control turned off"
"""What the console shows when the shell is there, after each start."""
_INSTALL = f"for disk in /dev/vdb /dev/vdc /dev/vdd; do {_TAR} $disk || exit; done; ldconfig"

_SMALL = 256 << 10
_LEFT_OUT = ("etc", "usr/share", "usr/lib/python3.11/test", "lib/systemd")
_PROGRAM = """\
#!/bin/sh
PYTHONPATH=/usr/lib/bootpy exec python3.11 -m bootpy.cli.kexec "$@"
"""


def debian_machine(
    work: Path,
    scripts: dict[str, str] | None = None,
    *,
    words: str = "",
    memory: int = 1024,
    newer: bool = False,
    graphics: bool = False,
) -> Machine:
    """Return a Debian 12 that starts its own kernel and initrd, and then a shell alone.

    `words` go on its command line; `scripts` are texts by their names in `FILES`; `work` is a
    folder for bootpy's own archive. With `newer` its kernel is that of a later Debian, with
    `graphics` the one for every PC, which drives QEMU's graphics card, and the card is there.
    """
    system = debian()
    line = f"root=UUID={system.root_uuid} rw console=ttyS0 quiet init=/bin/sh {words}"
    kernel, initrd = system.kernel, system.initrd
    if newer:
        kernel = cloud_kernel(suite=NEWER).image
        needed = ("virtio_pci", "virtio_blk", "ext4")
        initrd = target_initrd(*needed, job=_SWITCH_ROOT, suite=NEWER)
    elif graphics:
        kernel = generic_kernel().image
        drivers = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4", "bochs")
        initrd = target_initrd(*drivers, job=_SWITCH_ROOT, generic=True)
    machine = Machine(
        kernel=kernel,
        initrd=initrd,
        append=line.strip(),
        memory=memory,
        extra=("-device", "VGA") if graphics else (),
    ).with_disk(system.disk)
    for path in (
        packages_archive("kexec-tools", PACKAGES, _LEFT_OUT),
        _files(),
        _bootpy(work / "bootpy.tar", scripts or {}),
    ):
        machine = replace(machine, disks=(*machine.disks, Disk(path, format="raw")))
    return machine


@cache
def _files() -> Path:
    """Make what is loaded: a kernel in several wrappings, an initrd, and what is neither."""
    kernel, initrd, multiboot = cloud_kernel(), target_initrd(), witness()

    def make(path: Path) -> None:
        image = kernel.image.read_bytes()
        with tempfile.TemporaryDirectory(prefix="bootpy-files-") as folder:
            tree = Path(folder)
            (tree / "vmlinuz").write_bytes(image)
            (tree / "vmlinux").write_bytes(vmlinux(image))
            (tree / "small").write_bytes(small := _small(image))
            (tree / "small.gz").write_bytes(gzip.compress(small))
            (tree / "cut").write_bytes(small[: len(small) // 2])
            (tree / "head").write_bytes(image[:1000])
            (tree / "text").write_text("hello\n" * 1000)
            (tree / "empty").touch()
            (tree / "folder").mkdir()
            shutil.copy(initrd, tree / "initrd")
            shutil.copy(multiboot, tree / "witness")
            pack(path, {tree: FILES.strip("/")})

    key = [kernel.version, initrd.name, _SMALL, "for everybody", multiboot.name]
    return made("kexec-files", key, make, suffix=".tar")


def installed(guest: Guest) -> Shell:
    """Wait for the shell of `debian_machine` and install what lies on its disks."""
    guest.expect(SHELL, timeout=600)
    guest.shell.run(_INSTALL, timeout=600)
    return guest.shell


def _bootpy(path: Path, scripts: dict[str, str]) -> Path:
    """Write an archive of bootpy as it is in this tree, its program called kexec, and scripts."""
    with tempfile.TemporaryDirectory(prefix="bootpy-archive-") as folder:
        program = Path(folder) / OURS.strip("/")
        program.parent.mkdir(parents=True)
        program.write_text(_PROGRAM)
        program.chmod(0o755)
        for name, text in scripts.items():
            script = Path(folder) / FILES.strip("/") / name
            script.parent.mkdir(exist_ok=True)
            script.write_text(text)
        pack(path, {Path(folder): ".", REPOSITORY / "bootpy": "usr/lib/bootpy/bootpy"})
    return path


def vmlinux(image: bytes) -> bytes:
    """Take the ELF kernel out of a bzImage (payload_offset in Documentation/x86/boot.rst)."""
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (image[0x1F1] + 1) * 512 + offset
    payload = image[start : start + length]
    method = next(name for sign, name in COMPRESSED.items() if payload.startswith(sign))
    held = os.memfd_create("payload")
    os.write(held, payload)
    found = unpack(Part(held, 0, length, "the kernel's payload"), method)
    os.close(held)
    with open(found, "rb") as file:
        file.seek(0)
        return file.read()


def _small(image: bytes) -> bytes:
    """Make a bzImage that loads as Debian's does, at once; what it holds is no kernel."""
    small = bytearray(image[: (image[0x1F1] + 1) * 512 + _SMALL])
    struct.pack_into("<I", small, 0x1F4, _SMALL // 16)
    struct.pack_into("<I", small, 0x260, 2 * _SMALL)
    head = pe.read(bytes(small))
    assert head is not None
    unsigned = bytearray(small)
    for offset, count in head.unsigned:
        unsigned[offset : offset + count] = bytes(count)
    # Its own checksum, as Linux's build ends an image.
    struct.pack_into("<I", small, len(small) - 4, zlib.crc32(unsigned[:-4]) ^ 0xFFFFFFFF)
    return bytes(small)
