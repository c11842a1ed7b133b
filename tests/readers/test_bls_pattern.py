"""The glob patterns of systemd-boot, where they differ from a shell's."""

import pytest

from bootpy.readers.bls_pattern import matches


@pytest.mark.parametrize(
    ("pattern", "name", "matching"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("a*", "A", True),
        ("*a*b*", "xaybz", True),
        ("*a*b", "ab-ab", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("?", "", False),
        ("[abc]", "b", True),
        ("[a-c]x", "cx", True),
        ("[a-c-f]", "-", True),
        ("[a-c-f]", "e", False),
        ("[-a]", "-", True),
        ("[a-]", "-", True),
        ("[]a]", "]", True),
        ("[!a]", "!", True),  # no negation here
        ("[!a]", "b", False),
        (r"[\]]", "]", True),
        (r"[a-\z]", "m", True),
        ("[abc", "a", False),
        ("[", "[", False),
        (r"\*", "*", True),
        (r"\*", "a", False),
        ("a\\", "a", False),
        ("[a-", "a", False),
    ],
)
def test_patterns(pattern: str, name: str, matching: bool) -> None:
    assert matches(pattern, [name]) == matching


def test_any_of_the_names_will_do() -> None:
    assert matches("b.conf", ["a", "B.CONF"])
    assert not matches("b.conf", [])


def test_many_stars_come_to_an_end() -> None:
    assert not matches("*a" * 50 + "b", ["a" * 1000])
