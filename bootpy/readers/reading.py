"""Walk the volumes and the table of readers, and collect every configuration."""

import gc
import sys
import time
from collections.abc import Collection
from importlib import import_module

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Host
from bootpy.readers.table import FALLBACK, ONE_MENU, ROWS, Row
from bootpy.timeline import Span
from bootpy.volume import Volume, Volumes


def read_all(
    volumes: Volumes,
    host: Host,
    formats: Collection[str] = (),
    spans: list[Span] | None = None,
) -> list[Configuration]:
    """Read every configuration on every volume: volumes in their order, formats in the table's.

    With `formats` only those of the table are read. A reader's module is imported only where
    one of its places stands on the volume. Entries that GRUB's blscfg has already listed are
    not listed again from the same .conf file. Where no configuration has an entry, kernels
    are looked for by name. What each reader took is added to `spans`.
    """
    # What readers make is kept, and holds no circles: the collector would go through all of it
    # again and again, so that ten times the entries would take more than ten times as long.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _read_all(volumes, host, formats, [] if spans is None else spans)
    finally:
        if collects:
            gc.enable()


def _read_all(
    volumes: Volumes, host: Host, formats: Collection[str], spans: list[Span]
) -> list[Configuration]:
    places = _Places(_wanted(formats))
    found = [
        one
        for home in volumes
        for row in places.standing(home)
        for one in _read(row, home, volumes, host, spans)
    ]
    found = _without_listed_by_grub(found)
    if FALLBACK.format in formats or not (formats or any(one.entries for one in found)):
        for home in volumes:
            found += _read(FALLBACK, home, volumes, host, spans)
    return found


def _wanted(formats: Collection[str]) -> list[Row]:
    """Return the rows of the formats, with one for the two that are one menu together."""
    rows = [row for row in ROWS if not formats or row.format in formats]
    if not {"bls", "uki"} <= {row.format for row in rows}:
        return rows
    return [ONE_MENU if row.format == "bls" else row for row in rows if row.format != "uki"]


class _Places:
    """The places of rows, to be looked for on one volume after the other.

    There are a hundred and forty. Each folder on the way to one is listed once, and what its
    list has not, in whatever case, is not looked up.
    """

    __slots__ = ("_by_first", "_rows")

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows
        self._by_first: dict[str, list[tuple[int, str]]] = {}
        for number, row in enumerate(rows):
            for place in row.places:
                first = place.split("/", 2)[1].lower()
                key = "*" if "*" in first else first
                self._by_first.setdefault(key, []).append((number, place))

    def standing(self, home: Volume) -> list[Row]:
        """Return the rows of which a place stands on the volume."""
        lists = {"": frozenset(name.lower() for name in home.names("/"))}
        rows = set()
        for first in ("*", *lists[""]):
            for number, place in self._by_first.get(first, ()):
                if number not in rows and _stands(home, place, lists):
                    rows.add(number)
        return [self._rows[number] for number in sorted(rows)]


def _stands(home: Volume, place: str, lists: dict[str, frozenset[str]]) -> bool:
    folder, star, ending = place.partition("*")
    if star:
        return any(name.endswith(ending) for name in _names(home, folder[:-1], lists))
    return _may_stand(home, place, lists) and home.status(place) is not None


def _may_stand(home: Volume, place: str, lists: dict[str, frozenset[str]]) -> bool:
    folder, _, name = place.rpartition("/")
    return name.lower() in _names(home, folder, lists)


def _names(home: Volume, folder: str, lists: dict[str, frozenset[str]]) -> frozenset[str]:
    """Return the names in a folder in lower case, from `lists` where it was listed before."""
    if folder not in lists:
        listed = home.names(folder) if _may_stand(home, folder, lists) else ()
        lists[folder] = frozenset(name.lower() for name in listed)
    return lists[folder]


def stands(home: Volume, place: str) -> bool:
    """Whether a place of the table, with or without a `*`, stands on the volume."""
    return bool(_Places([Row("", "", (place,))]).standing(home))


def _read(
    row: Row, home: Volume, volumes: Volumes, host: Host, spans: list[Span]
) -> list[Configuration]:
    begun = time.monotonic()
    try:
        new = row.module not in sys.modules
        reader = getattr(import_module(row.module), row.function)
        if new:
            spans.append(Span("imports", f"reader {row.format}", begun, time.monotonic()))
        found: list[Configuration] = reader(home, volumes, host)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and row.module.startswith(error.name or "?"):
            return [_left_out(row, home)]
        # One reader's bug must not cost the machine what the others found; it is shown as
        # what it is, with the place in the code, and never passed over.
        message = (
            f"bug in bootpy: the {row.format} reader failed on volume {home.name}: "
            f"{type(error).__name__}: {error} (at {_where(error)})"
        )
        hint = f"please report it with the files below {', '.join(row.places)}"
        said = (Diagnostic("error", Source(home.name, "/"), message, hint),)
        return [Configuration(Source(home.name, "/"), row.format, diagnostics=said)]
    finally:
        spans.append(Span("readers", f"{row.format} on {home.name}", begun, time.monotonic()))
    return found


def _left_out(row: Row, home: Volume) -> Configuration:
    message = f"{row.format} configuration passed over: this image has no reader for it"
    hint = "add it to the readers of the image's profile"
    source = Source(home.name, "/")
    return Configuration(
        source, row.format, diagnostics=(Diagnostic("info", source, message, hint),)
    )


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} in {code.co_name}"


def _without_listed_by_grub(found: list[Configuration]) -> list[Configuration]:
    """Drop from BLS configurations the entries that GRUB's configurations have.

    A BLS configuration of which nothing is left goes as a whole, with its default.
    """
    listed = {
        (entry.source.volume, entry.source.path)
        for one in found
        if one.format == "grub"
        for entry in one.entries
        if entry.format == "bls"
    }
    kept = []
    for one in found:
        if one.format != "bls" or not listed:
            kept.append(one)
            continue
        rest = tuple(
            entry for entry in one.entries if (entry.source.volume, entry.source.path) not in listed
        )
        if rest or not one.entries:
            default = one.default if any(entry.default for entry in rest) else None
            writes = one.writes if default else ()
            kept.append(one._replace(entries=rest, default=default, writes=writes))
    return kept
