"""Commands that load something to boot, or end the menu."""

from bootpy import entry
from bootpy.entry import File, Module
from bootpy.readers.grub import status
from bootpy.readers.grub.devices import to_file
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.loading import quoted_cmdline


def file(shell: Evaluator, name: str) -> File:
    """The file that a script names so."""
    server = shell.value("net_default_server") or shell.value("pxe_default_server") or ""
    return to_file(shell.place(name), shell.session.devices, server)


def linux(shell: Evaluator, arguments: list[str]) -> int:
    """Load a Linux kernel; the rest is its command line."""
    if not arguments:
        return status.BAD_ARGUMENT
    kernel = file(shell, arguments[0])
    if kernel.exists is False and shell.loading.kernel and shell.loading.kernel.exists:
        return status.FILE_NOT_FOUND
    shell.loading.start(
        "linux",
        kernel,
        cmdline(shell, arguments[1:]),
        "BOOT_IMAGE=" + cmdline(shell, arguments[:1]),
    )
    return status.FILE_NOT_FOUND if kernel.exists is False else status.OK


def initrd(shell: Evaluator, arguments: list[str]) -> int:
    """Load the initrds, all of them, in order; newc:NAME:FILE puts a file into one."""
    if not arguments:
        return status.BAD_ARGUMENT
    if shell.loading.kind != "linux":
        return status.BAD_ARGUMENT
    shell.loading.initrds = []
    result = status.OK
    for name in arguments:
        if name.startswith("newc:"):
            shell.tell(
                "warning",
                f"{name!r} asks GRUB to wrap a file into an initrd, which is left out",
                "put the file into an initrd of its own",
            )
            continue
        found = file(shell, name)
        shell.loading.initrds.append(found)
        if found.exists is False:
            result = status.FILE_NOT_FOUND
    return result


def devicetree(shell: Evaluator, arguments: list[str]) -> int:
    """Load a device tree for the kernel."""
    shell.loading.devicetree = file(shell, arguments[0]) if arguments else None
    return status.OK


def multiboot(shell: Evaluator, arguments: list[str], *, version: int) -> int:
    """Load a multiboot kernel; its options for quirks are GRUB's own affair."""
    while arguments and arguments[0].startswith("--quirk"):
        arguments = arguments[1:]
    if not arguments:
        return status.BAD_ARGUMENT
    kernel = file(shell, arguments[0])
    shell.loading.start(
        "multiboot2" if version == 2 else "multiboot", kernel, cmdline(shell, arguments[1:])
    )
    return status.FILE_NOT_FOUND if kernel.exists is False else status.OK


def module(shell: Evaluator, arguments: list[str]) -> int:
    """Load a module for a multiboot kernel."""
    while arguments and arguments[0] in {"--nounzip"}:
        arguments = arguments[1:]
    if not arguments or shell.loading.kind not in {"multiboot", "multiboot2"}:
        return status.BAD_ARGUMENT
    found = file(shell, arguments[0])
    shell.loading.modules.append(Module(found, cmdline(shell, arguments[1:])))
    return status.FILE_NOT_FOUND if found.exists is False else status.OK


def chainloader(shell: Evaluator, arguments: list[str]) -> int:
    """Take note of an EFI program, or of a boot sector, which nothing here can start."""
    names = [name for name in arguments if name not in {"--force", "--bpb"}]
    if not names:
        return status.BAD_ARGUMENT
    place = shell.place(names[0])
    if not place.path.startswith("/"):
        shell.loading.start("unsupported", None)
        shell.loading.reason = (
            f"starts the boot sector of ({place.device}), which needs BIOS services "
            "that a running Linux kernel cannot give back"
        )
        return status.OK
    found = file(shell, names[0])
    is_program = place.path.lower().endswith(".efi") or shell.value("grub_platform") == "efi"
    if is_program:
        shell.loading.start("efi", found, cmdline(shell, names[1:]))
    else:
        shell.loading.start("unsupported", found)
        shell.loading.reason = (
            f"starts {place.path} as a boot sector, which needs BIOS services "
            "that a running Linux kernel cannot give back"
        )
    return status.FILE_NOT_FOUND if found.exists is False else status.OK


def _foreign(name: str, what: str) -> Action:
    """A command that loads a kernel that kexec cannot start."""

    def action(shell: Evaluator, _arguments: list[str]) -> int:
        shell.loading.start("unsupported", None)
        shell.loading.reason = f"loads {what} ({name}), which kexec cannot start"
        return status.OK

    return action


def _acting(what: entry.Action) -> Action:
    """A command that has the machine do something."""

    def action(shell: Evaluator, arguments: list[str]) -> int:
        if "--is-supported" in arguments:  # GRUB 2.12: whether there is a set-up, no more
            return status.OK if shell.value("grub_platform") == "efi" else status.BAD_ARGUMENT
        shell.loading.start("action", None)
        shell.loading.action = what
        return status.OK

    return action


def leave(shell: Evaluator, _arguments: list[str]) -> int:
    """Go on with what the firmware would try next."""
    shell.loading.start("local", None)
    return status.OK


def cmdline(shell: Evaluator, arguments: list[str]) -> str:
    """Join arguments as the kernel gets them."""
    return quoted_cmdline(arguments, keeps_hex=shell.session.keeps_hex).strip()


_FOREIGN = {
    "kfreebsd": "a FreeBSD kernel",
    "kopenbsd": "an OpenBSD kernel",
    "knetbsd": "a NetBSD kernel",
    "kopenbsd_ramdisk": "an OpenBSD kernel",
    "xnu_kernel": "a Darwin kernel",
    "xnu_kernel64": "a Darwin kernel",
    "xnu_resume": "a Darwin memory image",
    "plan9": "a Plan 9 kernel",
    "ntldr": "the Windows loader",
    "truecrypt": "the TrueCrypt loader",
    "freedos": "FreeDOS",
    "pxechainloader": "a network boot program",
    "appleloader": "Apple's legacy loader",
}

ACTIONS: dict[str, Action] = {
    **dict.fromkeys(("linux", "linux16", "linuxefi"), linux),
    **dict.fromkeys(("initrd", "initrd16", "initrdefi"), initrd),
    **dict.fromkeys(("devicetree", "fdt"), devicetree),
    **dict.fromkeys(("module", "module2", "xen_module"), module),
    "multiboot": lambda shell, arguments: multiboot(shell, arguments, version=1),
    **dict.fromkeys(
        ("multiboot2", "xen_hypervisor"),
        lambda shell, arguments: multiboot(shell, arguments, version=2),
    ),
    "chainloader": chainloader,
    "reboot": _acting("reboot"),
    **dict.fromkeys(("halt", "poweroff"), _acting("poweroff")),
    "fwsetup": _acting("firmware"),
    **dict.fromkeys(("exit", "exit_to_firmware"), leave),
    **{name: _foreign(name, what) for name, what in _FOREIGN.items()},
}
