"""blscfg: Fedora's and Red Hat's command that makes menu entries of BLS files.

The files lie in $blsdir, or /loader/entries on $root; each becomes an entry whose body is
a script with the file's own text in it, so that `$kernelopts` and kin mean what they mean
in grub.cfg and grubenv. Source: grub-core/commands/blscfg.c of Red Hat's GRUB.
"""

import posixpath

from bootpy.diagnostics import Source
from bootpy.entry import Entry
from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.expansion import expand_words
from bootpy.readers.grub.menu import MenuItem
from bootpy.readers.grub.salvage import parse as parse_script
from bootpy.readers.grub.syntax import Block
from bootpy.readers.grub.words import split_word
from bootpy.volume import Volume

_FOLDERS = ("/loader/entries", "/boot/loader/entries")


def blscfg(shell: Evaluator, arguments: list[str]) -> int:
    """Add the entries; an argument names another folder or one file."""
    from bootpy.readers.bls import entry_files
    from bootpy.readers.bls_entry import read_entry
    from bootpy.readers.bls_order import in_order

    asked = arguments[0] if arguments and arguments[0] not in {"default", "non-default"} else None
    volume, folder = _folder(shell, asked or shell.value("blsdir"))
    if volume is None:
        shell.tell(
            "warning",
            f"blscfg finds no folder {folder}, so that it adds no entries",
            "set blsdir to the folder with the .conf files, or root to its volume",
        )
        return status.FILE_NOT_FOUND
    files = [""] if folder.endswith(".conf") else entry_files(volume, folder)
    found = []
    for file in files:
        # By itself a long menu may well be read; not again and again.
        shell.charge(12_000 if shell.repeating else 4_000)
        where, name = (folder, file) if file else posixpath.split(folder)
        candidate, said = read_entry(volume, where, name, shell.session.host)
        for remark in said:
            # Variables are no riddle here: they are filled in when the entry runs.
            if "variable of GRUB" not in remark.message:
                shell.session.diagnostics.setdefault(remark)
        if candidate is not None:
            found.append(candidate._replace(sort_key="", machine_id=""))
    for candidate in sorted(found, key=in_order):
        shell.menu.items.append(_item(shell, volume, candidate.entry, candidate.name))
    return status.OK


def _folder(shell: Evaluator, asked: str | None) -> tuple[Volume | None, str]:
    """The volume and folder of the entries; the volume is None where there is none."""
    for name in (asked,) if asked else _FOLDERS:
        place = shell.place(name)
        path = "/" + place.path.strip("/")
        if place.volume is not None and place.volume.status(path) is not None:
            return place.volume, path
    return None, asked or _FOLDERS[0]


def _item(shell: Evaluator, volume: Volume, entry: Entry, name: str) -> MenuItem:
    from bootpy.readers.bls_fields import every, last, parse

    try:
        text = volume.read(entry.source.path).decode("utf-8", "replace")
    except (OSError, ValueError):
        text = ""
    fields, _ = parse(text, entry.source)
    kernel, users = last(fields, "linux"), last(fields, "grub_users")
    block = None
    if entry.kind == "linux" and kernel is not None:
        options = " ".join(field.value for field in every(fields, "options"))
        if not options:
            options = shell.value("default_kernelopts") or ""
        initrds = " ".join(
            _on_root(word) for field in every(fields, "initrd") for word in field.value.split()
        )
        tree = last(fields, "devicetree")
        lines = [
            f"linux {_on_root(kernel.value)} {options}",
            f"initrd {initrds}" if initrds else "true",
            f"devicetree {_on_root(tree.value)}" if tree else "true",
        ]
        script = parse_script("\n".join(lines))
        block = Block(1, script.statements, "", 0, 0, broken=bool(script.problems))
        for problem in script.problems:
            place = Source(entry.source.volume, entry.source.path)
            shell.source, before = place, shell.source
            shell.tell("error", problem.message, problem.hint)
            shell.source = before
    return MenuItem(
        title=entry.title,
        id=name,
        arguments=(entry.title, *(field.value for field in every(fields, "grub_arg"))),
        block=block,
        source=entry.source,
        restricted=bool(users and expand_words((split_word(users.value),), shell)),
        entry=entry,
    )


def _on_root(path: str) -> str:
    """As Red Hat's GRUB writes it; variables and paths with a device stay as they are."""
    return f"($root){path}" if path.startswith("/") else path


ACTIONS: dict[str, Action] = {"blscfg": blscfg, "bls_import": blscfg}
