"""Parse a SYSLINUX configuration with its includes.

One parser for the family: SYSLINUX, ISOLINUX, EXTLINUX, PXELINUX and U-Boot's readers of
extlinux.conf and pxelinux.cfg share the language, U-Boot adds device trees.

Sources: com32/elflink/ldlinux/readconfig.c and doc/menu.txt of SYSLINUX 6.04;
boot/pxe_utils.c and doc/README.pxe of U-Boot.
"""

import re

from bootpy.diagnostics import Diagnostic, Source
from bootpy.readers.files import MOST_REMARKS, key_and_value, lines, read_text
from bootpy.readers.syslinux.label import Label, Script
from bootpy.readers.syslinux.menus import Menus, without_marks
from bootpy.readers.syslinux.naming import Naming

DEEPEST = 16
"""Files that include each other; SYSLINUX's and U-Boot's own bound."""

MOST_TEXT = 1 << 20
"""Characters in a configuration with all that it includes."""

_KERNEL_KINDS = frozenset(
    ("kernel", "linux", "boot", "bss", "pxe", "fdimage", "comboot", "com32", "config", "localboot")
)

# By the label's field that they fill; "" for those that are handled one by one.
_OF_LABEL = {
    **dict.fromkeys(_KERNEL_KINDS, "kernel"),
    "append": "append",
    "initrd": "initrd",
    "fdt": "devicetree",
    "devicetree": "devicetree",
    "fdtdir": "devicetree_folder",
    "devicetreedir": "devicetree_folder",
    "fdtoverlays": "overlays",
    "devicetree-overlay": "overlays",
}

_TEXTS = {"default": "default", "ui": "ui", "ontimeout": "on_timeout", "onerror": "on_error"}

_NUMBERS = {
    "timeout": "timeout",
    "totaltimeout": "total_timeout",
    "prompt": "prompt",
    "implicit": "implicit",
}

# Directives that change how a prompt or menu looks or what it lets one do, not what boots.
_NO_EFFECT = frozenset(
    (
        "say",
        "display",
        "font",
        "kbdmap",
        "serial",
        "console",
        "allowoptions",
        "noescape",
        "nocomplete",
        "nohalt",
        "path",
        "pxeretry",
        "sendcookies",
        "kaslrseed",
    )
)


