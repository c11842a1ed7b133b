"""Commands that load something to boot, or end the menu."""

from functools import partial

from bootpy import entry
from bootpy.entry import File, Module
from bootpy.readers.grub import status
from bootpy.readers.grub.devices import to_file
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.loading import quoted_cmdline
from bootpy.readers.grub.options import Option, take_apart
from bootpy.readers.grub.origins import given, of_loading


def file(shell: Evaluator, name: str) -> File:
    """The file that a script names so."""
    server = shell.value("net_default_server") or shell.value("pxe_default_server") or ""
    return to_file(shell.place(name), shell.session.devices, server)


def linux(shell: Evaluator, arguments: list[str], *, name: str = "linux") -> int:
    """Load a Linux kernel; the rest is its command line."""
    if not arguments:
        return status.BAD_ARGUMENT
    kernel = file(shell, arguments[0])
    if kernel.exists is False and shell.loading.kernel and shell.loading.kernel.exists:
        return status.FILE_NOT_FOUND
    line = cmdline(shell, arguments[1:])
    shell.loading.start("linux", kernel, line, "BOOT_IMAGE=" + cmdline(shell, arguments[:1]))
    shell.loading.origins += of_loading(shell, name, arguments[0], line)
    return status.FILE_NOT_FOUND if kernel.exists is False else status.OK


def initrd(shell: Evaluator, arguments: list[str], *, command: str = "initrd") -> int:
    """Load the initrds, all of them, in order; newc:NAME:FILE puts a file into one."""
    if not arguments:
        return status.BAD_ARGUMENT
    if shell.loading.kind != "linux":
        return status.BAD_ARGUMENT
    shell.loading.initrds = []
    shell.loading.origins = [one for one in shell.loading.origins if one.field != "initrds"]
    result = status.OK
    for argument in arguments:
        wrapped, name = _newc(argument)
        found = file(shell, name)
        shell.loading.initrds.append(found._replace(archived_as=wrapped) if wrapped else found)
        shell.loading.origins.append(given(shell, "initrds", name, command))
        if found.exists is False:
            result = status.FILE_NOT_FOUND
    return result


def _newc(name: str) -> tuple[str, str]:
    """Take newc:NAME:FILE apart (GRUB wraps such a file itself); ("", FILE) for others."""
    if name.startswith("newc:"):
        wrapped, colon, path = name.removeprefix("newc:").partition(":")
        if colon:
            return wrapped, path
    return "", name


def devicetree(shell: Evaluator, arguments: list[str]) -> int:
    """Load a device tree for the kernel."""
    shell.loading.devicetree = file(shell, arguments[0]) if arguments else None
    if arguments:
        shell.loading.origins.append(given(shell, "devicetree", arguments[0], "devicetree"))
    return status.OK


def multiboot(shell: Evaluator, arguments: list[str], *, version: int) -> int:
    """Load a multiboot kernel; its options for quirks are GRUB's own affair."""
    while arguments and arguments[0].startswith("--quirk"):
        arguments = arguments[1:]
    if not arguments:
        return status.BAD_ARGUMENT
    kernel = file(shell, arguments[0])
    kind: entry.Kind = "multiboot2" if version == 2 else "multiboot"
    line = cmdline(shell, arguments[1:])
    shell.loading.start(kind, kernel, line)
    shell.loading.origins += of_loading(shell, kind, arguments[0], line)
    return status.FILE_NOT_FOUND if kernel.exists is False else status.OK


def module(shell: Evaluator, arguments: list[str]) -> int:
    """Load a module for a multiboot kernel."""
    as_it_is = False
    while arguments and arguments[0] in {"--nounzip"}:
        as_it_is, arguments = True, arguments[1:]
    if not arguments or shell.loading.kind not in {"multiboot", "multiboot2"}:
        return status.BAD_ARGUMENT
    found = file(shell, arguments[0])
    shell.loading.modules.append(Module(found, cmdline(shell, arguments[1:]), as_it_is))
    written = cmdline(shell, arguments)
    shell.loading.origins.append(given(shell, "modules", written, "module"))
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
        shell.leave()
        return status.OK

    return action


def leave(shell: Evaluator, _arguments: list[str]) -> int:
    """Go on with what the firmware would try next."""
    shell.loading.start("local", None)
    shell.leave()
    return status.OK


def boot(shell: Evaluator, _arguments: list[str]) -> int:
    """Boot what has been loaded; nothing of the entry runs after it."""
    if shell.loading.kind is None:
        return status.NO_KERNEL
    shell.leave()
    return status.OK


def smbios(_shell: Evaluator, arguments: list[str]) -> int:
    """Fail, as on a machine without such tables: a listing is the same on every machine."""
    found = take_apart(arguments, _SMBIOS)
    return status.BAD_ARGUMENT if found.fault else status.FILE_NOT_FOUND


def cmdline(shell: Evaluator, arguments: list[str]) -> str:
    """Join arguments as the kernel gets them."""
    return quoted_cmdline(arguments, keeps_hex=shell.session.keeps_hex).strip()


_SMBIOS = (
    Option("type", "t", "value"),
    Option("handle", "h", "value"),
    Option("match", "m", "value"),
    Option("get-byte", "b", "value"),
    Option("get-word", "w", "value"),
    Option("get-dword", "d", "value"),
    Option("get-qword", "q", "value"),
    Option("get-string", "s", "value"),
    Option("get-uuid", "u", "value"),
    Option("set", takes="value"),
)

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
    **{name: partial(linux, name=name) for name in ("linux", "linux16", "linuxefi")},
    **{name: partial(initrd, command=name) for name in ("initrd", "initrd16", "initrdefi")},
    **dict.fromkeys(("devicetree", "fdt"), devicetree),
    **dict.fromkeys(("module", "module2", "xen_module"), module),
    "multiboot": lambda shell, arguments: multiboot(shell, arguments, version=1),
    **dict.fromkeys(
        ("multiboot2", "xen_hypervisor"),
        lambda shell, arguments: multiboot(shell, arguments, version=2),
    ),
    "boot": boot,
    "smbios": smbios,
    "reboot": _acting("reboot"),
    **dict.fromkeys(("halt", "poweroff"), _acting("poweroff")),
    "fwsetup": _acting("firmware"),
    **dict.fromkeys(("exit", "exit_to_firmware"), leave),
    **{name: _foreign(name, what) for name, what in _FOREIGN.items()},
}
