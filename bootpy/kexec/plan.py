"""Prepare a boot: open, recognise, unwrap, put together and check all that can be checked.

Nothing is loaded here, so that a wrong entry is refused before the kernel is asked: its
own answers are bare error numbers, some failures show only after the jump, and too little
memory ends in the OOM killer.
"""

import os
from typing import NamedTuple

from bootpy.entry import Entry
from bootpy.errors import BootError
from bootpy.kexec import cmdline, files, initrds
from bootpy.kexec.image import MOST, Image, Wrapped, examine, read_at, size_of
from bootpy.kexec.initrds import Part
from bootpy.kexec.machine import (
    Machine,
    cmdline_limit,
    refuse_other,
    refuse_too_big,
    this_machine,
)
from bootpy.volume import Volumes

_DEEPEST = 4
"""Formats within each other: a UKI or FIT image holds a zboot image at most, and that a kernel."""

_OPENED = ("linux", "uki", "efi", "fit")

_WHY_NOT = {
    "multiboot": ("a Multiboot kernel", "kexec_file_load takes Linux kernels only"),
    "multiboot2": ("a Multiboot 2 kernel", "kexec_file_load takes Linux kernels only"),
    "iso": ("an ISO image, not a kernel", "choose an entry from inside it"),
    "local": ("no kernel: it says to go on with the next device", "choose another entry"),
    "action": ("no kernel: it is something for the machine to do", "choose another entry"),
    "unsupported": ("nothing that Linux can start", "its diagnostic in the list says why"),
}


class Plan(NamedTuple):
    """A boot that was found sound: hand it to `bootpy.kexec.load.load`, then `close` it.

    `kernel` and `initrd` are descriptors open for reading (`initrd` -1 for none) that the
    plan owns; `name` is how messages call the kernel's file. Sizes are in bytes, `memory`
    being what the kernel takes up once loaded. `version` is the kernel's own version text,
    "" where unknown. `unwrapped` names what the kernel was taken out of, outermost first
    ("UKI", "gzip"): it has lost any signature with it.
    """

    kernel: int
    initrd: int
    cmdline: str
    name: str
    format: str
    version: str
    kernel_size: int
    initrd_size: int
    memory: int
    unwrapped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def close(self) -> None:
        """Close both files, once; what was loaded stays loaded."""
        for fd in {self.kernel, self.initrd} - {-1}:
            os.close(fd)


class _Kernel(NamedTuple):
    """The innermost kernel and what its wrappings held beside it."""

    fd: int
    image: Image
    unwrapped: tuple[str, ...] = ()
    initrds: tuple[Part, ...] = ()
    cmdline: str | None = None
    warnings: tuple[str, ...] = ()


def prepare(
    entry: Entry, volumes: Volumes, append: str = "", machine: Machine | None = None
) -> Plan:
    """Make a plan for booting `entry` with `append` added to its command line.

    `machine` is what it has to fit, this one by default. BootError says which file is
    wrong, how, and what to do about it.
    """
    if entry.kind not in _OPENED:
        what, hint = _WHY_NOT.get(entry.kind, (f"of the kind {entry.kind}", "choose another entry"))
        raise BootError(f"the entry {entry.title!r} boots {what}", hint)
    if entry.kernel is None:
        raise BootError(
            f"the entry {entry.title!r} names no kernel", f"add one to it, in {entry.source}"
        )
    held: list[int] = []
    kept: set[int] = set()
    try:
        plan = _prepare(entry, volumes, append, machine, held)
        kept = {plan.kernel, plan.initrd}
        return plan
    finally:
        for fd in set(held) - kept:
            os.close(fd)


