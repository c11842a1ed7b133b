"""The kernels that start a loader: Debian's, and the project's own, with all drivers built in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bootpy.errors import BootError
from initramfs.debian import Archive, default_cache
from initramfs.loader_kernel.kernel import LoaderKernel as Built
from initramfs.profile import Profile
from qemu.disks.target import cloud_kernel

_DRIVERS = ("virtio_pci", "virtio_blk", "ext4")


@dataclass(frozen=True)
class LoaderKernel:
    """A kernel, made or fetched when its image is asked for: `name` is "own" or "debian"."""

    name: str

    @cached_property
    def image(self) -> Path:
        """The bzImage. BootError: it cannot be built."""
        return _own_image() if self.name == "own" else cloud_kernel().image

    @property
    def has_modules(self) -> bool:
        """Whether its drivers are modules, which an initramfs has to bring."""
        return self.name == "debian"

    @cached_property
    def modules(self) -> tuple[Path, ...]:
        """The modules without which it finds no disk, in an order to load them."""
        return tuple(cloud_kernel().modules(*_DRIVERS)) if self.has_modules else ()


DEBIAN = LoaderKernel("debian")
OWN = LoaderKernel("own")


def main_kernel() -> LoaderKernel:
    """Return the kernel for growth and for comparing commits: Debian's.

    With $BENCH_KERNEL "own" it is the project's own; what else it names is a bzImage with all
    drivers built in, which is taken for our own in all rows.
    """
    return DEBIAN if os.environ.get("BENCH_KERNEL", "debian") == "debian" else OWN


def _own_image() -> Path:
    given = os.environ.get("BENCH_KERNEL", "own")
    if given not in {"own", "debian"}:
        if not Path(given).is_file():
            raise BootError(
                f"BENCH_KERNEL: there is no file {given}", 'Name a bzImage, "own" or "debian".'
            )
        return Path(given)
    profile = Profile.named("cloud")
    archive = Archive(default_cache(), profile.architecture)
    return Built(archive, profile.loader_kernel).plain().vmlinuz
