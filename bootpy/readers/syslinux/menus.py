"""MENU directives: submenus, titles, and which entry is marked as the default.

Source: com32/elflink/ldlinux/readconfig.c and doc/menu.txt of SYSLINUX 6.04.
"""

from bootpy.diagnostics import Source
from bootpy.readers.syslinux.label import Label, Menu, Script

DEEPEST_MENU = 32
"""Submenus in each other."""


class Menus:
    """The place in the menu at which a configuration is read: a menu, and a label or none.

    Words that shape how the menu looks or asks for (colours, sizes, passwords, key names)
    change nothing of what boots, and are passed over, as the loader passes over any other.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.menu = script.top
        self.label: Label | None = None
        self._depth = 0

    def directive(self, key: str, value: str, place: Source) -> None:
        """Do what MENU `key` says; those that read files or close labels are the parser's."""
        label = self.label
        if key == "start":
            self.script.start = self.menu
        elif label is None or key == "title":
            self._of_menu(key, value)
        elif key == "label":
            label.title, label.lines["title"] = without_marks(value), place
        elif key == "default":
            label.is_default = True
        elif key == "hide":
            label.hidden = True
        elif key == "exit":
            # In the top menu there is nothing to go back to, and the loader passes it over.
            label.selectable = label.selectable and self.menu.parent is None
        elif key in {"disable", "disabled", "goto", "quit"}:
            label.selectable = False

    def _of_menu(self, key: str, value: str) -> None:
        menu = self.menu
        if menu.parent is None:
            return
        if key == "label" or (key == "title" and not menu.titled):
            menu.title, menu.titled = without_marks(value), True
        elif key == "default":
            menu.parent.default = menu

    def begin(self, title: str, name: str) -> bool:
        """Enter a submenu; the label before it must be closed. False where it lies too deep."""
        self._depth += 1
        if self._depth > DEEPEST_MENU:
            return False
        self.menu = Menu(self.menu, title, name)
        return True

    def end(self) -> None:
        """Leave a submenu; in the top menu there is nothing to leave."""
        if self._depth <= DEEPEST_MENU:
            self.menu = self.menu.parent or self.menu
        self._depth = max(self._depth - 1, 0)

    def close_label(self) -> None:
        """End the label that is open, if one is."""
        label, self.label = self.label, None
        if label is None:
            return
        self.script.add(label)
        if label.is_default and label.selectable:
            label.menu.default = label


def without_marks(title: str) -> str:
    """Remove the carets that mark hot keys."""
    return title.replace("^", "").strip()
