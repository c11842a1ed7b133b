"""Parse a SYSLINUX configuration with its includes.

One parser for the family: SYSLINUX, ISOLINUX, EXTLINUX and U-Boot's reader of
extlinux.conf share the language, U-Boot adds device trees.

Sources: com32/elflink/ldlinux/readconfig.c and doc/menu.txt of SYSLINUX 6.04;
boot/pxe_utils.c and doc/README.pxe of U-Boot.
"""

import re

from bootpy.diagnostics import Diagnostic, Source
from bootpy.readers.files import MOST_REMARKS, key_and_value, lines, normal_path, read_text
from bootpy.readers.syslinux.label import Label, Menu, Script
from bootpy.volume import Volume

DEEPEST = 16
"""Files that include each other; U-Boot's own bound."""

MOST_TEXT = 1 << 20
"""Characters in a configuration with all that it includes."""

_KERNEL_KINDS = frozenset(
    ("kernel", "linux", "boot", "bss", "pxe", "fdimage", "comboot", "com32", "config", "localboot")
)

# Directives that change how a prompt or menu looks or what it lets one do, not what boots.
_NO_EFFECT = frozenset(
    (
        "say",
        "display",
        "font",
        "kbdmap",
        "serial",
        "console",
        "implicit",
        "allowoptions",
        "noescape",
        "nocomplete",
        "nohalt",
        "path",
        "pxeretry",
        "sendcookies",
        "ipappend",
        "sysappend",
        "kaslrseed",
        "onerror",
    )
)

MENU_MODULES = ("menu.c32", "vesamenu.c32", "vgamenu.c32")
"""Programs that show the labels as a menu."""


