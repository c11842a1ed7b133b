"""An entry explained: its values, the lines that gave them, and why it boots or does not."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bootpy.cli.list_text import clean, remark_lines, where
from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, Listing, Origin
from bootpy.policy.decision import resolve
from bootpy.policy.reasons import Reason, why_default
from bootpy.volume import Volumes

_SHOWN = 200  # characters of a source line


class Explanation(NamedTuple):
    """All that is known of how an entry came about.

    `reasons` say configuration by configuration whose default the machine's is; `folded` are
    entries that boot the same and were left out; `diagnostics` are those on lines that this
    entry's values came from, or on its own line; `texts` are the source lines' own words.
    """

    entry: Entry
    boots_by_itself: bool
    reasons: tuple[Reason, ...]
    folded: tuple[Entry, ...]
    diagnostics: tuple[Diagnostic, ...]
    texts: dict[Source, str]

    def lines(self) -> Iterator[str]:
        """Give the lines of the explanation as a person reads it."""
        entry = self.entry
        yield clean(" > ".join(entry.path))
        yield f"  id {clean(entry.id)}"
        yield f"  {entry.kind}, read as {entry.format} from {clean(str(entry.source))}"
        yield ""
        for field, value in _values(entry):
            yield f"{field:<13} {clean(value)}"
            for origin in entry.origins:
                if origin.field == field:
                    yield from self._origin(origin, value)
        # What led there: variables, searches, settings of the whole file.
        others = [one for one in entry.origins if one.field not in dict(_values(entry))]
        for origin in others:
            yield f"{clean(origin.field):<13} {clean(origin.value)}"
            yield from self._origin(origin, origin.value)
        yield ""
        yield from self._by_itself()
        for one in self.folded:
            yield f"the same boot: {clean(' > '.join(one.path))}, {clean(str(one.source))}"
        yield from remark_lines(self.diagnostics)

    def _origin(self, origin: Origin, value: str) -> Iterator[str]:
        part = "" if origin.value == value else f": {clean(origin.value)}"
        yield f"    {clean(str(origin.source))}  {clean(origin.how)}{part}"
        text = self.texts.get(origin.source)
        if text:
            yield f"      | {clean(text)}"

    def _by_itself(self) -> Iterator[str]:
        yield "boots by itself" if self.boots_by_itself else "does not boot by itself"
        for reason in self.reasons:
            mark = "*" if reason.decides else " "
            name = f"'{clean(reason.default.title)}'" if reason.default else "none"
            place = clean(str(reason.configuration.source))
            yield f"  {mark} {place} ({reason.configuration.format}): default {name}; {reason.why}"


def explanation_of(
    words: str, listing: Listing, configurations: Sequence[Configuration], volumes: Volumes
) -> Explanation | None:
    """Explain the entry that a person calls `words` ("default": the machine's); None if none."""
    if words == "default":
        entry = listing.find(listing.default) if listing.default else None
    else:
        entry = resolve(listing, words)
    if entry is None:
        return None
    places = {entry.source, *(one.source for one in entry.origins)}
    return Explanation(
        entry,
        entry.id == listing.default,
        tuple(why_default(configurations)),
        tuple(one.entry for one in listing.folded if one.into == entry.id),
        tuple(said for said in listing.diagnostics if said.source in places),
        _texts(places, volumes),
    )


def _texts(places: set[Source], volumes: Volumes) -> dict[Source, str]:
    """Read the lines that `places` name; what cannot be read any more is left out."""
    files: dict[tuple[str, str], list[str]] = {}
    found = {}
    for place in places:
        if place.line is None:
            continue
        key = (place.volume, place.path)
        if key not in files:
            volume = volumes.named(place.volume)
            try:
                content = volume.read(place.path) if volume else b""
            except (OSError, ValueError):
                content = b""
            files[key] = content.decode("utf-8", "replace").split("\n")
        if place.line <= len(files[key]):
            found[place] = files[key][place.line - 1].strip().replace("\t", " ")[:_SHOWN]
    return found


def _values(entry: Entry) -> list[tuple[str, str]]:
    """The entry's fields that hold something, by the names that origins use."""
    tries = entry.tries
    values = [
        ("title", entry.title),
        ("kernel", where(entry.kernel) if entry.kernel else ""),
        ("initrds", ", ".join(where(file) for file in entry.initrds)),
        ("devicetree", where(entry.devicetree) if entry.devicetree else ""),
        ("overlays", ", ".join(where(file) for file in entry.overlays)),
        (
            "modules",
            ", ".join(f"{where(one.file)} {one.cmdline}".strip() for one in entry.modules),
        ),
        ("cmdline", entry.cmdline),
        ("cmdline_added", entry.cmdline_added),
        ("extras", ", ".join(where(file) for file in entry.extras)),
        ("configuration", entry.configuration),
        ("profile", "" if entry.profile is None else str(entry.profile)),
        ("architecture", entry.architecture or ""),
        ("version", entry.version or ""),
        ("tries", f"{tries.left} left, {tries.done} failed" if tries else ""),
    ]
    return [(field, value) for field, value in values if value]
