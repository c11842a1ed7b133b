"""Which label boots by itself, and after how long.

Sources: txt/syslinux.cfg.txt, com32/elflink/ldlinux/{readconfig,ldlinux}.c and
com32/menu/menumain.c of SYSLINUX 6.04; boot/pxe_utils.c of U-Boot.
"""

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Entry
from bootpy.readers.syslinux.commands import CommandLine, typed
from bootpy.readers.syslinux.label import Label, Menu, Script
from bootpy.readers.syslinux.naming import Naming
from bootpy.readers.syslinux.programs import MENUS, base_name

_MENU_LIKE = (*MENUS, "menu", "vesamenu", "vgamenu")

_MOST_MENUS = 64


def is_menu(command: str) -> bool:
    """Whether a command line starts one of the menu programs."""
    words = command.split(None, 1)
    return bool(words) and base_name(words[0]) in _MENU_LIKE


def menu(script: Script) -> str:
    """Return the command that shows the labels as a menu, "" where only a prompt is shown.

    Any other program that UI names (gfxboot) is taken for a menu of the labels too.
    """
    return script.ui or (script.default if is_menu(script.default) else "")


def ui_files(script: Script) -> list[str]:
    """Return the configurations that the menu is told to show in place of the main one."""
    command = menu(script)
    if not is_menu(command):
        return []
    return [name for name in command.split()[1:] if not name.startswith("~")]


def boots_at_once(script: Script) -> bool:
    """Whether the loader runs DEFAULT without showing anything that one could choose from."""
    return not menu(script) and not script.prompt and not script.on_timeout


def first_command(
    naming: Naming, folder: str, script: Script, place: Source, said: list[Diagnostic]
) -> Label | None:
    """Return the label that ONTIMEOUT or DEFAULT has run; a command line becomes a label.

    None where neither names one.
    """
    for key, line in (("ontimeout", script.on_timeout), ("default", script.default)):
        if not line.split() or is_menu(line):
            continue
        source = script.lines.get(key, place)
        name = line.split()[0]
        # A menu marks the label, and takes neither a file nor arguments.
        by_name = key == "default" and script.ui
        if by_name and not script.label(line):
            found = script.label(name)
        else:
            command = CommandLine(line, source, key.upper())
            found = typed(naming, folder, script, command)
        if found is not None and found.selectable:
            return found
        what = "is a heading of the menu" if found else "is neither a label nor a file"
        message = f"default {name} {what}"
        said.append(Diagnostic("warning", source, message, "name one of the labels"))
    return None


def on_error(script: Script) -> Label | None:
    """Return the label that ONERROR has run where another cannot be loaded."""
    words = script.on_error.split(None, 1)
    label = script.label(words[0]) if words else None
    return label if label is not None and label.selectable else None


def started(
    script: Script, first: Label | None, by_label: dict[Label, Entry | None]
) -> Entry | None:
    """Return the entry that boots when nobody touches anything."""
    if first is not None and (entry := by_label.get(first)):
        return entry
    start = script.start
    chosen = start.default
    for _ in range(_MOST_MENUS):
        if not isinstance(chosen, Menu):
            break
        start = chosen
        chosen = start.default
    if isinstance(chosen, Label) and (entry := by_label.get(chosen)):
        return entry
    # A menu starts on its first line, and U-Boot, which has no prompt, tries the first label.
    if menu(script) or script.u_boot:
        of_start = (label for label in by_label if label.menu is start)
        return next((by_label[label] for label in of_start), None)
    return None


def timeout(script: Script) -> float | None:
    """Return seconds, -1 to wait for ever, None where nothing is said.

    SYSLINUX counts in tenths of a second, and 0 switches the countdown off. It counts at
    its prompt or menu alone: with PROMPT 0 and no menu it boots at once.
    """
    limits = [limit / 10 for limit in (script.timeout, script.total_timeout) if limit]
    if limits:
        return limits[0]
    shown = bool(menu(script)) or bool(script.prompt)
    if script.timeout == 0:
        return 0.0 if script.prompt == 0 and not shown else -1.0
    return -1.0 if shown else None
