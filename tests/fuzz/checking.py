"""What must be true of whatever a reader answers, for any input."""

import json
import math
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator

import bootpy
from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, File
from bootpy.listing_json import listing_object
from bootpy.policy.listing import merge
from bootpy.readers.table import FALLBACK, ROWS

REPOSITORY = Path(bootpy.__file__).parent.parent
"""The tree whose readers are run."""


_FORMATS = frozenset(row.format for row in (*ROWS, FALLBACK))
_EXPLAINED = frozenset(("default", "order", "root", "variable"))
"""What origins explain beside an entry's own fields: its place in the menu, where files lie."""


class Problem(NamedTuple):
    """What is wrong: `kind` groups problems of one cause, `message` tells this one."""

    kind: str
    message: str


def problems(found: object, volumes: Sequence[str], *, schema: bool) -> Iterator[Problem]:
    """Check a reader's answer; `schema` holds its JSON against docs/list.schema.json too."""
    if not isinstance(found, list) or not all(isinstance(one, Configuration) for one in found):
        yield Problem("type", f"no list of configurations: {type(found).__name__}")
        return
    for one in found:
        yield from _configuration(one, set(volumes))
    listing = merge(found)
    ids = [entry.id for entry in listing.entries]
    if len(ids) != len(set(ids)):
        yield Problem("listing ids", "ids in the listing are not unique")
    if listing.default is not None and listing.default not in ids:
        yield Problem("listing default", f"default {listing.default!r} is no entry")
    if not set(listing.fallbacks) <= set(ids):
        yield Problem("listing fallbacks", f"{listing.fallbacks!r} are not all entries")
    try:
        text = json.dumps(listing_object(listing), allow_nan=False)
    except (TypeError, ValueError) as error:
        yield Problem("json", f"the listing is not JSON: {error}")
        return
    if schema:
        for wrong in _schema().iter_errors(json.loads(text)):
            path = "/".join("#" if isinstance(step, int) else str(step) for step in wrong.path)
            yield Problem(f"schema {path}", wrong.message[:500])
            break


@cache
def _schema() -> Any:
    return Draft202012Validator(json.loads((REPOSITORY / "docs/list.schema.json").read_text()))


def _configuration(one: Configuration, volumes: set[str]) -> Iterator[Problem]:
    # Some share a menu: systemd-boot's has the entries of two formats.
    if one.format not in _FORMATS:
        yield Problem("format", f"a configuration of format {one.format!r}")
    yield from _source(one.source, volumes, "configuration")
    ids = {entry.id for entry in one.entries}
    if one.default is not None and one.default not in ids:
        yield Problem("default", f"default {one.default!r} is no entry of its configuration")
    if sum(entry.default for entry in one.entries) > 1:
        yield Problem("defaults", "more than one entry is the default")
    if not set(one.fallbacks) <= ids:
        yield Problem("fallbacks", f"{one.fallbacks!r} are not all entries")
    if one.timeout is not None:
        if not math.isfinite(one.timeout):
            yield Problem("timeout", f"timeout {one.timeout}")
        elif one.timeout < 0 and one.timeout != -1:
            yield Problem("timeout", f"timeout {one.timeout} is below 0 and not -1")
    for entry in one.entries:
        yield from _entry(entry, volumes)
    for said in one.diagnostics:
        yield from _diagnostic(said, volumes)
    for write in one.writes:
        if not _is_volume(write.volume, volumes) or not _is_path(write.path):
            yield Problem("write", f"{write!r} is on no volume"[:500])


def _entry(entry: Entry, volumes: set[str]) -> Iterator[Problem]:
    yield from _source(entry.source, volumes, "entry")
    if not entry.id:
        yield Problem("entry id", "an entry without an id")
    if not entry.path or entry.path[-1] != entry.title:
        yield Problem("entry path", f"path {entry.path!r} of {entry.title!r}"[:500])
    if entry.cmdline != entry.cmdline.strip(" \t\n"):
        yield Problem("cmdline", f"blanks around {entry.cmdline!r}"[:500])
    # A line end is no fault: GRUB hands one over that stands in quotes.
    if "\0" in entry.cmdline:
        yield Problem("cmdline", f"NUL in {entry.cmdline!r}"[:500])
    if entry.kind in {"linux", "uki", "efi"} and entry.kernel is None:
        yield Problem("kernel", f"an entry of kind {entry.kind} without a kernel")
    if entry.kind == "action" and entry.kernel is not None:
        yield Problem("kernel", "an action with a kernel")
    modules = [module.file for module in entry.modules]
    single = [file for file in (entry.kernel, entry.devicetree) if file is not None]
    for file in (*single, *entry.initrds, *entry.overlays, *modules, *entry.extras):
        yield from _file(file, volumes)
    if entry.tries and (entry.tries.left < 0 or entry.tries.done < 0):
        yield Problem("tries", f"{entry.tries}")
    for origin in entry.origins:
        yield from _source(origin.source, volumes, "origin")
        if origin.field not in Entry._fields and origin.field not in _EXPLAINED:
            yield Problem("origin field", f"an entry has no field {origin.field!r}")


def _file(file: File, volumes: set[str]) -> Iterator[Problem]:
    if file.volume is not None and not _is_volume(file.volume, volumes):
        yield Problem("file volume", f"{file!r} is on no volume"[:500])
    if file.path is not None and not _is_path(file.path):
        yield Problem("file path", f"{file!r} is not from the volume's root"[:500])
    if file.path is None and file.url is None:
        yield Problem("file", f"{file!r} is nowhere"[:500])
    if file.exists and file.volume is None and file.url is None:
        yield Problem("file", f"{file!r} exists nowhere"[:500])


def _is_volume(name: str, volumes: set[str]) -> bool:
    """Whether it is a volume, the inside of a file on one ("sda1:/a.iso"), or EFI's variables."""
    return (
        name in volumes
        or name == "efivarfs"
        or any(name.startswith(f"{volume}:/") for volume in volumes)
    )


def _is_path(path: str) -> bool:
    return path.startswith("/") and ".." not in path.split("/")


def _source(source: Source, volumes: set[str], what: str) -> Iterator[Problem]:
    if not _is_volume(source.volume, volumes):
        yield Problem(f"{what} volume", f"{source!r} is on no volume"[:500])
    if not source.path.startswith("/"):
        yield Problem(f"{what} path", f"{source!r} is not from the volume's root"[:500])
    if source.line is not None and source.line < 1:
        yield Problem(f"{what} line", f"{source!r}: lines count from 1"[:500])


def _diagnostic(said: Diagnostic, volumes: set[str]) -> Iterator[Problem]:
    if not said.message.strip():
        yield Problem("diagnostic", f"{said!r} says nothing"[:500])
    if said.source is None:
        yield Problem("diagnostic", f"{said!r} has no place"[:500])
    else:
        yield from _source(said.source, volumes, "diagnostic")
    if said.level == "error" and not said.hint.strip():
        yield Problem("diagnostic hint", f"an error without a remedy: {said!r}"[:500])
    if len(said.message) > 20_000:
        yield Problem("diagnostic length", f"{len(said.message)} characters: {said.message[:200]}")
