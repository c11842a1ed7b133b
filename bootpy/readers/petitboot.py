"""petitboot.conf: petitboot's own format, one keyword and its value a line.

`name` starts an option, `image`, `initrd`, `dtb`, `args` and `description` fill it; before the
first stand `default` and `dev_description`. The older form of the same, with `[section]` lines
and `key=value`, is read too.

Sources: discover/native/native-parser.y, native-lexer.l and native.c of petitboot, and
discover/native-parser.c of its first versions.
"""

import re
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import Configuration, Entry, File, Host, Origin
from bootpy.readers.device_paths import file_of, remarks
from bootpy.readers.files import MOST_REMARKS, lines, read_text
from bootpy.volume import Volume, Volumes

PLACES = ("/petitboot.conf", "/etc/petitboot.conf", "/boot/petitboot.conf")

LARGEST = 1 << 20
"""Bytes of a file."""

MOST_OPTIONS = 2000
"""What stands after them is not read."""

_LINE = re.compile(r"([A-Za-z_]+)(?:[ \t]*[=:][ \t]*|[ \t]+|$)(.*)")
_KEYS = {"image": "image", "kernel": "image", "initrd": "initrd", "dtb": "dtb", "args": "args"}
_ROLES = {"image": "kernel", "initrd": "initrd", "dtb": "devicetree"}


class _Line(NamedTuple):
    key: str
    value: str
    place: Source


class _Option(NamedTuple):
    """A boot option's lines; `named` is False while a section's header stands for its name."""

    name: _Line
    lines: list[_Line]
    named: bool = True


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read the configurations on `home`."""
    return [
        _configuration(home, volumes, path)
        for path in PLACES
        if (found := home.status(path)) and found.kind == "file"
    ]


def _configuration(home: Volume, volumes: Volumes, path: str) -> Configuration:
    source = Source(home.name, path)
    text, said = read_text(home, path, LARGEST)
    options, default = _options(text or "", source, said)
    entries: list[Entry] = []
    for option in options:
        entry = _entry(home, volumes, option, said)
        if entry is not None:
            entries.append(entry)
    chosen: Entry | None = None
    if default is not None:
        chosen = next((entry for entry in entries if entry.title == default.value), None)
        if chosen is None:
            message = f"default {quoted(default.value)} names no option"
            said.append(Diagnostic("warning", default.place, message, "name one of the options"))
    elif entries:
        message = "nothing boots by itself: there is no default"
        hint = "add a line 'default NAME' before the first option"
        said.append(Diagnostic("info", source, message, hint))
    return Configuration(
        source=source,
        format="petitboot",
        entries=tuple(entry._replace(default=entry is chosen) for entry in entries),
        default=chosen.id if chosen else None,
        diagnostics=tuple(said),
    )


def _options(
    text: str, source: Source, said: list[Diagnostic]
) -> tuple[list[_Option], _Line | None]:
    options: list[_Option] = []
    default: _Line | None = None
    strange = empty = 0
    for number, raw in enumerate(lines(text), 1):
        line = raw.strip()
        place = Source(source.volume, source.path, number)
        if not line or line.startswith("#"):
            continue
        if len(options) > MOST_OPTIONS:
            options.pop()
            message = f"what stands after {MOST_OPTIONS} options is not read"
            said.append(Diagnostic("error", place, message, "write a shorter menu"))
            break
        section = re.fullmatch(r"\[(.*)\]", line)
        if section:
            title = section[1].strip() or "Linux"
            options.append(_Option(_Line("name", title, place), [], named=False))
            continue
        found = _LINE.fullmatch(line)
        key, value = (found[1], found[2]) if found else ("", "")
        if key in {*_KEYS, "name", "default", "description"} and not value:
            empty += 1
            if empty <= MOST_REMARKS:
                message = f"{key} has no value and is ignored"
                said.append(Diagnostic("warning", place, message, "give it a value"))
        elif key == "default":
            if default is None:
                default = _Line(key, value, place)
            else:
                strange += 1
                if strange <= MOST_REMARKS:
                    message = f"default {quoted(value)} is ignored: the first one counts"
                    said.append(Diagnostic("info", place, message, "keep one of them"))
        elif key == "name":
            if options and not options[-1].named:
                options[-1] = _Option(_Line(key, value, place), options[-1].lines)
            else:
                options.append(_Option(_Line(key, value, place), []))
        elif key in _KEYS and options:
            options[-1].lines.append(_Line(_KEYS[key], value, place))
        elif key not in {"description", "dev_description", "icon"}:
            strange += 1
            if strange <= MOST_REMARKS:
                message = f"{quoted(key or line, 40)} means nothing here and is ignored"
                hint = "an option starts with its name; then image, initrd, dtb, args"
                said.append(Diagnostic("warning", place, message, hint))
    return options, default


def _entry(home: Volume, volumes: Volumes, option: _Option, said: list[Diagnostic]) -> Entry | None:
    name = option.name
    files: dict[str, File] = {}
    origins = [Origin("title", name.value, name.place, "name line")]
    arguments = []
    for line in option.lines:
        if line.key == "args":
            arguments.append(line.value)
            origins.append(Origin("cmdline", line.value, line.place, "args line"))
        elif line.key in files:
            message = f"{line.key} {quoted(line.value)} is ignored: the first one counts"
            said.append(Diagnostic("warning", line.place, message, "keep one of them"))
        else:
            role = _ROLES[line.key]
            file = files[line.key] = file_of(home, volumes, line.value)
            said += remarks(volumes, file, role, line.place)
            field = "initrds" if role == "initrd" else role
            origins.append(Origin(field, str(file), line.place, f"{line.key} line"))
    if "image" not in files:
        message = f"option {quoted(name.value)} has no image: there is nothing to boot"
        said.append(Diagnostic("error", name.place, message, "add a line 'image PATH'"))
        return None
    return Entry(
        id=f"petitboot:{home.name}:{name.value}",
        title=name.value,
        path=(name.value,),
        format="petitboot",
        kind="linux",
        source=name.place,
        kernel=files["image"],
        initrds=(files["initrd"],) if "initrd" in files else (),
        devicetree=files.get("dtb"),
        cmdline=" ".join(arguments).strip(),
        origins=tuple(origins),
    )
