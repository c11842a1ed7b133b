"""Menus of other loaders that GRUB reads itself: GRUB Legacy's menu.lst and SYSLINUX's files.

legacy_configfile, syslinux_configfile and the extract_* forms show a menu of their own;
the *_source forms put its entries into the current menu. Those formats' own readers read the file.
"""

from bootpy.diagnostics import Source
from bootpy.entry import Configuration, Entry
from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.menu import Menu, MenuItem
from bootpy.readers.grub.options import Option, take_apart
from bootpy.readers.grub.variables import Variables

_OPTIONS = (
    Option("root", "r", "value"),
    Option("cfg-root", "c", "value"),
    Option("isolinux", "i"),
    Option("pxelinux", "p"),
    Option("syslinux", "s"),
)

_READERS = {
    "legacy": ("GRUB Legacy", "bootpy.readers.grub_legacy"),
    "syslinux": ("SYSLINUX", "bootpy.readers.syslinux.reader"),
}


def read_with(
    shell: Evaluator, module: str, what: str, volume_name: str, path: str
) -> Configuration | None:
    """The configuration at a place, read by its format's reader; None, told of, without."""
    from importlib import import_module

    volume = shell.session.devices.find(volume_name)
    if volume is None:
        return None
    try:
        reader = import_module(module)
    except ModuleNotFoundError:
        shell.tell("error", f"{path} is passed over: there is no reader for {what} here", "")
        return None
    found: list[Configuration] = reader.read(
        volume, shell.session.devices.volumes, shell.session.host
    )
    for one in found:
        if _same(one.source.path, path, ignores_case=volume.ignores_case):
            for said in one.diagnostics:
                shell.session.diagnostics.setdefault(said)
            return one
    shell.tell(
        "error",
        f"{path} is not where the reader for {what} looks, so that nothing of it is shown",
        f"move it to a usual place of {what}",
    )
    return None


def _same(one: str, other: str, *, ignores_case: bool) -> bool:
    return one == other or (ignores_case and one.lower() == other.lower())


def show(shell: Evaluator, found: Configuration) -> None:
    """Show another loader's menu, as configfile would show GRUB's."""
    variables = Variables()
    menu = Menu(found.source, variables)
    for index, entry in enumerate(found.entries):
        menu.items.append(item(entry))
        if entry.id == found.default:
            variables.set("default", str(index))
    if found.timeout is not None and found.timeout >= 0:
        variables.set("timeout", str(int(found.timeout)))
    shell.shown.append(menu)


def item(entry: Entry) -> MenuItem:
    """A menu item that stands for another reader's entry."""
    return MenuItem(entry.title, entry.id, (entry.title,), None, entry.source, entry=entry)


def _action(name: str, *, shows: bool) -> Action:
    what, module = _READERS[name]

    def action(shell: Evaluator, arguments: list[str]) -> int:
        given = take_apart(arguments, _OPTIONS if name == "syslinux" else ())
        if given.fault or len(given.arguments) != 1:
            return status.BAD_ARGUMENT
        place = shell.place(given.arguments[0])
        if place.volume is None or place.volume.status(place.path) is None:
            shell.tell(
                "warning",
                f"{given.arguments[0]!r} cannot be read, so that nothing of it is shown",
                "check the path",
            )
            return status.FILE_NOT_FOUND
        source = Source(place.volume.name, place.path)
        found = read_with(shell, module, what, source.volume, source.path)
        if found is None:
            return status.BAD_FILE_TYPE
        if shows:
            show(shell, found)
        else:
            shell.menu.items += map(item, found.entries)
        return status.OK

    return action


ACTIONS: dict[str, Action] = {
    "legacy_configfile": _action("legacy", shows=True),
    "legacy_source": _action("legacy", shows=False),
    "extract_legacy_entries_configfile": _action("legacy", shows=True),
    "extract_legacy_entries_source": _action("legacy", shows=False),
    "syslinux_configfile": _action("syslinux", shows=True),
    "syslinux_source": _action("syslinux", shows=False),
    "extract_syslinux_entries_configfile": _action("syslinux", shows=True),
    "extract_syslinux_entries_source": _action("syslinux", shows=False),
}
