"""search, in all its forms: by file, label, UUID, partition UUID and label."""

from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.options import Option, take_apart
from bootpy.volume import Volume

_KINDS = ("label", "fs-uuid", "partuuid", "partlabel", "file")
"""In the order in which GRUB looks at them where several are given."""

_OPTIONS = (
    Option("file", "f"),
    Option("label", "l"),
    Option("fs-uuid", "u"),
    Option("partuuid"),
    Option("partlabel"),
    Option("set", "s", "optional"),
    Option("no-floppy", "n"),
    Option("efidisk-only"),
    Option("root-dev-only", "r"),
    Option("cryptodisk-only"),
    Option("hint", "h", "value"),
    Option("hint-ieee1275", takes="value"),
    Option("hint-bios", takes="value"),
    Option("hint-baremetal", takes="value"),
    Option("hint-efi", takes="value"),
    Option("hint-arc", takes="value"),
)


def search(shell: Evaluator, arguments: list[str]) -> int:
    """Search a volume and set a variable to it, or print its name."""
    found = take_apart(arguments, _OPTIONS, dash=True)
    if found.fault:
        return status.BAD_ARGUMENT
    names = [name for name in found.arguments if not name.startswith("--hint-")]
    variable = (found.last("set") or "root") if "set" in found.given else None
    if names:
        wanted = names[0]
    elif found.last("set"):
        wanted, variable = found.last("set") or "", "root"
    else:
        return status.BAD_ARGUMENT
    kind = next((kind for kind in _KINDS if kind in found.given), None)
    if kind is None:
        return status.INVALID_COMMAND
    platform = "hint-efi" if shell.value("grub_platform") == "efi" else "hint-bios"
    hints = found.all("hint") + found.all(platform) + found.all("hint-baremetal")
    return _search(shell, kind, wanted, variable, hints)


def _search_by(kind: str) -> Action:
    def action(shell: Evaluator, arguments: list[str]) -> int:
        if not arguments:
            return status.BAD_ARGUMENT
        variable = arguments[1] if len(arguments) > 1 else None
        return _search(shell, kind, arguments[0], variable, arguments[2:])

    return action


def _search(
    shell: Evaluator, kind: str, wanted: str, variable: str | None, hints: list[str]
) -> int:
    fitting = (one for one in _candidates(shell, hints) if _fits(shell, one, kind, wanted))
    if variable is None:
        names = [shell.called(volume) for volume in fitting]
        shell.print("".join(f" {name}" for name in names))
        return status.OK if names else status.FILE_NOT_FOUND
    for volume in fitting:
        shell.set(variable, shell.called(volume), f"search --{kind} {wanted}")
        return status.OK
    asked = {
        "label": f"LABEL={wanted}",
        "fs-uuid": f"UUID={wanted}",
        "partuuid": f"PARTUUID={wanted}",
        "partlabel": f"PARTLABEL={wanted}",
    }.get(kind, wanted)
    shell.missing[variable] = (shell.value(variable) or "", asked)
    shell.set_at[variable] = (shell.source, shell.line, f"search --{kind} {wanted}")
    return status.FILE_NOT_FOUND


def _candidates(shell: Evaluator, hints: list[str]) -> list[Volume]:
    devices = shell.session.devices
    hinted = [shell.find(hint.rstrip(",")) for hint in hints]
    first = [volume for volume in hinted if volume is not None]
    # GRUB looks at loopback devices before the disks: their driver is loaded last.
    others = [*shell.images.values(), *devices.volumes]
    return first + [volume for volume in others if volume not in first]


def _fits(shell: Evaluator, volume: Volume, kind: str, wanted: str) -> bool:
    match kind:
        case "label":
            return volume.label == wanted
        case "fs-uuid":
            return volume.uuid.lower() == wanted.lower()
        case "partuuid":
            return volume.partuuid.lower() == wanted.lower()
        case "partlabel":
            return volume.partlabel == wanted
    found = shell.session.devices.status(volume, wanted)
    return found is not None and found.kind == "file"


ACTIONS: dict[str, Action] = {
    "search": search,
    "search.file": _search_by("file"),
    "search.fs_label": _search_by("label"),
    "search.fs_uuid": _search_by("fs-uuid"),
    "search.part_uuid": _search_by("partuuid"),
    "search.part_label": _search_by("partlabel"),
}
