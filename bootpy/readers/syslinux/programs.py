"""What a label runs where it is no Linux kernel: by its directive, its ending, its name.

Sources: "KERNEL-LIKE DIRECTIVES" in txt/syslinux.cfg.txt, txt/chain.txt, txt/memdisk.txt and
com32/elflink/ldlinux/ldlinux.c (parse_kernel_type) of SYSLINUX 6.04; for the endings that are
tried, doc/syslinux.txt of SYSLINUX 4.
"""

import posixpath
import re

from bootpy.entry import Action
from bootpy.readers.syslinux.label import Label
from bootpy.readers.syslinux.naming import Naming

_ENDINGS = {
    ".0": "a PXE boot program",
    ".kpxe": "a PXE boot program",
    ".kkpxe": "a PXE boot program",
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

_NAMES = {
    "hdt.c32": "the hardware detection tool of SYSLINUX",
    "pxechn.c32": "a program for SYSLINUX itself that starts another network boot program",
}

_TRIED = (".c32", ".com", ".cbt", ".bss", ".bs", ".bin", ".0")

ACTIONS: dict[str, Action] = {
    "reboot.c32": "reboot",
    "poweroff.c32": "poweroff",
    "poweroff.com": "poweroff",
}
"""Programs that have the machine do something."""

MENUS = ("menu.c32", "vesamenu.c32", "vgamenu.c32")
"""Programs that show the labels of the configurations that they are given as a menu."""


def base_name(command: str) -> str:
    """Return the file name of a program, lower case, without its folder."""
    return posixpath.basename(command.replace("\\", "/")).lower()


def command_of(naming: Naming, label: Label) -> tuple[str, str]:
    """Split what the label runs into the program and all its arguments.

    A name without an ending may stand for a program that has one: COM32 adds .c32, and
    KERNEL tries several where no file has the name itself.
    """
    command, arguments = label.kernel, label.arguments
    words = label.kernel.split(None, 1)
    if len(words) == 2 and not naming.stands(label.kernel, label.folder):
        command, arguments = words[0], f"{words[1]} {arguments}".strip()
    if posixpath.splitext(command)[1] or label.kind not in {"kernel", "com32"} or not command:
        return command, arguments
    if label.kind == "com32":
        return f"{command}.c32", arguments
    if not naming.stands(command, label.folder):
        tried = (command + ending for ending in _TRIED)
        command = next((one for one in tried if naming.stands(one, label.folder)), command)
    return command, arguments


def no_kernel(label: Label, command: str) -> str:
    """Say what the label's program is where it is no kernel, "" where it is one."""
    program = base_name(command)
    if program in {"memdisk", "memdisk.bin"}:
        return "an emulator of BIOS disks"
    if label.kind == "linux":
        return ""
    if program in _NAMES:
        return _NAMES[program]
    if label.kind in _DIRECTIVES:
        return _DIRECTIVES[label.kind]
    ending = posixpath.splitext(program)[1]
    # U-Boot knows no such programs: to it whatever `kernel` names in extlinux.conf is a kernel.
    if ending in {".bin", ".img"} and label.u_boot:
        return ""
    return _ENDINGS.get(ending, "")


def goes_on(arguments: str) -> bool:
    """Whether chain.c32 with these arguments starts the loader of a whole disk.

    That is what a machine does that goes on with its next device. What starts a partition's
    boot sector or a file needs the BIOS, which is gone.
    """
    words = [word for word in re.split(r"[\s,]+", arguments) if word not in {"", "swap"}]
    if words and not re.fullmatch(r"boot|hd\d+|mbr[:=]\S+", words[0]):
        return False
    return words[1:] in ([], ["0"])


def is_efi_program(command: str, *, with_initrd: bool) -> bool:
    """Whether SYSLINUX on UEFI starts the file as a program, not as a kernel.

    Some distributions give their kernels the ending .efi.
    """
    program = base_name(command)
    if not program.endswith(".efi") or with_initrd:
        return False
    return re.match(r"vmlinu|linux|bzimage|kernel", program) is None