def _prepare(
    entry: Entry, volumes: Volumes, append: str, machine: Machine | None, held: list[int]
) -> Plan:
    """Do what `prepare` does; every descriptor opened is put into `held` at once."""
    assert entry.kernel is not None
    name = str(entry.kernel)
    fd = files.open_file(entry.kernel, "kernel", volumes)
    held.append(fd)
    kernel = _unwrap(fd, name, held, machine or this_machine(), entry)
    refuse_other(kernel.image, machine or this_machine(), name)

    parts = list(kernel.initrds)
    bootconfig = b""
    for file in entry.initrds:
        fd = files.open_file(file, "initrd", volumes)
        held.append(fd)
        inside, config = _initrd(fd, str(file))
        parts += inside
        bootconfig += config
    doubts = [warning for part in parts if (warning := initrds.check(part))]

    line = cmdline.compose(entry, kernel.cmdline, append)
    cmdline.check(line, cmdline_limit(kernel.image), name)

    if bootconfig and parts:
        from bootpy.kexec import android

        parts.append(android.bootconfig(bootconfig))
        held.append(parts[-1].fd)
    # Looked at anew: what was unpacked into memory files counts as used by now.
    machine = machine or this_machine()
    initrd_size = initrds.copied(parts) or sum(part.size for part in parts)
    refuse_too_big(kernel.image, initrd_size, initrds.copied(parts), machine)
    initrd = initrds.join(parts)
    if initrd >= 0 and initrd not in held:
        held.append(initrd)
    return Plan(
        kernel.fd,
        initrd,
        line,
        name,
        kernel.image.format,
        kernel.image.version,
        kernel.image.size,
        initrd_size,
        kernel.image.memory,
        kernel.unwrapped,
        (*kernel.warnings, *doubts, *_left_out(entry)),
    )


def _initrd(fd: int, name: str) -> tuple[list[Part], bytes]:
    """Return the parts of an initrd, several in Android's images, and Android's bootconfig."""
    if read_at(fd, 0, 8, name) in {b"ANDROID!", b"VNDRBOOT"}:
        from bootpy.kexec import android

        return android.ramdisks(fd, name)
    return [Part(fd, 0, size_of(fd), name)], b""


def _unwrap(fd: int, name: str, held: list[int], machine: Machine, entry: Entry) -> _Kernel:
    """Take the kernel out of what it is wrapped in, such as a zboot image in a UKI."""
    image = examine(fd, name)
    kernel = _Kernel(fd, image, warnings=image.warnings)
    for _ in range(_DEEPEST):
        if kernel.image.format not in Wrapped:
            return kernel
        kernel = _peel(kernel, name, held, machine, entry)
    raise BootError(f"{name} is wrapped too often", "name the kernel itself in the entry")


def _peel(kernel: _Kernel, name: str, held: list[int], machine: Machine, entry: Entry) -> _Kernel:
    outer = kernel.image
    release = ""
    most = min(MOST, machine.available or MOST)
    if outer.format == "UKI":
        from bootpy.kexec.uki import take_apart

        unified = take_apart(kernel.fd, name)
        fd = initrds.extract(unified.kernel, "kernel")
        release = unified.release
        kernel = kernel._replace(initrds=unified.initrds, cmdline=unified.cmdline)
        if unified.devicetree:
            kernel = kernel._replace(
                warnings=(*kernel.warnings, f"the device tree in {name} is not handed over")
            )
        inside = f"{name} (.linux)"
    elif outer.format == "FIT":
        from bootpy.kexec import fit

        chosen = fit.take_apart(kernel.fd, name, entry.configuration)
        fd = fit.extract(chosen, most)
        kernel = kernel._replace(
            initrds=chosen.initrds,
            cmdline=chosen.cmdline,
            warnings=(*kernel.warnings, *chosen.warnings),
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


def _left_out(entry: Entry) -> list[str]:
    """Say what of the entry kexec_file_load has no argument for."""
    warnings = []
    if entry.devicetree is not None or entry.overlays:
        warnings.append(
            "the entry's device tree is not handed over: the kernel gets this machine's own"
        )
    if entry.modules:
        warnings.append("the entry's Multiboot modules are not handed over")
    return warnings
