"""The innermost kernel: UKI, FIT, Android image, zboot, gzip and kin are taken apart in turn.

Each format has a module of its own, imported only where a file is of that format.
"""

from typing import NamedTuple

from bootpy.entry import Entry
from bootpy.errors import BootError
from bootpy.kexec import initrds
from bootpy.kexec.image import MOST, Image, Wrapped, examine
from bootpy.kexec.initrds import Part
from bootpy.kexec.machine import Machine

_DEEPEST = 4
"""Formats within each other: a UKI or FIT image holds a zboot image at most, and that a kernel."""


class Kernel(NamedTuple):
    """The innermost kernel and what its wrappings held beside it.

    `first` are parts of the initrd that come before the entry's own, `initrds` those behind;
    `told` are what a UKI hands over about itself, `trees` a device tree, and overlays for it.
    `unwrapped` names what it was taken out of, outermost first.
    """

    fd: int
    image: Image
    unwrapped: tuple[str, ...] = ()
    first: tuple[Part, ...] = ()
    initrds: tuple[Part, ...] = ()
    told: tuple[Part, ...] = ()
    cmdline: str | None = None
    warnings: tuple[str, ...] = ()
    trees: tuple[Part, ...] = ()


def unwrapped(fd: int, name: str, entry: Entry, machine: Machine, held: list[int]) -> Kernel:
    """Take the kernel out of what it is wrapped in, such as a zboot image in a UKI.

    `name` is how messages call the file open at `fd`; `entry` says which profile or
    configuration of it is meant, `machine` how much memory there is. Descriptors opened on the
    way are put into `held` at once. BootError: what is in it is no kernel, or damaged.
    """
    image = examine(fd, name)
    kernel = Kernel(fd, image, warnings=image.warnings)
    for _ in range(_DEEPEST):
        if kernel.image.format not in Wrapped:
            return kernel
        kernel = _peel(kernel, name, entry, machine, held)
    raise BootError(f"{name} is wrapped too often", "name the kernel itself in the entry")


def _peel(kernel: Kernel, name: str, entry: Entry, machine: Machine, held: list[int]) -> Kernel:
    outer = kernel.image
    release = ""
    most = min(MOST, machine.available or MOST)
    if outer.format == "UKI":
        from bootpy.kexec.extras import literal
        from bootpy.kexec.uki import take_apart

        unified = take_apart(kernel.fd, name, entry.profile or 0)
        fd = initrds.extract(unified.kernel, "kernel")
        release = unified.release
        kernel = kernel._replace(
            first=unified.microcode,
            initrds=unified.initrds,
            told=tuple(literal(told, part, held) for told, part in unified.told),
            cmdline=unified.cmdline,
            trees=unified.trees[:1],
        )
        if unified.other_trees:
            kernel = kernel._replace(
                warnings=(*kernel.warnings, f"no device tree of several in {name} is handed over")
            )
        inside = f"{name} (.linux)"
    elif outer.format == "FIT":
        from bootpy.kexec import fit

        chosen = fit.take_apart(kernel.fd, name, entry.configuration)
        fd = fit.extract(chosen, most)
        kernel = kernel._replace(
            first=chosen.initrds,
            cmdline=chosen.cmdline,
            warnings=(*kernel.warnings, *chosen.warnings),
            trees=chosen.trees,
        )
        inside = chosen.kernel.name
    elif outer.format == "Android":
        from bootpy.kexec import android

        parts = android.take_apart(kernel.fd, name)
        fd = initrds.extract(parts.kernel, "kernel")
        # What an entry names by itself stands in the place of the image's own.
        kernel = kernel._replace(
            initrds=() if entry.initrds else parts.ramdisks,
            cmdline=parts.cmdline,
            warnings=(*kernel.warnings, *parts.warnings),
        )
        inside = parts.kernel.name
    else:
        from bootpy.kexec import wrapped

        if outer.format == "zboot":
            fd = wrapped.unwrap_zboot(kernel.fd, name, most)
        else:
            fd = wrapped.unpack(Part(kernel.fd, 0, outer.size, name), outer.format, most)
        inside = f"{name} (unpacked)"
    held.append(fd)
    image = examine(fd, inside)
    return kernel._replace(
        fd=fd,
        image=image._replace(version=image.version or release or outer.version),
        unwrapped=(*kernel.unwrapped, outer.format),
        warnings=(*kernel.warnings, *image.warnings),
    )
