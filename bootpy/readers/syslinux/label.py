"""What a SYSLINUX configuration says, before it is looked up on a volume.

Source: com32/elflink/ldlinux/readconfig.c and doc/menu.txt of SYSLINUX 6.04.
"""

from bootpy.diagnostics import Source


class Menu:
    """The top menu, or a submenu between MENU BEGIN and MENU END or of a file of its own."""

    __slots__ = ("default", "name", "parent", "title", "titled")

    def __init__(self, parent: "Menu | None" = None, title: str = "", name: str = "") -> None:
        self.parent = parent
        self.title = title
        self.titled = False
        self.name = name
        self.default: Label | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """The titles from the top menu, whose own is left out, down to this one."""
        return (*self.parent.path, self.title) if self.parent else ()


class Label:
    """A LABEL with what follows it. `kind` is the directive that gave `kernel`, lower case."""

    __slots__ = (
        "append",
        "devicetree",
        "devicetree_folder",
        "folder",
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
        "target",
        "title",
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
        self.initrd: str | None = None
        self.devicetree: str | None = None
        self.devicetree_folder: str | None = None
        self.overlays: tuple[str, ...] = ()
        self.hidden = False
        self.selectable = True
        self.is_default = False
        self.target: Menu | None = None
        self.lines: dict[str, Source] = {}

    def place(self, directive: str) -> Source:
        """Return the line that gave `directive`, or the LABEL's own."""
        return self.lines.get(directive, self.source)


class Script:
    """A whole configuration: its labels in order, and the settings that hold for all."""

    __slots__ = (
        "default",
        "default_source",
        "labels",
        "on_timeout",
        "prompt",
        "start",
        "timeout",
        "top",
        "total_timeout",
        "ui",
    )

    def __init__(self) -> None:
        self.top = Menu()
        self.start = self.top
        self.labels: list[Label] = []
        self.default = ""
        self.default_source: Source | None = None
        self.on_timeout = ""
        self.ui = ""
        self.prompt: int | None = None
        self.timeout: int | None = None
        self.total_timeout: int | None = None

    def label(self, name: str) -> Label | None:
        """Return the first label of that name; names compare with regard to case."""
        return next((label for label in self.labels if label.name == name), None)
