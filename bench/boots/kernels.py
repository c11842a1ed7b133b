"""The kernels that start a loader: the project's own, with all drivers built in, and Debian's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bootpy.errors import BootError
from qemu.disks.target import cloud_kernel

_DRIVERS = ("virtio_pci", "virtio_blk", "ext4")


@dataclass(frozen=True)
class LoaderKernel:
    """A kernel's image, and the modules that it needs to find a disk, in an order to load them."""

    name: str
    image: Path
    modules: tuple[Path, ...]


def debian() -> LoaderKernel:
    """Return Debian's kernel for virtual machines."""
    kernel = cloud_kernel()
    return LoaderKernel("debian", kernel.image, tuple(kernel.modules(*_DRIVERS)))


def own() -> LoaderKernel | None:
    """Return the kernel of the project's own, None where there is none.

    $BENCH_KERNEL names one that is taken instead: a bzImage with all drivers built in.
    """
    given = os.environ.get("BENCH_KERNEL")
    if not given:
        return None
    if not Path(given).is_file():
        raise BootError(f"BENCH_KERNEL: there is no file {given}", "Name a bzImage, or unset it.")
    return LoaderKernel("own", Path(given), ())
