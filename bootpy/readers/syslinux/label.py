"""What a SYSLINUX configuration says, before it is looked up on a volume.

Source: com32/elflink/ldlinux/readconfig.c and doc/menu.txt of SYSLINUX 6.04.
"""

from bootpy.diagnostics import Source


class Menu:
    """The top menu, or a submenu between MENU BEGIN and MENU END or of a file of its own.

    `default` is what MENU DEFAULT marks: a label, or a submenu that starts on its own default.
    """

    __slots__ = ("default", "name", "parent", "title", "titled")

    def __init__(self, parent: "Menu | None" = None, title: str = "", name: str = "") -> None:
        self.parent = parent
        self.title = title
        self.titled = False
        self.name = name
        self.default: Label | Menu | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """The titles from the top menu, whose own is left out, down to this one."""
        return (*self.parent.path, self.title) if self.parent else ()


class Label:
    """A LABEL with what follows it. `kind` is the directive that gave `kernel`, lower case.

    `lines` has the line of each directive by its name, or by the field of an entry that it
    fills. `global_append` says that `append` stood before the first LABEL. `sysappend` is the
    mask of SYSAPPEND. A label that stands for a command line has `extra`, the arguments after
    its name, and `command`, what the command line stands behind. `u_boot` says that U-Boot
    reads the configuration as well.
    """

    __slots__ = (
        "append",
        "command",
        "devicetree",
        "devicetree_folder",
        "extra",
        "folder",
        "global_append",
        "hidden",
        "initrd",
        "is_default",
        "kernel",
        "kind",
        "lines",
        "menu",
        "name",
        "overlays",
        "selectable",
        "source",
        "sysappend",
        "title",
        "u_boot",
    )

    def __init__(self, name: str, menu: Menu, source: Source, folder: str) -> None:
        self.name = name
        self.menu = menu
        self.source = source
        self.folder = folder
        self.title = name
        self.kind = "kernel"
        self.kernel = name
        self.append: str | None = None
        self.global_append = False
        self.extra = ""
        self.command = ""
        self.initrd: str | None = None
        self.devicetree: str | None = None
        self.devicetree_folder: str | None = None
        self.overlays: tuple[str, ...] = ()
        self.sysappend = 0
        self.hidden = False
        self.selectable = True
        self.is_default = False
        self.u_boot = False
        self.lines: dict[str, Source] = {}

    def place(self, directive: str) -> Source:
        """Return the line that gave `directive`, or the LABEL's own."""
        return self.lines.get(directive, self.source)

    @property
    def appended(self) -> str:
        """APPEND's text, the label's or the global one; a lone "-" stands for none."""
        return "" if self.append in {None, "-"} else self.append or ""

    @property
    def arguments(self) -> str:
        """All arguments: APPEND's, then those of a command line that names the label."""
        return f"{self.appended} {self.extra}".strip()

    def copy(self) -> "Label":
        """Return a label that can be changed without changing this one."""
        other = Label(self.name, self.menu, self.source, self.folder)
        for slot in Label.__slots__:
            setattr(other, slot, getattr(self, slot))
        other.lines = dict(self.lines)
        return other


class Script:
    """A whole configuration: its labels in order, and the settings that hold for all.

    `lines` has the line of each setting by its directive's name. `u_boot` says that its main
    file is an extlinux.conf, which U-Boot reads as well.
    """

    __slots__ = (
        "by_name",
        "default",
        "implicit",
        "labels",
        "lines",
        "on_error",
        "on_timeout",
        "prompt",
        "start",
        "timeout",
        "top",
        "total_timeout",
        "u_boot",
        "ui",
    )

    def __init__(self) -> None:
        self.top = Menu()
        self.start = self.top
        self.labels: list[Label] = []
        self.by_name: dict[str, Label] = {}
        self.lines: dict[str, Source] = {}
        self.default = ""
        self.on_timeout = ""
        self.on_error = ""
        self.ui = ""
        self.implicit = 1
        self.u_boot = False
        self.prompt: int | None = None
        self.timeout: int | None = None
        self.total_timeout: int | None = None

    def add(self, label: Label) -> None:
        """Take a label in; of several with one name the first is the one that counts."""
        self.labels.append(label)
        self.by_name.setdefault(label.name, label)

    def label(self, name: str) -> Label | None:
        """Return the first label of that name; names compare with regard to case."""
        return self.by_name.get(name)
