"""What an entry has loaded so far: the kernel, what goes with it, and how it would boot."""

from bootpy.entry import Action, File, Kind, Module, Origin


class Loading:
    """Filled by the boot commands in the order in which the entry runs them.

    `reason` says why the entry cannot be booted at all, `remark` why only the firmware can.
    """

    __slots__ = ("action", "cmdline", "cmdline_added", "devicetree", "initrds", "kernel", "kind",
                 "modules", "origins", "reason", "remark")  # fmt: skip

    def __init__(self) -> None:
        self.kind: Kind | None = None
        self.kernel: File | None = None
        self.cmdline = ""
        self.cmdline_added = ""
        self.initrds: list[File] = []
        self.modules: list[Module] = []
        self.devicetree: File | None = None
        self.reason = ""
        self.remark = ""
        self.origins: list[Origin] = []
        self.action: Action = ""

    def is_begun(self) -> bool:
        """Whether anything was loaded, or said of what cannot be."""
        return bool(
            self.kind
            or self.kernel
            or self.initrds
            or self.modules
            or self.devicetree
            or self.origins
            or self.reason
            or self.remark
        )

    def start(self, kind: Kind, kernel: File | None, cmdline: str = "", added: str = "") -> None:
        """Load a kernel in the place of the one before."""
        self.kind = kind
        self.kernel = kernel
        self.cmdline = cmdline
        self.cmdline_added = added
        self.initrds = []
        self.modules = []
        self.reason = self.remark = ""
        self.origins = []
        self.action = ""


def quoted_cmdline(arguments: list[str], *, keeps_hex: bool) -> str:
    r"""Join arguments as GRUB hands them to a kernel (grub_create_loader_cmdline).

    An argument with a space is put into double quotes; backslashes and quotes get a
    backslash; \xHH stays where `keeps_hex`, as in Red Hat's GRUB.
    """
    import re

    guard = r"(\\x[0-9A-Fa-f]{2})|([\\'\"])" if keeps_hex else r"(?!)()|([\\'\"])"
    words = []
    for argument in arguments:
        word = argument
        if "\\" in word or "'" in word or '"' in word:
            word = re.sub(guard, lambda m: m[1] or "\\" + m[2], argument)
        words.append(f'"{word}"' if " " in argument else word)
    return " ".join(words)
