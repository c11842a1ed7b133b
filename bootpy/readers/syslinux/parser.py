"""Parse a SYSLINUX configuration with its includes.

One parser for the family: SYSLINUX, ISOLINUX, EXTLINUX, PXELINUX and U-Boot's readers of
extlinux.conf and pxelinux.cfg share the language, U-Boot adds device trees.

Sources: com32/elflink/ldlinux/readconfig.c and doc/menu.txt of SYSLINUX 6.04;
boot/pxe_utils.c and doc/README.pxe of U-Boot.
"""

from bootpy.diagnostics import Diagnostic, Source
from bootpy.readers.files import MOST_REMARKS, key_and_value, lines, read_text
from bootpy.readers.syslinux.directives import (
    NUMBERS,
    OF_LABEL,
    TEXTS,
    atoi,
    strtoul,
    without_effect,
)
from bootpy.readers.syslinux.label import Label, Script
from bootpy.readers.syslinux.menus import DEEPEST_MENU, Menus, without_marks
from bootpy.readers.syslinux.naming import Naming

DEEPEST = 16
"""Files that include each other; SYSLINUX's and U-Boot's own bound."""

MOST_TEXT = 1 << 20
"""Characters in a configuration with all that it includes."""

MOST_VALUE = 1 << 12
"""Characters behind a directive: more than a kernel's command line may have, and a loader's."""

MOST_LABELS = 2000
"""Labels of a configuration; a file with more is no configuration."""


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
        self._too_deep = False

    def read(self, path: str) -> None:
        """Read the file at `path` and all it includes, at the present place in the menu."""
        text, said = read_text(self.naming.volume, path, MOST_TEXT)
        self.said += said
        if text is None:
            return
        if not self._open and path.endswith("/extlinux.conf"):
            self.script.u_boot = True
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
        if len(value) > MOST_VALUE:
            value = value[:MOST_VALUE]
            message = f"what stands behind {key[:40]} is cut off after {MOST_VALUE} characters"
            self.said.append(Diagnostic("error", place, message, "write less: no kernel takes it"))
        label = self._menus.label
        if key == "menu":
            word, rest = key_and_value(value)
            self._menu(word.lower(), rest, place)
        elif key == "label":
            self._close_label()
            # U-Boot takes the whole line for the name, where SYSLINUX takes a word.
            name = value if self.script.u_boot else key_and_value(value)[0]
            self._open_label(name, place)
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
        elif key in OF_LABEL:
            self._of_label(key, value, place)
        elif not self._setting(key, value, place) and not without_effect(key):
            hint = "see the SYSLINUX documentation for the directives that there are"
            message = f"unknown directive {key[:40]} is ignored"
            if self._unknown < MOST_REMARKS:
                self.said.append(Diagnostic("info", place, message, hint))
            self._unknown += 1

    def _setting(self, key: str, value: str, place: Source) -> bool:
        if key in TEXTS:
            setattr(self.script, TEXTS[key], value)
        elif key in NUMBERS:
            number = atoi(value)
            if number is None:
                hint = "write a number; it is taken as 0"
                message = f"{key} {value[:40]} is not a number"
                self.said.append(Diagnostic("warning", place, message, hint))
            setattr(self.script, NUMBERS[key], number or 0)
        else:
            return False
        self.script.lines[key] = place
        return True

    def _mask(self, key: str, value: str, place: Source) -> int:
        mask = strtoul(value)
        if mask is None:
            message = f"{key} {value[:40]} is not a number and adds nothing"
            self.said.append(Diagnostic("warning", place, message, "write the sum of its bits"))
        return mask or 0

    def _of_label(self, key: str, value: str, place: Source) -> None:
        label, field = self._menus.label, OF_LABEL[key]
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
                self._begin(title, place)
            self._include(name, place)
            if title:
                self._end()
        elif key == "begin":
            self._begin(value, place)
        elif key == "end":
            self._end()
        elif key == "separator":
            self._close_label()
        elif key == "onerror":
            self._setting(key, value, place)
        else:
            self._menus.directive(key, value, place)

    def _begin(self, title: str, place: Source) -> None:
        self._close_label()
        if not self._menus.begin(without_marks(title), title) and not self._too_deep:
            self._too_deep = True
            message = f"submenus in more than {DEEPEST_MENU} others are left out of the titles"
            hint = "look for a MENU END that is missing"
            self.said.append(Diagnostic("error", place, message, hint))

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
        label.u_boot = self.script.u_boot
        if self._sysappend is not None:
            label.sysappend, label.lines["sysappend"] = self._sysappend
        self._menus.label = label

    def _close_label(self) -> None:
        label = self._menus.label
        if label is not None and len(self.script.labels) >= MOST_LABELS:
            self._menus.label = None
            if self._left > 0:
                self._left = 0
                message = f"labels beyond {MOST_LABELS} are not read, nor is any include"
                hint = "write a menu that a person can read"
                self.said.append(Diagnostic("error", label.source, message, hint))
            return
        # The global APPEND is the last before the label ends, which may stand after its LABEL.
        if label is not None and label.append is None and self._append is not None:
            label.append, label.lines["append"] = self._append
            label.global_append = True
        self._menus.close_label()
