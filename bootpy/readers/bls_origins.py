"""Where the values of a type 1 entry came from: key by key, line by line."""

import posixpath
from collections.abc import Sequence

from bootpy.diagnostics import Source
from bootpy.entry import Origin
from bootpy.readers.bls_fields import Field, unquoted

_ONE = {
    "title": "title",
    "version": "version",
    "linux": "kernel",
    "efi": "kernel",
    "uki": "kernel",
    "uki-url": "kernel",
    "devicetree": "devicetree",
    "architecture": "architecture",
    "profile": "profile",
    "sort-key": "order",
    "machine-id": "order",
}
_EVERY = {
    "initrd": "initrds",
    "options": "cmdline",
    "devicetree-overlay": "overlays",
    "extra": "extras",
}


def origins(source: Source, fields: Sequence[Field], counters: bool) -> tuple[Origin, ...]:
    """Return an origin for each line that counts: of keys with one value, the last.

    `counters` says whether the file's name has boot counters.
    """
    last = {field.key: field for field in fields if field.key in _ONE}
    found = []
    for field in fields:
        name = _EVERY.get(field.key) or (_ONE[field.key] if last.get(field.key) is field else "")
        if name:
            place = source._replace(line=field.line)
            found.append(Origin(name, unquoted(field.value), place, f"{field.key} key"))
    file = posixpath.basename(source.path)
    if "title" not in last:
        found.append(Origin("title", file, source, "file name, for want of a title key"))
    if counters:
        found.append(Origin("tries", file, source, "boot counters in the file name"))
    return tuple(found)
