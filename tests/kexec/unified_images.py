"""Unified kernel images for the tests: Debian's stub with sections, and small PE files.

Debian 12's objcopy makes what its users have. It cannot put two sections of one name into a
file and Debian 12's ukify knows no profiles, so images with those are written field by field
(`kernel_images.portable`), as the UAPI specification of Unified Kernel Images lays them out.
"""

import functools
import subprocess
from collections.abc import Sequence
from pathlib import Path

from kernel_images import portable

from initramfs.debian import Archive, default_cache

OSREL = (
    b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
    b'VERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n'
)


@functools.cache
def debian_stub() -> Path:
    """Return systemd-stub for x86_64, out of Debian's package."""
    archive = Archive(default_cache())
    (package,) = archive.fetch(["systemd-boot-efi"])
    return archive.unpacked(package) / "usr/lib/systemd/boot/efi/linuxx64.efi.stub"


def made_by_objcopy(target: Path, sections: Sequence[tuple[str, bytes]]) -> None:
    """Write a UKI as systemd-stub(7) says for objcopy, each section 16 MiB from the last."""
    words = ["objcopy"]
    for number, (name, content) in enumerate(sections, 1):
        part = target.with_name(f"{target.name}.part{number}")
        part.write_bytes(content)
        words += ["--add-section", f"{name}={part}"]
        words += ["--change-section-vma", f"{name}={0x14000000 + number * (16 << 20):#x}"]
    subprocess.run([*words, debian_stub(), target], check=True)
    for part in target.parent.glob(f"{target.name}.part*"):
        part.unlink()


def unified(
    *sections: tuple[str, bytes],
    osrel: bytes = OSREL,
    cmdline: bytes = b"quiet",
    machine: int = 0x8664,
) -> bytes:
    """Build a UKI with the usual sections and then `sections`; b"" leaves one out."""
    usual = ((".osrel", osrel), (".cmdline", cmdline), (".linux", b"kernel"))
    return portable([one for one in usual if one[1]] + list(sections), machine)
