"""The specification's order of entries, and boot counting in file names."""

import random

import pytest

from bootpy.diagnostics import Source
from bootpy.entry import Entry, Tries
from bootpy.readers.bls_order import Candidate, after_a_try, counted, in_order


def candidate(file: str, sort_key: str = "", machine_id: str = "", version: str = "") -> Candidate:
    name, tries = counted(file)
    entry = Entry(
        id=name,
        title=file,
        path=(file,),
        format="bls",
        kind="linux",
        source=Source("v", f"/loader/entries/{file}"),
        version=version or None,
        tries=tries,
    )
    return Candidate(entry, name, sort_key, machine_id)


ORDERS = {
    "file names, the newest version first": [
        candidate("debian-6.1.0-10.conf"),
        candidate("debian-6.1.0-9.conf"),
        candidate("arch.conf"),
    ],
    "with a sort key before those without": [
        candidate("a.conf", "zzz"),
        candidate("z.conf"),
    ],
    "sort key rising, then machine, then version falling, then file name falling": [
        candidate("1.conf", "arch", "f" * 32, "1"),
        candidate("2.conf", "debian", "", "1"),
        candidate("3.conf", "debian", "a" * 32, "10"),
        candidate("4.conf", "debian", "a" * 32, "9"),
        candidate("6.conf", "debian", "a" * 32),
        candidate("5.conf", "debian", "a" * 32),
        candidate("0.conf", "debian", "b" * 32, "11"),
    ],
    "sort keys compare as bytes": [candidate("a.conf", "Z"), candidate("b.conf", "a")],
    "bad ones last, whatever else they are": [
        candidate("a-9+1-5.conf"),
        candidate("a.conf"),
        candidate("z+0-3.conf", "aaa", "", "99"),
        candidate("y+0.conf"),
    ],
    "counters are no part of the name": [
        candidate("d-10+3.conf"),
        candidate("d-9.conf"),
        candidate("d-8+1-2.conf"),
    ],
    "of equals, the one with more tries left": [
        candidate("d+3.conf"),
        candidate("d+1-1.conf"),
        candidate("d+1-2.conf"),
    ],
}


@pytest.mark.parametrize("expected", ORDERS.values(), ids=ORDERS.keys())
def test_order(expected: list[Candidate]) -> None:
    shuffled = random.Random(4)
    for _ in range(10):
        mixed = shuffled.sample(expected, len(expected))
        assert [one.entry.title for one in sorted(mixed, key=in_order)] == [
            one.entry.title for one in expected
        ]


@pytest.mark.parametrize(
    ("file", "name", "tries"),
    [
        ("a.conf", "a", None),
        ("a+3.conf", "a", Tries(3, 0)),
        ("a+2-1.conf", "a", Tries(2, 1)),
        ("a+0-3.conf", "a", Tries(0, 3)),
        ("a+03-00.conf", "a", Tries(3, 0)),
        ("a+b+3.conf", "a+b", Tries(3, 0)),
        ("a+3.CONF", "a", Tries(3, 0)),
        ("a+.conf", "a+", None),
        ("a+3-.conf", "a+3-", None),
        ("a+3-1-2.conf", "a+3-1-2", None),
        ("6.1+deb12-amd64.conf", "6.1+deb12-amd64", None),
        ("a+3+b.conf", "a+3+b", None),
        ("a+٣.conf", "a+٣", None),
        (f"a+{'9' * 6000}.conf", f"a+{'9' * 6000}", None),
    ],
)
def test_counters(file: str, name: str, tries: Tries | None) -> None:
    assert counted(file) == (name, tries)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a+3.conf", "a+2-1.conf"),
        ("a+4-0.conf", "a+3-1.conf"),
        ("a+10-9.conf", "a+09-10.conf"),
        ("a+03-00.conf", "a+02-01.conf"),
        ("a+0-3.conf", "a+0-4.conf"),
        ("a.conf", "a.conf"),
    ],
)
def test_the_name_after_a_try(before: str, after: str) -> None:
    assert after_a_try(before) == after
