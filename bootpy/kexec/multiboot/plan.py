"""Prepare the boot of a Multiboot kernel with its modules: open, unpack, and check it all."""

from bootpy.entry import Entry, File
from bootpy.errors import BootError
from bootpy.kexec import cmdline, files
from bootpy.kexec.choice import Situation, unplaceable
from bootpy.kexec.image import COMPRESSED, HEAD, MOST, read_at, size_of
from bootpy.kexec.initrds import Part
from bootpy.kexec.machine import Machine, refuse_too_big, this_machine
from bootpy.kexec.multiboot import kernel as kernels
from bootpy.kexec.multiboot.header import KINDS, VERSIONS, Header, Version, find
from bootpy.kexec.planned import Plan
from bootpy.volume import Volumes

_GZIP = b"\x1f\x8b"

_NO_BIOS = "no-real-mode"


def prepare(
    entry: Entry, volumes: Volumes, append: str, machine: Machine | None, held: list[int]
) -> Plan:
    """Make a plan as `bootpy.kexec.plan.prepare` does; descriptors opened go into `held`.

    BootError: this machine cannot start such kernels, or what is wrong with a file.
    """
    assert entry.kernel is not None
    name = str(entry.kernel)
    if entry.initrds:
        raise BootError(
            f"{name} is a Multiboot kernel, and takes no initrd (here {entry.initrds[0]})",
            "name it as a module: the first is dom0's kernel for Xen, the second dom0's initrd",
        )
    roomy = machine or this_machine()
    _refuse_elsewhere(name, roomy.situation)
    most = min(MOST, roomy.available or MOST)
    fd = files.open_file(entry.kernel, "kernel", volumes)
    held.append(fd)
    unwrapped: tuple[str, ...] = ()
    head = read_at(fd, 0, HEAD, name)
    for sign, method in COMPRESSED.items():
        if head.startswith(sign):
            fd, unwrapped = _unpacked(Part(fd, 0, size_of(fd), name), method, most, held), (method,)
            break
    size = size_of(fd)
    header = header_of(fd, VERSIONS[entry.kind], name)
    kernel = kernels.read(fd, size, header, name)
    line = without_bios(cmdline.compose(entry, None, append), fd, kernel, name)
    modules = []
    for module in entry.modules:
        part = _module(module.file, volumes, held)
        if not module.as_it_is and read_at(part.fd, 0, 2, part.name) == _GZIP:
            inside = _unpacked(part, "gzip", most, held)
            part = Part(inside, 0, size_of(inside), part.name)
        modules.append((part, named(entry, module.file.path or "", module.cmdline)))
    line = named(entry, entry.kernel.path or "", line)
    for text, what in ((line, name), *((text, part.name) for part, text in modules)):
        cmdline.check(text, 0, what)
    memory = kernel.end - kernel.start
    in_all = sum(part.size for part, _ in modules)
    # Looked at anew: what was unpacked into memory files counts as used by now.
    refuse_too_big(memory, memory, in_all, machine or roomy.now(), call="load")
    return Plan(
        fd,
        -1,
        line,
        name,
        entry.kind,
        "",
        size,
        in_all,
        memory,
        unwrapped,
        calls=("load",),
        modules=tuple(modules),
        loader=loader_name(entry),
    )


def header_of(fd: int, version: Version, name: str) -> Header:
    """Find the header of `version` in the file open at `fd`; BootError where there is none."""
    head = read_at(fd, 0, HEAD, name)
    if not head:
        raise BootError(f"{name} is empty (0 bytes)", "install that kernel again")
    found = find(head, version, name)
    if found is not None:
        return found
    other: Version = 1 if version == 2 else 2
    if find(head, other, name):
        raise BootError(
            f"{name} has no header of {KINDS[version]}, but one of {KINDS[other]}",
            f"have the entry start it as {KINDS[other]}",
        )
    raise BootError(
        f"{name} has no header of {KINDS[version]} where it would have to be",
        "name a Multiboot kernel (xen-....gz), or start a Linux kernel by an entry for one",
    )


def without_bios(line: str, fd: int, kernel: kernels.Kernel, name: str) -> str:
    """Return the command line with the word that keeps Xen from calling the BIOS.

    After Linux has run, Xen does not come back from there. A kernel that has the word in it knows
    it (Xen's docs/misc/xen-command-line.pandoc).
    """
    if _NO_BIOS in line.split():
        return line
    sign = b"\0" + _NO_BIOS.encode() + b"\0"
    if not any(sign in kernels.content(fd, part, name) for part in kernel.parts):
        return line
    # Before all others: behind " -- " are words for dom0.
    return f"{_NO_BIOS} {line}".rstrip()


def _refuse_elsewhere(name: str, situation: Situation) -> None:
    if situation.architecture != "x86_64":
        raise BootError(
            f"{name} cannot be started here: Multiboot kernels are for PCs, and this machine is "
            f"{situation.architecture}",
            "choose an entry for this machine",
        )
    if situation.lockdown in {"integrity", "confidentiality"}:
        raise BootError(
            f"{name} cannot be loaded: this kernel is locked down ({situation.lockdown}) and loads "
            "only what carries a signature, which no Multiboot kernel does that it could check",
            "switch Secure Boot off, or start it with the boot loader that it was made for",
        )
    if reason := unplaceable(situation):
        raise BootError(
            f"{name} cannot be loaded: {reason}",
            "start it with the boot loader that it was made for",
        )


def _module(file: File, volumes: Volumes, held: list[int]) -> Part:
    fd = files.open_file(file, "module", volumes)
    held.append(fd)
    part = Part(fd, 0, size_of(fd), str(file))
    if not part.size:
        raise BootError(
            f"module {part.name} is empty (0 bytes)",
            "the disk was full when it was made: make it again, or choose another entry",
        )
    return part


def _unpacked(part: Part, method: str, most: int, held: list[int]) -> int:
    from bootpy.kexec.wrapped import unpack

    held.append(unpack(part, method, most))
    return held[-1]


def named(entry: Entry, path: str, arguments: str) -> str:
    """Return the string that a kernel is handed for a file and its arguments.

    The entry's own loader decides: GRUB 2 hands over the arguments alone, all others have the
    file's name before them.
    """
    return arguments if entry.format == "grub" else f"{path} {arguments}".strip()


def loader_name(entry: Entry) -> str:
    """Return the name by which a kernel is told how to read these strings.

    Xen takes the first word for the file's name, unless the loader is GRUB of version 1 or above
    (loader_is_grub2 in its arch/x86/setup.c).
    """
    return "bootpy in the place of GRUB 2" if entry.format == "grub" else "bootpy"
