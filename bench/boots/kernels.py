"""The kernels that start a loader: the project's own, with all drivers built in, and Debian's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from bootpy.errors import BootError
from initramfs.debian import Archive, default_cache
from initramfs.profile import Profile
from qemu.disks.target import cloud_kernel

_DRIVERS = ("virtio_pci", "virtio_blk", "ext4")
_OWN = "initramfs.loader_kernel"


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
    """Return the kernel that every loader is compared on: the project's own where it has one.

    $BENCH_KERNEL is "debian", or names a bzImage with all drivers built in that is taken for it.
    """
    given = os.environ.get("BENCH_KERNEL", "")
    if given == "debian" or not (given or find_spec(_OWN)):
        return DEBIAN
    return OWN


def _own_image() -> Path:
    given = os.environ.get("BENCH_KERNEL")
    if given:
        if not Path(given).is_file():
            raise BootError(
                f"BENCH_KERNEL: there is no file {given}", 'Name a bzImage, or "debian".'
            )
        return Path(given)
    profile = Profile.named("cloud")
    archive = Archive(default_cache(), profile.architecture)
    kernel = import_module(f"{_OWN}.kernel").LoaderKernel
    return Path(kernel(archive, vars(profile)["loader_kernel"]).plain().vmlinuz)
