"""The text of a Boot Loader Specification entry: one key and value a line.

Source: UAPI.1 Boot Loader Specification, "Type #1 Boot Loader Entry Keys"
(https://uapi-group.org/specifications/specs/boot_loader_specification/); how lines are
split is line_get_key_value() of systemd's src/boot/efi-string.c.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.readers.files import MOST_REMARKS, key_and_value, lines

KEYS = frozenset(
    (
        "title",
        "version",
        "machine-id",
        "sort-key",
        "linux",
        "initrd",
        "efi",
        "uki",
        "uki-url",
        "options",
        "devicetree",
        "devicetree-overlay",
        "architecture",
        "profile",
        "extra",
    )
)

# What Fedora's and Red Hat's tools write for GRUB's blscfg, with no meaning elsewhere.
_KEYS_OF_GRUB = frozenset(("id", "grub_users", "grub_arg", "grub_class", "grub_hotkey"))


LARGEST = 256 << 10
"""Bytes: a larger file is no entry."""


class Field(NamedTuple):
    """A key, its value without blanks around it, and the line it stands on, from 1."""

    key: str
    value: str
    line: int


def parse(text: str, source: Source) -> tuple[list[Field], list[Diagnostic]]:
    """Split an entry's text into fields, in order, repeated keys and unknown ones included.

    Values are as written: quotes stay. A key without a value is diagnosed and left out.
    """
    fields: list[Field] = []
    said: list[Diagnostic] = []
    for number, line in enumerate(lines(text), 1):
        key, value = key_and_value(line)
        if not key or key.startswith("#"):
            continue
        place = source._replace(line=number)
        if key not in KEYS and key not in _KEYS_OF_GRUB:
            message = f"unknown key {quoted(key)} is ignored"
            if key.lower() in KEYS:
                hint = f"keys are written in lower case: {key.lower()}"
            else:
                hint = "see the Boot Loader Specification for the keys that there are"
            said.append(Diagnostic("info", place, message, hint))
        if not value:
            message = f"{quoted(key)} has no value and is ignored"
            said.append(Diagnostic("info", place, message, "give it a value or delete the line"))
        else:
            fields.append(Field(key, value, number))
    return fields, said[:MOST_REMARKS]


def unquoted(value: str) -> str:
    """Drop the quotes around a value that is quoted as a whole, as systemd-boot does.

    Where quotes stand inside as well, they are the value's own and all stay.
    """
    if len(value) >= 2 and value[0] == value[-1] == '"' and '"' not in value[1:-1]:
        return value[1:-1].strip()
    return value


def last(fields: Sequence[Field], key: str) -> Field | None:
    """Return the field that counts for a key that holds one value: the last one."""
    return next((field for field in reversed(fields) if field.key == key), None)


def every(fields: Sequence[Field], key: str) -> list[Field]:
    """Return the fields of a key that may repeat, in order."""
    return [field for field in fields if field.key == key]
