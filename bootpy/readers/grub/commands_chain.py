"""chainloader: what a running Linux kernel can make of the program that GRUB would start.

A unified kernel image or a kernel is booted by itself; of another loader whose
configuration can be read the menu is shown in the entry's place; everything else is told of, with
the reason why only the firmware could start it.
"""

import posixpath
import re

from bootpy.diagnostics import Source
from bootpy.entry import File, Host
from bootpy.readers.grub import status
from bootpy.readers.grub.devices import Place
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.loading import quoted_cmdline
from bootpy.readers.grub.origins import of_loading

_HEAD = 16 << 10
"""Bytes from the start of a program in which its headers are looked for."""

_SETUP_MAGIC = slice(0x202, 0x206)
"""Where a kernel of the x86 boot protocol has "HdrS" (Documentation/arch/x86/boot.rst)."""

_GRUB = re.compile(r"(?:shim|grub|gcd|mm?)[a-z0-9_]*\.efi(?:\.signed)?", re.IGNORECASE)
_SYSTEMD = re.compile(r"systemd-boot[a-z0-9]*\.efi(?:\.signed)?", re.IGNORECASE)
_REMOVABLE = re.compile(r"boot(?:x64|ia32|aa64|arm|riscv64|loongarch64)\.efi", re.IGNORECASE)
_KNOWN = {
    "bootmgfw.efi": "the Windows boot manager",
    "bootmgr.efi": "the Windows boot manager",
    "refind_x64.efi": "rEFInd",
    "shellx64.efi": "the UEFI shell",
    "memtest.efi": "a memory test",
    "ipxe.efi": "iPXE",
}


def chainloader(shell: Evaluator, arguments: list[str]) -> int:
    """Start another program: see above."""
    names = [name for name in arguments if name not in {"--force", "--bpb"}]
    if not names:
        return status.BAD_ARGUMENT
    place = shell.place(names[0])
    loading = shell.loading
    if not place.path.startswith("/"):
        loading.start("unsupported", None)
        loading.reason = (
            f"starts the boot sector of ({place.device}), which needs BIOS services "
            "that a running Linux kernel cannot give back"
        )
        return status.OK
    from bootpy.readers.grub.commands_boot import file

    found = file(shell, names[0])
    if not (_is_program(place.path) or shell.value("grub_platform") == "efi"):
        loading.start("unsupported", found)
        loading.reason = (
            f"starts {place.path} as a boot sector, which needs BIOS services "
            "that a running Linux kernel cannot give back"
        )
    else:
        line = quoted_cmdline(names[1:], keeps_hex=shell.session.keeps_hex).strip()
        _program(shell, place, found, line)
        loading.origins += of_loading(shell, "chainloader", names[0], line)
    return status.FILE_NOT_FOUND if found.exists is False else status.OK


def _is_program(path: str) -> bool:
    return path.lower().endswith((".efi", ".efi.signed"))


def _program(shell: Evaluator, place: Place, found: File, cmdline: str) -> None:
    head = _head(place)
    loading = shell.loading
    if _is_unified(head):
        loading.start("uki", found, cmdline)
        return
    if head[_SETUP_MAGIC] == b"HdrS":
        words = cmdline.split()
        loading.start("linux", found, " ".join(w for w in words if not w.startswith("initrd=")))
        loading.initrds = [
            _beside(place, word.partition("=")[2]) for word in words if word.startswith("initrd=")
        ]
        return
    loading.start("efi", found, cmdline)
    loading.remark = _shows_its_menu(shell, place)
    if not loading.remark:
        loading.kind = None


def _beside(place: Place, name: str) -> File:
    """A file that the kernel's own EFI code would read from the kernel's volume."""
    from bootpy.readers.files import look, normal_path

    path = normal_path(name)
    if place.volume is None:
        return File(None, path, wanted=place.wanted or place.device)
    return look(place.volume, path)


def _head(place: Place) -> bytes:
    """The first bytes of a program; none where it cannot be read."""
    import os

    if place.volume is None:
        return b""
    try:
        fd = place.volume.open(place.path)
        try:
            return os.read(fd, _HEAD)
        finally:
            os.close(fd)
    except (OSError, ValueError):
        return b""


def _is_unified(head: bytes) -> bool:
    from bootpy import pe

    headers = pe.read(head) if head.startswith(b"MZ") else None
    return headers is not None and any(one.name == ".linux" for one in headers.sections)


def _shows_its_menu(shell: Evaluator, place: Place) -> str:
    """Show the other loader's menu; else the reason why there is none."""
    name = posixpath.basename(place.path)
    why = "which only the firmware can start"
    what = _KNOWN.get(name.lower())
    if what is not None:
        return f"starts {what} ({place.path}), {why}"
    if place.volume is None:
        return f"starts the EFI program {place.path}, {why}"
    folder = posixpath.dirname(place.path)
    if _SYSTEMD.fullmatch(name) or _REMOVABLE.fullmatch(name):
        shown = _shows_entries(shell, place.volume.name)
        if shown:
            return ""
    if _GRUB.fullmatch(name) or _REMOVABLE.fullmatch(name):
        for path in _grub_configurations(place, folder):
            return _shows_grub(shell, place.volume.name, path)
        return f"starts GRUB ({place.path}), of which no grub.cfg is beside it: {why}"
    return f"starts the EFI program {place.path}, {why}"


def _shows_entries(shell: Evaluator, volume_name: str) -> bool:
    """Show what systemd-boot would: the Boot Loader Specification's entries of the volume."""
    from bootpy.readers import bls
    from bootpy.readers.grub.commands_foreign import show

    volume = shell.session.devices.find(volume_name)
    if volume is None or volume.status("/loader") is None:
        return False
    host: Host = shell.session.host
    for found in bls.read(volume, shell.session.devices.volumes, host):
        if found.entries:
            show(shell, found)
            return True
    return False


def _grub_configurations(place: Place, folder: str) -> list[str]:
    """Where the GRUB in `folder` would find its configuration: there, or in one of /EFI."""
    assert place.volume is not None
    paths = [f"{folder.rstrip('/')}/grub.cfg"]
    above = posixpath.dirname(folder)
    if posixpath.basename(folder).lower() == "boot":
        paths += [f"{above.rstrip('/')}/{name}/grub.cfg" for name in place.volume.names(above)]
    return [path for path in paths if place.volume.status(path) is not None]


def _shows_grub(shell: Evaluator, volume_name: str, path: str) -> str:
    """Show the menu of a GRUB that begins afresh; else why there is none."""
    from bootpy.readers.grub.files import show_fresh

    if not show_fresh(shell, Source(volume_name, path)):
        return f"starts GRUB, whose {path} leads back to this menu or shows no entry"
    return ""


ACTIONS: dict[str, Action] = {"chainloader": chainloader}
