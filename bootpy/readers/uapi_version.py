"""Compare versions as the Boot Loader Specification orders its entries.

Source: UAPI.10 Version Format Specification
(https://uapi-group.org/specifications/specs/version_format_specification/), and systemd's
strverscmp_improved() in src/fundamental/string-util-fundamental.c, which is what boots.
"""

from functools import cmp_to_key

_DIGITS = frozenset("0123456789")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_KNOWN = _DIGITS | _LETTERS | frozenset("-.~^")


def compare(a: str, b: str) -> int:
    """Return -1, 0 or 1 as version `a` is older than, equal to or newer than `b`."""
    i = j = 0
    while True:
        i, j = _skip_unknown(a, i), _skip_unknown(b, j)
        # Only "~" makes a string that goes on older than one that has ended, so it comes first.
        if a[i : i + 1] == "~" or b[j : j + 1] == "~":
            if a[i : i + 1] != b[j : j + 1]:
                return -1 if a[i : i + 1] == "~" else 1
            i, j = i + 1, j + 1
        if i == len(a) or j == len(b):
            return (i < len(a)) - (j < len(b))
        for mark in "-^.":
            if a[i : i + 1] == mark or b[j : j + 1] == mark:
                if a[i : i + 1] != b[j : j + 1]:
                    return -1 if a[i : i + 1] == mark else 1
                i, j = i + 1, j + 1
        kind = _DIGITS if a[i : i + 1] in _DIGITS or b[j : j + 1] in _DIGITS else _LETTERS
        i_end, j_end = _end_of(a, i, kind), _end_of(b, j, kind)
        left, right = a[i:i_end], b[j:j_end]
        if kind is _DIGITS:
            # The specification takes a missing number for 0; systemd-boot, for less than 0.
            if bool(left) != bool(right):
                return 1 if left else -1
            # By length and then as text: int() is slow on, and refuses, very long numbers.
            left, right = left.lstrip("0"), right.lstrip("0")
            if len(left) != len(right):
                return -1 if len(left) < len(right) else 1
        if left != right:
            return -1 if left < right else 1
        i, j = i_end, j_end


key = cmp_to_key(compare)
"""Sort key for versions: the oldest first."""


def _skip_unknown(text: str, at: int) -> int:
    while at < len(text) and text[at] not in _KNOWN:
        at += 1
    return at


def _end_of(text: str, at: int, kind: frozenset[str]) -> int:
    while at < len(text) and text[at] in kind:
        at += 1
    return at
