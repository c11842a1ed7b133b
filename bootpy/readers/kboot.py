"""kboot.conf, of the PlayStation 3's loaders: one entry a line, LABEL='KERNEL ARGUMENTS'.

`initrd=`, `root=` and `dtb=` among the arguments, or before the entries for all that follow,
name what their names say; root comes first of the arguments that are handed over.

Sources: discover/kboot-parser.c and parser-conf.c of petitboot; kboot's own documentation for
`timeout`, which petitboot passes over.
"""

import re
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import Configuration, Entry, Host, Origin
from bootpy.readers.device_paths import file_of, remarks
from bootpy.readers.files import MOST_REMARKS, lines, read_text
from bootpy.volume import Volume, Volumes

PLACES = tuple(
    f"{folder}/{name}"
    for folder in ("", "/etc", "/boot")
    for name in ("kboot.conf", "kboot.cnf", "KBOOT.CONF", "KBOOT.CNF")
)

LARGEST = 1 << 20
"""Bytes of a file."""

MOST_ENTRIES = 2000
"""What stands after them is not read."""

_GLOBAL = frozenset(("initrd", "root", "dtb"))
_NO_EFFECT = frozenset(("delay", "message", "video"))
_WORD = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^ \t])+")


class _Value(NamedTuple):
    text: str
    place: Source
    how: str


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read the configurations on `home`."""
    found = []
    for path in PLACES:
        # On a file system that ignores case both spellings are one file.
        if path.endswith(("CONF", "CNF")) and home.ignores_case:
            continue
        status = home.status(path)
        if status is not None and status.kind == "file":
            found.append(_configuration(home, volumes, path))
    return found


def _configuration(home: Volume, volumes: Volumes, path: str) -> Configuration:
    source = Source(home.name, path)
    text, said = read_text(home, path, LARGEST)
    for_all: dict[str, _Value] = {}
    default: _Value | None = None
    timeout: float | None = None
    entries: list[Entry] = []
    bare = 0
    for number, line in enumerate(lines(text or ""), 1):
        place = Source(home.name, path, number)
        name, equals, value = (_bare(part) for part in line.partition("="))
        if not name or name.startswith("#") or value.startswith("#"):
            continue
        if not equals or not value:
            bare += 1
            if bare <= MOST_REMARKS:
                message = f"{name[:40]} has no value and is ignored"
                said.append(Diagnostic("warning", place, message, "write NAME='KERNEL ARGUMENTS'"))
        elif name in _GLOBAL:
            for_all[name] = _Value(value, place, f"{name} for all entries")
        elif name == "default":
            default = _Value(value, place, "default")
        elif name == "timeout":
            timeout = _seconds(value, place, said)
        elif name not in _NO_EFFECT and len(entries) == MOST_ENTRIES:
            message = f"what stands after {MOST_ENTRIES} entries is not read"
            said.append(Diagnostic("error", place, message, "write a shorter menu"))
            break
        elif name not in _NO_EFFECT:
            entries.append(
                _entry(
                    home, volumes, name, _Value(value, place, "entry"), for_all=for_all, said=said
                )
            )
    chosen = _chosen(entries, default, said)
    if chosen is None and entries:
        message = "nothing boots by itself: no default names an entry"
        hint = "add a line default=LABEL"
        said.append(Diagnostic("info", source, message, hint))
    return Configuration(
        source=source,
        format="kboot",
        entries=tuple(entry._replace(default=entry is chosen) for entry in entries),
        default=chosen.id if chosen else None,
        timeout=timeout,
        diagnostics=tuple(said),
    )


def _chosen(entries: list[Entry], default: _Value | None, said: list[Diagnostic]) -> Entry | None:
    if default is None:
        return None
    found = next((entry for entry in entries if entry.title == default.text), None)
    if found is None:
        message = f"default {quoted(default.text)} names no entry"
        said.append(Diagnostic("warning", default.place, message, "name one of the labels"))
    return found


def _bare(text: str) -> str:
    """Take blanks and one pair of quotes away around a text."""
    text = text.replace("\t", " ").strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    elif text[:1] in {'"', "'"} and text.count(text[0]) % 2:
        text = text[1:].strip()
    return text


def _seconds(value: str, place: Source, said: list[Diagnostic]) -> float | None:
    found = re.fullmatch(r"[0-9]{1,9}", value)
    if found is None:
        message = f"timeout {value[:40]} is not a number"
        said.append(Diagnostic("warning", place, message, "write a number of seconds"))
        return None
    return float(value)


def _entry(
    home: Volume,
    volumes: Volumes,
    label: str,
    line: _Value,
    *,
    for_all: dict[str, _Value],
    said: list[Diagnostic],
) -> Entry:
    kernel, *words = _WORD.findall(line.text) or [line.text]
    named = dict(for_all)
    arguments = []
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in _GLOBAL:
            named[name] = _Value(_bare(value), line.place, f"{name} among the arguments")
        else:
            arguments.append(word)
    origins = [Origin("title", label, line.place, "label")]
    found = {}
    for role, value in (("kernel", line._replace(text=kernel, how="first word")), *named.items()):
        if role == "root" or not value.text:
            continue
        file = found[role] = file_of(home, volumes, value.text)
        field = {"initrd": "initrds", "dtb": "devicetree"}.get(role, role)
        said += remarks(volumes, file, "devicetree" if role == "dtb" else role, value.place)
        origins.append(Origin(field, str(file), value.place, value.how))
    if "root" in named and named["root"].text:
        root = named["root"]
        arguments.insert(0, f"root={root.text}")
        origins.append(Origin("cmdline", arguments[0], root.place, root.how))
    rest = " ".join(arguments[1:] if "root" in named else arguments)
    if rest:
        origins.append(Origin("cmdline", rest, line.place, "arguments"))
    return Entry(
        id=f"kboot:{home.name}:{label}",
        title=label,
        path=(label,),
        format="kboot",
        kind="linux",
        source=line.place,
        kernel=found["kernel"],
        initrds=(found["initrd"],) if "initrd" in found else (),
        devicetree=found.get("dtb"),
        cmdline=" ".join(arguments).strip(),
        origins=tuple(origins),
    )
