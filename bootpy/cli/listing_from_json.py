"""The inverse of `bootpy.listing_json`: a Listing from JSON whose writer is not trusted.

What comes from a machine that has read a stranger's disk may be anything. Everything is
held against the shape that docs/list.schema.json describes before a value is made of it.
"""

import json
from collections.abc import Callable
from sys import float_info
from typing import Any, NoReturn, TypeVar, get_args

from bootpy.diagnostics import Diagnostic, Level, Source
from bootpy.entry import Entry, File, Folded, Kind, Listing, Module, Tries, Write
from bootpy.listing_json import SCHEMA

T = TypeVar("T")

_ENTRY = (
    "id title path format kind default source kernel initrds devicetree overlays modules "
    "cmdline cmdline_added architecture version tries"
)
_FILE = "volume path url wanted resolved exists"


def parsed(text: str | bytes) -> object:
    """Parse JSON. ValueError: it is none, nests too deeply, or holds a number that JSON has not."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it nests too deeply") from None


def listing_from_object(value: object) -> Listing:
    """Make the Listing of which `listing_object` made `value`.

    Fields of an entry that the JSON has not (origins, say) keep their defaults. ValueError
    names the place where the shape is another.
    """
    fields = "schema default timeout entries writes diagnostics"
    if isinstance(value, dict) and "folded" in value:
        fields += " folded"
    top = _record(value, "listing", fields)
    if top["schema"] != SCHEMA or type(top["schema"]) is not int:
        _off("schema", f"{SCHEMA}")
    entries = _each(top["entries"], "entries", _entry)
    ids = {entry.id for entry in entries}
    if len(ids) != len(entries):
        _off("entries", "entries with an id of their own each")
    default = _optional(top["default"], "default", _text)
    if default is not None and default not in ids:
        _off("default", "the id of an entry")
    return Listing(
        entries=entries,
        default=default,
        timeout=_optional(top["timeout"], "timeout", _seconds),
        writes=_each(top["writes"], "writes", _write),
        diagnostics=_each(top["diagnostics"], "diagnostics", _diagnostic),
        folded=_each(top.get("folded", []), "folded", _folded),
    )


def _folded(value: object, place: str) -> Folded:
    given = _record(value, place, "into entry")
    return Folded(_entry(given["entry"], f"{place}.entry"), _text(given["into"], f"{place}.into"))


def _entry(value: object, place: str) -> Entry:
    given = _record(value, place, _ENTRY)
    kinds = get_args(Kind)
    if given["kind"] not in kinds:
        _off(f"{place}.kind", f"one of {', '.join(kinds)}")
    titles = _each(given["path"], f"{place}.path", _text)
    return Entry(
        id=_text(given["id"], f"{place}.id"),
        title=_text(given["title"], f"{place}.title"),
        path=titles,
        format=_text(given["format"], f"{place}.format"),
        kind=given["kind"],
        source=_source(given["source"], f"{place}.source"),
        default=_flag(given["default"], f"{place}.default"),
        kernel=_optional(given["kernel"], f"{place}.kernel", _file),
        initrds=_each(given["initrds"], f"{place}.initrds", _file),
        devicetree=_optional(given["devicetree"], f"{place}.devicetree", _file),
        overlays=_each(given["overlays"], f"{place}.overlays", _file),
        modules=_each(given["modules"], f"{place}.modules", _module),
        cmdline=_text(given["cmdline"], f"{place}.cmdline"),
        cmdline_added=_text(given["cmdline_added"], f"{place}.cmdline_added"),
        architecture=_optional(given["architecture"], f"{place}.architecture", _text),
        version=_optional(given["version"], f"{place}.version", _text),
        tries=_optional(given["tries"], f"{place}.tries", _tries),
    )


def _file(value: object, place: str) -> File:
    return _file_of(_record(value, place, _FILE), place)


def _module(value: object, place: str) -> Module:
    given = _record(value, place, f"{_FILE} cmdline")
    return Module(_file_of(given, place), _text(given["cmdline"], f"{place}.cmdline"))


def _file_of(given: dict[str, Any], place: str) -> File:
    file = File(
        volume=_optional(given["volume"], f"{place}.volume", _text),
        path=_optional(given["path"], f"{place}.path", _text),
        url=_optional(given["url"], f"{place}.url", _text),
        wanted=_optional(given["wanted"], f"{place}.wanted", _text),
        exists=_optional(given["exists"], f"{place}.exists", _flag),
    )
    if given["resolved"] is not file.resolved:
        _off(f"{place}.resolved", "what follows from volume and url")
    return file


def _tries(value: object, place: str) -> Tries:
    given = _record(value, place, "left done")
    return Tries(_count(given["left"], f"{place}.left"), _count(given["done"], f"{place}.done"))


def _write(value: object, place: str) -> Write:
    given = _record(value, place, "volume path variables")
    variables = given["variables"]
    if not isinstance(variables, dict):
        _off(f"{place}.variables", "an object")
    return Write(
        _text(given["volume"], f"{place}.volume"),
        _text(given["path"], f"{place}.path"),
        tuple((name, _text(text, f"{place}.variables")) for name, text in variables.items()),
    )


def _diagnostic(value: object, place: str) -> Diagnostic:
    given = _record(value, place, "level source message hint")
    levels = get_args(Level)
    if given["level"] not in levels:
        _off(f"{place}.level", f"one of {', '.join(levels)}")
    return Diagnostic(
        given["level"],
        _optional(given["source"], f"{place}.source", _source),
        _text(given["message"], f"{place}.message"),
        _text(given["hint"], f"{place}.hint"),
    )


def _source(value: object, place: str) -> Source:
    given = _record(value, place, "volume path line")
    return Source(
        _text(given["volume"], f"{place}.volume"),
        _text(given["path"], f"{place}.path"),
        _optional(given["line"], f"{place}.line", _count),
    )


def _record(value: object, place: str, fields: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(fields.split()):
        _off(place, f"an object with {', '.join(fields.split())}")
    return value


def _each(value: object, place: str, one: Callable[[object, str], T]) -> tuple[T, ...]:
    if not isinstance(value, list):
        _off(place, "a list")
    return tuple(one(inner, f"{place}[{number}]") for number, inner in enumerate(value))


def _optional(value: object, place: str, one: Callable[[object, str], T]) -> T | None:
    return None if value is None else one(value, place)


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        _off(place, "a string")
    return value


def _flag(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        _off(place, "true or false")
    return value


def _count(value: object, place: str) -> int:
    if type(value) is not int or value < 0:
        _off(place, "a whole number")
    return value


def _seconds(value: object, place: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        _off(place, "a number")
    if value != -1 and not 0 <= value <= float_info.max:
        _off(place, "seconds, or -1")
    return value


def _off(place: str, wanted: str) -> NoReturn:
    raise ValueError(f"{place} is to be {wanted}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
