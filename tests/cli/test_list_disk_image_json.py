"""A machine's JSON becomes the same Listing again, and nothing else becomes one."""

import json
from collections.abc import Callable, Iterable
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootpy.cli.listing_from_json import listing_from_object, parsed
from bootpy.diagnostics import Diagnostic, Level, Source
from bootpy.entry import Entry, File, Folded, Kind, Listing, Module, Tries, Write
from bootpy.listing_json import listing_object

TEXT = st.text(st.characters(), max_size=8)
MAYBE = st.none() | TEXT
COUNT = st.integers(0, 1 << 40)
SOURCES = st.builds(Source, TEXT, TEXT, st.none() | COUNT)
FILES = st.builds(File, MAYBE, MAYBE, MAYBE, MAYBE, st.none() | st.booleans(), st.just(""))
SOME_FILES = st.lists(FILES, max_size=2).map(tuple)
ENTRIES = st.builds(
    Entry,
    id=TEXT,
    title=TEXT,
    path=st.lists(TEXT, max_size=3).map(tuple),
    format=TEXT,
    kind=st.sampled_from(get_args(Kind)),
    source=SOURCES,
    default=st.booleans(),
    kernel=st.none() | FILES,
    initrds=SOME_FILES,
    devicetree=st.none() | FILES,
    overlays=SOME_FILES,
    modules=st.lists(st.builds(Module, FILES, TEXT, st.just(False)), max_size=2).map(tuple),
    cmdline=TEXT,
    cmdline_added=TEXT,
    architecture=MAYBE,
    version=MAYBE,
    tries=st.none() | st.builds(Tries, COUNT, COUNT),
    action=st.just(""),
    profile=st.none(),
    extras=st.just(()),
    configuration=st.just(""),
    by_person=st.just(False),
    origins=st.just(()),
)
VARIABLES = st.dictionaries(TEXT, TEXT, max_size=2).map(lambda pairs: tuple(pairs.items()))
WRITES = st.builds(Write, TEXT, TEXT, VARIABLES)
DIAGNOSTICS = st.builds(
    Diagnostic, st.sampled_from(get_args(Level)), st.none() | SOURCES, TEXT, TEXT
)


@st.composite
def listings(draw: Callable[[Any], Any]) -> Listing:
    entries = tuple(draw(st.lists(ENTRIES, max_size=3, unique_by=lambda entry: entry.id)))
    return Listing(
        entries=entries,
        default=draw(st.sampled_from([None, *(entry.id for entry in entries)])),
        timeout=draw(st.sampled_from([None, -1.0, -1, 0, 5, 0.25, 1e9])),
        writes=tuple(draw(st.lists(WRITES, max_size=2))),
        diagnostics=tuple(draw(st.lists(DIAGNOSTICS, max_size=2))),
        folded=tuple(draw(st.lists(st.builds(Folded, ENTRIES, TEXT), max_size=2))),
    )


@given(listings())
def test_there_and_back(listing: Listing) -> None:
    whole = listing_object(listing, folded=True)
    assert listing_from_object(parsed(json.dumps(whole))) == listing
    without = listing_object(listing)
    assert listing_from_object(parsed(json.dumps(without))) == listing._replace(folded=())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def places(value: object, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to every value inside a JSON value, its own first."""
    inner: Iterable[tuple[Any, object]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    return [way, *(place for key, one in inner for place in places(one, (*way, key)))]


@given(listings(), st.data())
def test_what_has_another_shape_is_refused(listing: Listing, data: st.DataObject) -> None:
    whole: Any = {"top": listing_object(listing, folded=True)}
    way = data.draw(st.sampled_from(places(whole)[1:]))
    around = whole
    for key in way[:-1]:
        around = around[key]
    around[way[-1]] = data.draw(JSON)
    try:
        made = listing_from_object(whole["top"])
    except ValueError:
        return
    assert listing_object(made, folded="folded" in whole["top"]) == whole["top"]


GOOD = listing_object(
    Listing(
        entries=(
            Entry(
                "i",
                "t",
                ("t",),
                "grub",
                "linux",
                Source("vda1", "/g", 3),
                kernel=File("vda1", "/k"),
            ),
        ),
        default="i",
        timeout=5,
    )
)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"schema": 2}, "schema"),
        ({"schema": True}, "schema"),
        ({"default": "other"}, "default"),
        ({"timeout": -2}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"timeout": 10**400}, "timeout"),
        ({"entries": GOOD["entries"] * 2}, "entries"),
        ({"entries": {}}, "entries"),
        ({"entries": [GOOD["entries"][0] | {"kind": "virus"}]}, "entries[0].kind"),
        ({"entries": [GOOD["entries"][0] | {"kind": []}]}, "entries[0].kind"),
        ({"entries": [GOOD["entries"][0] | {"path": "t"}]}, "entries[0].path"),
        ({"entries": [GOOD["entries"][0] | {"more": 1}]}, "entries[0]"),
        ({"writes": [{"volume": "v", "path": "/", "variables": {"a": 1}}]}, "writes[0].variables"),
        ({"diagnostics": [None]}, "diagnostics[0]"),
        ({"more": 1}, "listing"),
    ],
)
def test_what_is_off_is_named(change: dict[str, object], place: str) -> None:
    with pytest.raises(ValueError, match="is to be") as error:
        listing_from_object(GOOD | change)
    assert str(error.value).startswith(f"{place} is to be")


def test_a_file_that_is_resolved_without_a_place() -> None:
    entry = GOOD["entries"][0]
    kernel = entry["kernel"] | {"volume": None}
    with pytest.raises(ValueError, match=r"entries\[0\].kernel.resolved"):
        listing_from_object(GOOD | {"entries": [entry | {"kernel": kernel}]})


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 100_000, "NaN", '{"timeout": Infinity}', "9" * 5000, b"\xff\xfe\xfd", "{} {}"],
)
def test_what_is_no_json(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the parser's own words are as good
        parsed(text)
