"""Command lines: what DEFAULT, ONTIMEOUT and a few programs have run, as labels of their own.

Sources: com32/elflink/ldlinux/{execute,readconfig}.c, com32/modules/{ifcpu,ifcpu64}.c and
com32/modules/whichsys.c of SYSLINUX 6.04.
"""

import re
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source
from bootpy.readers.syslinux.label import Label, Script
from bootpy.readers.syslinux.naming import Naming
from bootpy.readers.syslinux.programs import base_name, command_of

_CHOOSERS = ("ifcpu64.c32", "ifcpu.c32", "whichsys.c32")

_DEEPEST = 8


class CommandLine(NamedTuple):
    """A command line and where it stands: `directive` is what it stands behind."""

    text: str
    source: Source
    directive: str


def typed(naming: Naming, folder: str, script: Script, line: CommandLine) -> Label | None:
    """Make a label of a command such as one types at the prompt: LABEL or FILE, arguments.

    A label without arguments is returned as it is. None where there is neither.
    """
    words = line.text.split(None, 1)
    if not words:
        return None
    if whole := script.label(line.text.strip()):
        return whole
    arguments = words[1].strip() if len(words) == 2 else ""
    base = script.label(words[0])
    if base is not None and not arguments:
        return base
    if base is not None:
        label = base.copy()
    elif script.implicit and (base_name(words[0]) in _CHOOSERS or naming.stands(words[0], folder)):
        label = Label(words[0], script.top, line.source, folder)
        label.u_boot = script.u_boot
    else:
        return None
    label.extra = f"{label.extra} {arguments}".strip()
    label.lines["extra"] = line.source
    label.command = line.directive
    label.title = f"{label.title} {arguments}".strip()
    label.name = " ".join(line.text.split())
    return label


def chosen(
    naming: Naming, script: Script, label: Label, machine: str, said: list[Diagnostic]
) -> Label:
    """Return what a label runs in the end, where it runs a program that chooses.

    It keeps the title and place of the label that was asked. Where the program's choice is
    nothing that there is, that is said, and the label is what it is.
    """
    found = label
    for _ in range(_DEEPEST):
        if found.kind not in {"kernel", "com32"}:
            break
        command, arguments = command_of(naming, found)
        program = base_name(command)
        if program not in _CHOOSERS:
            break
        line = _choice(naming, program, arguments, machine)
        command_line = CommandLine(line, label.place("append"), program)
        target = typed(naming, label.folder, script, command_line)
        if target is None:
            message = f"{program} chooses {line or 'nothing'}, which is neither a label nor a file"
            hint = "name labels of the same configuration, with -- between them"
            said.append(Diagnostic("error", label.place("append"), message, hint))
            return label
        found = target
    if found is label:
        return label
    found = found.copy()
    found.name, found.title, found.menu = label.name, label.title, label.menu
    found.source, found.hidden, found.selectable = label.source, label.hidden, label.selectable
    found.lines.pop("title", None)
    if "title" in label.lines:
        found.lines["title"] = label.lines["title"]
    return found


def _choice(naming: Naming, program: str, arguments: str, machine: str) -> str:
    if program == "whichsys.c32":
        found = _by_medium(arguments)
        return next((found[one] for one in _media(naming) if one in found), "")
    parts = [part.strip() for part in re.split(r"(?:^|\s)--(?=\s|$)", arguments)]
    if program == "ifcpu.c32":
        # Features first. Every machine of 64 bits has these two; of the others nothing is known.
        features = set(parts[0].split()) - {"debug", "dry-run"}
        parts = parts[1:] if features <= {"64", "pae"} or len(parts) < 3 else parts[2:]
        return parts[0] if parts and machine == "x86_64" else (parts[-1] if parts else "")
    return parts[0] if machine == "x86_64" else parts[-1]


def for_other_media(naming: Naming, label: Label) -> set[str]:
    """Return the names of labels that whichsys.c32 would run started from another medium."""
    if "whichsys" not in label.kernel:
        return set()
    found = _by_medium(command_of(naming, label)[1])
    here = {found[one].split(None, 1)[0] for one in _media(naming) if found.get(one)}
    return {line.split(None, 1)[0] for line in found.values() if line} - here


def _by_medium(arguments: str) -> dict[str, str]:
    found = re.findall(r"-(pxe|sys|iso)-\s+(.*?)(?=\s+-(?:pxe|sys|iso)-|$)", arguments)
    return {medium: line.strip() for medium, line in found}


def _media(naming: Naming) -> tuple[str, ...]:
    """A disk and an ISO image are both read as a disk is: which of them it was is not known."""
    return ("pxe",) if naming.format == "pxelinux" else ("sys", "iso")
