"""The version order of UAPI.10, by the examples that the specification gives."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootpy.readers.uapi_version import compare, key

RISING = (
    "122.1",
    "123~rc1-1",
    "123",
    "123-a",
    "123-a.1",
    "123-1",
    "123-1.1",
    "123^post1",
    "123.a-1",
    "123.1-1",
    "123a-1",
    "124-1",
)

EXAMPLES = [
    ("11", "==", "11"),
    ("systemd-123", "==", "systemd-123"),
    ("bar-123", "<", "foo-123"),
    ("123a", ">", "123"),
    ("123.a", ">", "123"),
    ("123.a", "<", "123.b"),
    ("123a", ">", "123.a"),
    ("11\u03b1", "==", "11\u03b2"),
    ("B", "<", "a"),
    ("", "<", "0"),
    ("0.", ">", "0"),
    ("0.0", ">", "0"),
    ("0", ">", "~"),
    ("", ">", "~"),
    ("1_", "==", "1"),
    ("_1", "==", "1"),
    ("1_", "<", "1.2"),
    ("1_2_3", ">", "1.3.3"),
    ("1+", "==", "1"),
    ("+1", "==", "1"),
    ("1+", "<", "1.2"),
    ("1+2+3", ">", "1.3.3"),
    ("6.1.0-9-amd64", "<", "6.1.0-10-amd64"),
    ("6.1.0-rc1", "<", "6.1.0-1"),
    ("007", "==", "7"),
    ("9" * 5000, "<", "1" + "0" * 5000),
]


@pytest.mark.parametrize(("a", "relation", "b"), EXAMPLES)
def test_the_examples_of_the_specification(a: str, relation: str, b: str) -> None:
    expected = {"<": -1, "==": 0, ">": 1}[relation]
    assert compare(a, b) == expected
    assert compare(b, a) == -expected


def test_the_specification_s_long_chain_rises_at_every_step() -> None:
    for a, b in itertools.combinations(RISING, 2):
        assert compare(a, b) == -1, (a, b)
    falling = list(RISING[::-1])
    assert sorted(falling, key=key) == list(RISING)


VERSIONS = st.text("019aB.-~^_+", max_size=8)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_it_is_an_order(a: str, b: str, c: str) -> None:
    assert compare(a, a) == 0
    assert compare(a, b) == -compare(b, a)
    if compare(a, b) <= 0 and compare(b, c) <= 0:
        assert compare(a, c) <= 0
