"""Menus as a script builds them, before anything in them is looked into."""

from typing import NamedTuple

from bootpy.diagnostics import Source
from bootpy.entry import Entry
from bootpy.readers.grub.plain import PlainBlock
from bootpy.readers.grub.syntax import Block
from bootpy.readers.grub.variables import Variables


class MenuItem(NamedTuple):
    """A menuentry or submenu: what was written of it, and the body to run when it is picked.

    `restricted` says that a password is asked for once `superusers` is set. `entry` is what
    another format says of it (blscfg); without a `block` that is all there is.
    `repeated` says that it was made inside a loop or function, `hidden` that GRUB's menu does
    not show it: it is listed where it boots something, and never counted.
    """

    title: str
    id: str
    arguments: tuple[str, ...]
    block: Block | PlainBlock | None
    source: Source
    is_submenu: bool = False
    restricted: bool = False
    classes: tuple[str, ...] = ()
    hotkey: str = ""
    entry: Entry | None = None
    repeated: bool = False
    hidden: bool = False


class Menu:
    """The entries of one menu; `variables` are those of its context when it is shown."""

    __slots__ = ("items", "source", "variables")

    def __init__(self, source: Source, variables: Variables) -> None:
        self.items: list[MenuItem] = []
        self.source = source
        self.variables = variables
