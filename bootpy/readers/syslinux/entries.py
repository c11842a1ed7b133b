"""From a LABEL to an `Entry`: which kind of program it names, and with which files.

Sources: doc/syslinux.txt and txt/syslinux.cfg.txt of SYSLINUX ("KERNEL file"), its
com32/elflink/ldlinux/{readconfig,execute,kernel}.c; boot/pxe_utils.c of U-Boot.
"""

import posixpath
import re

from bootpy.diagnostics import Diagnostic
from bootpy.entry import Action, Entry, File, Kind, Module
from bootpy.readers.files import look, missing, normal_path
from bootpy.readers.syslinux.label import Label
from bootpy.volume import Volume

_PROGRAMS = {
    ".0": "a PXE boot program",
    ".c32": "a program for SYSLINUX itself",
    ".cbt": "a COMBOOT program",
    ".com": "a COMBOOT program",
    ".bs": "a boot sector",
    ".bss": "a boot sector",
    ".bin": "a boot sector",
    ".img": "a floppy image",
}

_DIRECTIVES = {
    "boot": "a boot sector",
    "bss": "a boot sector",
    "pxe": "a PXE boot program",
    "fdimage": "a floppy image",
    "comboot": "a COMBOOT program",
    "com32": "a program for SYSLINUX itself",
}

_ACTIONS: dict[str, Action] = {
    "reboot.c32": "reboot",
    "poweroff.c32": "poweroff",
    "poweroff.com": "poweroff",
}


def entry_of(volume: Volume, label: Label, said: list[Diagnostic]) -> Entry:
    """Make the entry of a label, and say in `said` what is wrong with its files."""
    entry = Entry(
        id=f"syslinux:{volume.name}:{label.name}",
        title=label.title,
        path=(*label.menu.path, label.title),
        format="syslinux",
        kind="linux",
        source=label.source,
    )
    if label.kind == "localboot":
        return entry._replace(kind="local")
    command, arguments = _command(volume, label)
    program = posixpath.basename(command.replace("\\", "/")).lower()
    if label.kind in {"kernel", "com32"}:
        if program in _ACTIONS:
            return entry._replace(kind="action", action=_ACTIONS[program])
        if program == "chain.c32" and re.fullmatch(r"(hd0|boot)?( 0)?", arguments):
            return entry._replace(kind="local")
        if program == "mboot.c32":
            return _multiboot(volume, label, entry, arguments, said)
        if program == "linux.c32":
            command, _, arguments = arguments.partition(" ")
            return _linux(volume, label, entry, (command, arguments.strip()), said)
    what = _no_kernel(label, program)
    if what:
        message = f"{command} is {what}, which only SYSLINUX on a PC's BIOS can start"
        hint = "start the system that it belongs to by an entry of its own"
        said.append(Diagnostic("warning", label.place("kernel"), message, hint))
        file = _file(volume, label, command, "kernel", said)
        return entry._replace(kind="unsupported", kernel=file, cmdline=arguments)
    return _linux(volume, label, entry, (command, arguments), said)


def arguments_of(label: Label) -> str:
    """Return the label's APPEND, or the global one; a lone "-" stands for none."""
    return "" if label.append in {None, "-"} else label.append or ""


def _command(volume: Volume, label: Label) -> tuple[str, str]:
    """Split what the label runs into the program and all its arguments."""
    arguments = arguments_of(label)
    words = label.kernel.split(None, 1)
    if len(words) < 2 or volume.status(normal_path(label.kernel, label.folder)):
        return label.kernel, arguments
    return words[0], f"{words[1]} {arguments}".strip()


def _no_kernel(label: Label, program: str) -> str:
    """Say what the label's program is where it is no kernel."""
    if label.kind in _DIRECTIVES:
        return _DIRECTIVES[label.kind]
    if label.kind == "linux":
        return ""
    if program == "memdisk":
        return "an emulator of BIOS disks"
    suffix = posixpath.splitext(program)[1]
    # U-Boot knows no such programs: to it whatever `kernel` names in extlinux.conf is a kernel.
    if suffix in {".bin", ".img"} and label.source.path.endswith("/extlinux.conf"):
        return ""
    return _PROGRAMS.get(suffix, "")


def _linux(
    volume: Volume, label: Label, entry: Entry, command: tuple[str, str], said: list[Diagnostic]
) -> Entry:
    name, arguments = command
    kind: Kind = "linux"
    path, mark, configuration = name.partition("#")
    # U-Boot writes IMAGE#CONFIGURATION for a part of a FIT image.
    if (mark and volume.status(normal_path(path, label.folder))) or path.endswith(".itb"):
        kind, name = "fit", path
    initrd = label.initrd
    added = f"BOOT_IMAGE={name}"
    if initrd is None:
        found = re.search(r"(?:^|\s)initrd=(\S*)", arguments)
        initrd = found[1] if found else ""
    elif initrd:
        added += f" initrd={initrd}"
    place = "initrd" if label.initrd is not None else "append"
    return entry._replace(
        kind=kind,
        configuration=configuration if kind == "fit" else "",
        kernel=_file(volume, label, name, "kernel", said),
        initrds=tuple(
            _file(volume, label, one.strip(), "initrd", said, directive=place)
            for one in initrd.split(",")
            if one.strip()
        ),
        devicetree=_devicetree(volume, label, said),
        overlays=tuple(_file(volume, label, one, "overlays", said) for one in label.overlays),
        cmdline=arguments,
        cmdline_added=added,
    )


def _multiboot(
    volume: Volume, label: Label, entry: Entry, arguments: str, said: list[Diagnostic]
) -> Entry:
    """Read mboot.c32's arguments: KERNEL ARGUMENTS --- MODULE ARGUMENTS --- ..."""
    parts = [part.strip().partition(" ") for part in re.split(r"(?:^|\s)---(?=\s|$)", arguments)]
    if not parts[0][0]:
        message = "mboot.c32 without a kernel has nothing to boot"
        hint = "name it in APPEND: kernel, arguments, then each module after ---"
        said.append(Diagnostic("error", label.place("append"), message, hint))
        return entry._replace(kind="unsupported")
    return entry._replace(
        kind="multiboot",
        kernel=_file(volume, label, parts[0][0], "kernel", said, directive="append"),
        cmdline=parts[0][2].strip(),
        modules=tuple(
            Module(_file(volume, label, name, "module", said, directive="append"), rest.strip())
            for name, _, rest in parts[1:]
            if name
        ),
    )


def _devicetree(volume: Volume, label: Label, said: list[Diagnostic]) -> File | None:
    if label.devicetree:
        return _file(volume, label, label.devicetree, "devicetree", said)
    if label.devicetree_folder:
        path = normal_path(label.devicetree_folder, label.folder)
        place = label.place("devicetree_folder")
        found = volume.status(path)
        if found is None or found.kind != "folder":
            message = f"device tree folder {path} is not on volume {volume.name}"
            said.append(Diagnostic("warning", place, message, "correct the path"))
        else:
            message = f"which device tree of {path} is the board's is not known; none is taken"
            hint = "the running kernel's device tree is handed on; FDT names a file for certain"
            said.append(Diagnostic("info", place, message, hint))
    return None


def _file(
    volume: Volume,
    label: Label,
    name: str,
    role: str,
    said: list[Diagnostic],
    *,
    directive: str = "",
) -> File:
    if re.match(r"[a-z]+://", name):
        return File(None, None, url=name)
    file = look(volume, normal_path(name, label.folder))
    role_in_words = "devicetree-overlay" if role == "overlays" else role
    said += missing(volume, file, role_in_words, label.place(directive or role))
    return file
