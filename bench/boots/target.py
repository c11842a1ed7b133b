"""What every row boots: Debian's cloud kernel and 2 MiB of initrd, on ext4, with a grub.cfg.

Its /init is `target.c`, which says `bench: target` and switches off. What fills the initrd
does not compress and is always the same. The disks of the growth rows are made here too.
"""

from __future__ import annotations

import hashlib
import tempfile
from functools import cache
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from bench.boots.compiling import bare_program
from bench.configurations import MAKERS, UUID
from initramfs import cpio
from initramfs.tree import GENERATED, Tree
from qemu.disks.cache import made
from qemu.disks.content import Content, digest, lay_out
from qemu.disks.filesystems import make_ext4
from qemu.disks.image import MIB, Partition, write_gpt
from qemu.disks.target import cloud_kernel

KERNEL = "/boot/vmlinuz-6.1.0-0-amd64"
INITRD = "/boot/initrd.img-6.1.0-0-amd64"
"""As the made configuration names the first entry's files, which is the one that boots."""

COMMAND_LINE = "console=ttyS0 quiet loglevel=4 no_timer_check nokaslr panic=-1"

_INITRD_SIZE = 2 * MIB
_DATA_SIZE = 16 * MIB
_FEW = 1_000
"""Entries whose files a small file system has inodes for."""


def initrd() -> bytes:
    """Return the target's initrd."""
    program = bare_program("target").read_bytes()
    tree = Tree()
    tree.character_device("dev/console", 5, 1, 0o600)
    tree.file("init", program, GENERATED, executable=True)
    filling = hashlib.shake_128(b"filling").digest(_INITRD_SIZE - len(program))
    tree.file("filling", filling, GENERATED)
    return cpio.archive(tree)


@cache
def disk(entries: int = 1) -> Path:
    """Return a disk with the target and a grub.cfg of so many entries, all of them there."""
    files: dict[str, Content] = {
        path: content.replace(b"ro quiet", COMMAND_LINE.encode())
        for path, content in MAKERS["grub"](entries).items()
    }
    files |= {KERNEL: cloud_kernel().image, INITRD: initrd()}
    key = [[path, digest(content)] for path, content in sorted(files.items())]

    def make(image: Path) -> None:
        _make(image, files, UUID, (64 if entries <= _FEW else 256) * MIB)

    return made(f"bench-{entries}-entries", key, make, only_newest=True)


@cache
def data_disks(number: int) -> tuple[Path, ...]:
    """Return disks with an ext4 partition each, on which there is nothing to boot."""
    return tuple(_data_disk(one) for one in range(number))


def _data_disk(number: int) -> Path:
    uuid = str(uuid5(NAMESPACE_URL, f"bench:data:{number}"))
    files: dict[str, Content] = {"/home/person/letter.txt": "Dear all,\n", "/etc": None}

    def make(image: Path) -> None:
        _make(image, files, uuid, _DATA_SIZE)

    return made(f"bench-data-{number}", [sorted(files), uuid], make)


def _make(image: Path, files: dict[str, Content], uuid: str, size: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bootpy-bench-") as folder:
        tree, part = Path(folder) / "tree", Path(folder) / "part"
        tree.mkdir()
        lay_out(files, tree)
        make_ext4(part, tree, size, uuid=uuid)
        write_gpt(image, Partition(part))