class Parser:
    """Reads one main configuration into `script`, with diagnostics in `said`.

    `folder` is the current one, which names in the configuration are taken from.
    """

    def __init__(self, naming: Naming, folder: str) -> None:
        self.naming = naming
        self.folder = folder
        self.script = Script()
        self.said: list[Diagnostic] = []
        self._menus = Menus(self.script)
        self._append: tuple[str, Source] | None = None
        self._sysappend: tuple[int, Source] | None = None
        self._left = MOST_TEXT
        self._open: list[str] = []
        self._unknown = 0

    def read(self, path: str) -> None:
        """Read the file at `path` and all it includes, at the present place in the menu."""
        text, said = read_text(self.naming.volume, path, MOST_TEXT)
        self.said += said
        if text is None:
            return
        self._left -= len(text)
        self._open.append(path)
        source = Source(self.naming.volume.name, path)
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
        label = self._menus.label
        if key == "menu":
            word, rest = key_and_value(value)
            self._menu(word.lower(), rest, place)
        elif key == "label":
            self._close_label()
            self._open_label(key_and_value(value)[0], place)
        elif key == "include":
            self._include(key_and_value(value)[0], place)
        elif key in {"sysappend", "ipappend"}:
            mask = self._mask(key, value, place)
            if label is None:
                self._sysappend = mask, place
            else:
                label.sysappend, label.lines["sysappend"] = mask, place
        elif key == "append" and label is None:
            self._append = value, place
        elif key in _OF_LABEL:
            self._of_label(key, value, place)
        elif not self._setting(key, value, place) and not self._known(key):
            hint = "see the SYSLINUX documentation for the directives that there are"
            message = f"unknown directive {key[:40]} is ignored"
            if self._unknown < MOST_REMARKS:
                self.said.append(Diagnostic("info", place, message, hint))
            self._unknown += 1

    def _known(self, key: str) -> bool:
        return key in _NO_EFFECT or re.fullmatch(r"f[0-9]{1,2}", key) is not None

    def _setting(self, key: str, value: str, place: Source) -> bool:
        if key in _TEXTS:
            setattr(self.script, _TEXTS[key], value)
        elif key in _NUMBERS:
            # As C's atoi: digits at the start count, anything else is 0.
            found = re.match(r"[0-9]{1,9}", value)
            if found is None:
                hint = "write a number; it is taken as 0"
                message = f"{key} {value[:40]} is not a number"
                self.said.append(Diagnostic("warning", place, message, hint))
            number = int(found[0]) if found else 0
            setattr(self.script, _NUMBERS[key], bool(number) if key == "implicit" else number)
        else:
            return False
        self.script.lines[key] = place
        return True

    def _mask(self, key: str, value: str, place: Source) -> int:
        # As C's strtoul: 0x starts a hexadecimal number, 0 an octal one.
        found = re.match(r"0[xX]([0-9a-fA-F]{1,8})|0([0-7]{0,10})|([1-9][0-9]{0,9})", value)
        if found is None:
            message = f"{key} {value[:40]} is not a number and adds nothing"
            self.said.append(Diagnostic("warning", place, message, "write the sum of its bits"))
            return 0
        if found[1]:
            return int(found[1], 16)
        return int(found[2] or "0", 8) if found[3] is None else int(found[3])

    def _of_label(self, key: str, value: str, place: Source) -> None:
        label, field = self._menus.label, _OF_LABEL[key]
        if label is None:
            hint = "move it below the LABEL that it is meant for"
            message = f"{key} before the first label is ignored"
            self.said.append(Diagnostic("info", place, message, hint))
            return
        if field == "kernel":
            label.kind = key
        if field == "overlays":
            label.overlays = tuple(value.split())
        else:
            setattr(label, field, value)
        label.lines[field] = place

    def _menu(self, key: str, value: str, place: Source) -> None:
        if key == "include":
            name, title = key_and_value(value)
            if title:
                self._begin(title)
            self._include(name, place)
            if title:
                self._end()
        elif key == "begin":
            self._begin(value)
        elif key == "end":
            self._end()
        elif key == "separator":
            self._close_label()
        elif key == "onerror":
            self._setting(key, value, place)
        else:
            self._menus.directive(key, value, place)

    def _begin(self, title: str) -> None:
        self._close_label()
        self._menus.begin(without_marks(title), title)

    def _end(self) -> None:
        self._close_label()
        self._menus.end()

    def _include(self, name: str, place: Source) -> None:
        if self._left <= 0:
            return
        if url := self.naming.url(name):
            message = f"included file {url} is on a server and is not read"
            hint = "copy it to the volume, and include it by its path"
            self.said.append(Diagnostic("warning", place, message, hint))
            return
        path = self.naming.path(name, self.folder)
        if len(self._open) >= DEEPEST:
            self._left = 0
            message = f"{path} is not read, nor is any include after it: they are too deep"
            hint = "look for files that include each other"
            self.said.append(Diagnostic("error", place, message, hint))
        elif not name or self.naming.volume.status(path) is None:
            hint = "correct the path: it is taken from the configuration's folder"
            message = f"included file {path} is not on volume {self.naming.volume.name}"
            self.said.append(Diagnostic("warning", place, message, hint))
        else:
            # An empty file must cost something too, or a loop of includes never ends.
            self._left -= 1 << 10
            self.read(path)
            if self._left <= 0:
                hint = "look for files that include each other"
                message = f"includes beyond {MOST_TEXT} characters in all are not read"
                self.said.append(Diagnostic("error", place, message, hint))

    def _open_label(self, name: str, place: Source) -> None:
        label = Label(name, self._menus.menu, place, self.folder)
        if self._sysappend is not None:
            label.sysappend, label.lines["sysappend"] = self._sysappend
        self._menus.label = label

    def _close_label(self) -> None:
        label = self._menus.label
        # The global APPEND is the last before the label ends, which may stand after its LABEL.
        if label is not None and label.append is None and self._append is not None:
            label.append, label.lines["append"] = self._append
            label.global_append = True
        self._menus.close_label()
