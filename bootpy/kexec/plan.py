"""Prepare a boot: open, recognise, unwrap, put together and check all that can be checked.

Nothing is loaded here, so that a wrong entry is refused before the kernel is asked: its
own answers are bare error numbers, some failures show only after the jump, and too little
memory ends in the OOM killer.
"""

import os

from bootpy.entry import Entry
from bootpy.errors import BootError
from bootpy.kexec import cmdline, files, initrds
from bootpy.kexec.choice import Wanted, choose
from bootpy.kexec.image import read_at, size_of
from bootpy.kexec.initrds import Extras, Part
from bootpy.kexec.innermost import unwrapped
from bootpy.kexec.machine import (
    Machine,
    cmdline_limit,
    foreign_pages,
    refuse_other,
    refuse_too_big,
    this_machine,
)
from bootpy.kexec.planned import Plan
from bootpy.volume import Volumes

_OPENED = ("linux", "uki", "efi", "fit", "multiboot", "multiboot2")

_WHY_NOT = {
    "iso": ("an ISO image, not a kernel", "choose an entry from inside it"),
    "local": ("no kernel: it says to go on with the next device", "choose another entry"),
    "action": ("no kernel: it is something for the machine to do", "choose another entry"),
    "unsupported": ("nothing that Linux can start", "its diagnostic in the list says why"),
}


def prepare(
    entry: Entry,
    volumes: Volumes,
    append: str = "",
    machine: Machine | None = None,
    *,
    call: Wanted = "auto",
    thorough: bool = True,
) -> Plan:
    """Make a plan for booting `entry` with `append` added to its command line.

    `machine` is what it has to fit, this one by default; `call` is which system call is to
    load it (see `bootpy.kexec.choice`); `thorough` is whether the kernel is held against its
    checksum, where that alone takes as long as the load. BootError says which file is wrong,
    how, and what to do about it.
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
        if entry.kind in {"multiboot", "multiboot2"}:
            plan = _prepare_multiboot(entry, volumes, append, machine, held)
        else:
            plan = _prepare(entry, volumes, append, machine, held, call=call, thorough=thorough)
        kept = plan.files
        return plan
    finally:
        for fd in set(held) - kept:
            os.close(fd)


def _prepare_multiboot(
    entry: Entry, volumes: Volumes, append: str, machine: Machine | None, held: list[int]
) -> Plan:
    try:
        from bootpy.kexec.multiboot.plan import prepare as prepare_it
    except ImportError:
        raise BootError(
            f"{entry.kernel} is a Multiboot kernel, and this image was built without what starts "
            "one",
            "build it for a PC, without `multiboot = false` in [python] of its profile",
        ) from None
    return prepare_it(entry, volumes, append, machine, held)


def _prepare(
    entry: Entry,
    volumes: Volumes,
    append: str,
    machine: Machine | None,
    held: list[int],
    *,
    call: Wanted,
    thorough: bool,
) -> Plan:
    """Do what `prepare` does; every descriptor opened is put into `held` at once."""
    assert entry.kernel is not None
    name = str(entry.kernel)
    fd = files.open_file(entry.kernel, "kernel", volumes)
    held.append(fd)
    roomy = machine or this_machine()
    kernel = unwrapped(fd, name, entry, roomy, held)
    choice = choose(call, kernel.image, roomy.situation)
    refuse_other(kernel.image, roomy, name, choice.calls[0])
    beside = Extras()
    if entry.extras:
        from bootpy.kexec.extras import collect

        beside = collect(entry.extras, volumes, held, roomy.available)

    doubts: list[str] = []
    tree, tree_name = -1, ""
    if entry.devicetree is not None or entry.overlays or kernel.trees:
        from bootpy.kexec import trees

        tree, tree_name, doubts[:] = trees.find(
            entry,
            kernel.trees,
            volumes,
            held,
            architecture=roomy.architecture,
            call=choice.calls[0],
        )

    # systemd-stub's order, in which what comes later replaces files of the same name.
    parts = [*beside.first, *kernel.first]
    bootconfig = b""
    for file in entry.initrds:
        fd = files.open_file(file, "initrd", volumes)
        held.append(fd)
        if file.archived_as:
            from bootpy.kexec.cpio import wrapped

            parts.append(wrapped(Part(fd, 0, size_of(fd), str(file)), file.archived_as, held))
            continue
        inside, config = _initrd(fd, str(file))
        parts += inside
        bootconfig += config
    parts += [*kernel.initrds, *beside.archives, *kernel.told, *beside.last]
    doubts += [warning for part in parts if (warning := initrds.check(part))]
    doubts += filter(None, [foreign_pages(kernel.image, roomy, name)])
    if thorough and kernel.image.format == "bzImage":
        from bootpy.kexec import bzimage

        doubts += filter(None, [bzimage.damage(kernel.fd, kernel.image.version, name)])

    line = cmdline.compose(entry, kernel.cmdline, append)
    cmdline.check(line, cmdline_limit(kernel.image, choice.calls[0]), name)

    if bootconfig and parts:
        from bootpy.kexec import android

        parts.append(android.bootconfig(bootconfig))
        held.append(parts[-1].fd)
    # Looked at anew: what was unpacked into memory files counts as used by now.
    machine = machine or roomy.now()
    initrd_size = initrds.copied(parts) or sum(part.size for part in parts)
    refuse_too_big(
        kernel.image.size,
        kernel.image.memory,
        initrd_size,
        machine,
        call=choice.calls[0],
        still_to_copy=initrds.copied(parts),
    )
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
        (*kernel.warnings, *beside.warnings, *doubts),
        choice.calls,
        choice.reason,
        tree,
        tree_name,
    )


def _initrd(fd: int, name: str) -> tuple[list[Part], bytes]:
    """Return the parts of an initrd, several in Android's images, and Android's bootconfig."""
    if read_at(fd, 0, 8, name) in {b"ANDROID!", b"VNDRBOOT"}:
        from bootpy.kexec import android

        return android.ramdisks(fd, name)
    return [Part(fd, 0, size_of(fd), name)], b""
