"""Which entry GRUB would boot by itself, after how long, and what next if it fails.

A number counts from 0; else an id or a title; `a>b` goes down into submenus, where `>>`
stands for a `>` within a name. What fits nothing means the first entry, as in GRUB.
Source: grub-core/normal/menu.c.
"""

import re

from bootpy.readers.grub.commands_test import unsigned
from bootpy.readers.grub.menu import MenuItem


def split_first(value: str) -> tuple[str, str | None]:
    """Take "a>b>c" apart into "a" and "b>c"; None where nothing follows."""
    found = re.match(r"((?:[^>]|>>)*)>(?!>)(.+)", value, re.DOTALL)
    if found is None:
        return value.replace(">>", ">"), None
    return found[1].replace(">>", ">"), found[2]


def find(items: list[MenuItem], value: str) -> int | None:
    """Find the entry of one menu that `value` (without what follows ">") means."""
    if re.fullmatch(r"\s*(?:[0-9]+|0[xX][0-9a-fA-F]+)\s*", value):
        index = unsigned(value.strip())
        return index if index < len(items) else None
    for index, item in enumerate(items):
        if value in {item.id, item.title}:
            return index
    leading = re.match(r"\s*[0-9]+", value)
    if leading:
        index = unsigned(leading[0].strip())
        return index if index < len(items) else None
    return None


def timeout(value: str | None) -> float:
    """Seconds; -1 where GRUB waits for ever."""
    if value is None or not re.match(r"\s*[0-9]", value):
        return -1
    return float(unsigned(value.lstrip()))


def fallbacks(items: list[MenuItem], value: str) -> list[int]:
    """The entries to try after the default, in order; one that fits nothing ends the list."""
    found: list[int] = []
    words = value.split()
    whole = find(items, value) if words and not words[0].isdigit() else None
    if whole is not None:
        return [whole]
    for word in words:
        index = find(items, split_first(word)[0])
        if index is None:
            break
        found.append(index)
    return found