class Parser:
    """Reads one main configuration into `script`, with diagnostics in `said`."""

    def __init__(self, volume: Volume, folder: str) -> None:
        self.volume = volume
        self.folder = folder
        self.script = Script()
        self.said: list[Diagnostic] = []
        self._menu = self.script.top
        self._label: Label | None = None
        self._append: str | None = None
        self._left = MOST_TEXT
        self._open: list[str] = []
        self._unknown = 0

    def read(self, path: str) -> None:
        """Read the file at `path` and all it includes, at the present place in the menu."""
        text, said = read_text(self.volume, path, MOST_TEXT)
        self.said += said
        if text is None:
            return
        self._left -= len(text)
        self._open.append(path)
        source = Source(self.volume.name, path)
        rest = enumerate(lines(text), 1)
        for number, line in rest:
            key, value = key_and_value(line)
            if key.lower() == "text":
                for _, skipped in rest:
                    if key_and_value(skipped)[0].lower() == "endtext":
                        break
            elif key and not key.startswith("#"):
                self._directive(key.lower(), value, source._replace(line=number))
        self._open.pop()

    def finish(self) -> Script:
        """Close the last label and submenu and return what was read."""
        self._close_label()
        return self.script

    def _directive(self, key: str, value: str, place: Source) -> None:
        if key == "menu":
            word, rest = key_and_value(value)
            self._menu_directive(word.lower(), rest, place)
        elif key == "label":
            self._close_label()
            name = key_and_value(value)[0]
            self._label = Label(name, self._menu, place, self.folder)
        elif key == "include":
            self._include(key_and_value(value)[0], place)
        elif key == "append" and self._label is None:
            self._append = value
        elif self._setting(key, value, place) or self._of_label(key, value, place):
            pass
        elif key not in _NO_EFFECT and not re.fullmatch(r"f[0-9]{1,2}", key):
            hint = "see the SYSLINUX documentation for the directives that there are"
            message = f"unknown directive {key[:40]} is ignored"
            if self._unknown < MOST_REMARKS:
                self.said.append(Diagnostic("info", place, message, hint))
            self._unknown += 1

    def _setting(self, key: str, value: str, place: Source) -> bool:
        script = self.script
        if key == "default":
            script.default, script.default_source = value, place
        elif key == "ui":
            script.ui = value
        elif key == "ontimeout":
            script.on_timeout = value
        elif key in {"timeout", "totaltimeout", "prompt"}:
            # As C's atoi: digits at the start count, anything else is 0.
            found = re.match(r"[0-9]{1,9}", value)
            if found is None:
                hint = "write a number; it is taken as 0"
                message = f"{key} {value[:40]} is not a number"
                self.said.append(Diagnostic("warning", place, message, hint))
            number = int(found[0]) if found else 0
            setattr(script, "total_timeout" if key == "totaltimeout" else key, number)
        else:
            return False
        return True

    def _of_label(self, key: str, value: str, place: Source) -> bool:
        label = self._label
        known = _KERNEL_KINDS | {"append", "initrd", "fdt", "devicetree", "fdtdir"}
        if key not in known | {"devicetreedir", "fdtoverlays", "devicetree-overlay"}:
            return False
        if label is None:
            hint = "move it below the LABEL that it is meant for"
            message = f"{key} before the first label is ignored"
            self.said.append(Diagnostic("info", place, message, hint))
            return True
        if key in _KERNEL_KINDS:
            label.kind, label.kernel, key = key, value, "kernel"
        elif key == "append":
            label.append = value
        elif key == "initrd":
            label.initrd = value
        elif key in {"fdt", "devicetree"}:
            label.devicetree, key = value, "devicetree"
        elif key in {"fdtdir", "devicetreedir"}:
            label.devicetree_folder, key = value, "devicetree_folder"
        else:
            label.overlays, key = tuple(value.split()), "overlays"
        label.lines[key] = place
        return True

    def _menu_directive(self, key: str, value: str, place: Source) -> None:
        label, menu = self._label, self._menu
        if key == "begin":
            self._begin(value)
        elif key == "end":
            self._end()
        elif key == "separator":
            self._close_label()
        elif key == "include":
            name, title = key_and_value(value)
            if title:
                self._begin(title)
            self._include(name, place)
            if title:
                self._end()
        elif key == "start":
            self.script.start = menu
        elif key == "title":
            if menu.parent and not menu.titled:
                menu.title = without_marks(value)
        elif label is None:
            if key == "label" and menu.parent:
                menu.title, menu.titled = without_marks(value), True
        elif key == "label":
            label.title = without_marks(value)
        elif key == "default":
            label.is_default = True
        elif key == "hide":
            label.hidden = True
        elif key in {"disable", "disabled", "goto", "exit", "quit"}:
            label.selectable = False

    def _begin(self, title: str) -> None:
        self._close_label()
        self._menu = Menu(self._menu, without_marks(title), title)

    def _end(self) -> None:
        self._close_label()
        self._menu = self._menu.parent or self._menu

    def _include(self, name: str, place: Source) -> None:
        path = normal_path(name, self.folder)
        if self._left <= 0:
            return
        if len(self._open) >= DEEPEST:
            self._left = 0
            message = f"{path} is not read, nor is any include after it: they are too deep"
            hint = "look for files that include each other"
            self.said.append(Diagnostic("error", place, message, hint))
        elif not name or self.volume.status(path) is None:
            hint = "correct the path: it is taken from the configuration's folder"
            message = f"included file {path} is not on volume {self.volume.name}"
            self.said.append(Diagnostic("warning", place, message, hint))
        else:
            # An empty file must cost something too, or a loop of includes never ends.
            self._left -= 1 << 10
            self.read(path)
            if self._left <= 0:
                hint = "look for files that include each other"
                message = f"includes beyond {MOST_TEXT} characters in all are not read"
                self.said.append(Diagnostic("error", place, message, hint))

    def _close_label(self) -> None:
        label, self._label = self._label, None
        if label is None:
            return
        if label.append is None:
            label.append = self._append
        self.script.labels.append(label)
        if label.is_default and label.selectable:
            label.menu.default = label


def without_marks(title: str) -> str:
    """Remove the carets that mark hot keys."""
    return title.replace("^", "").strip()
