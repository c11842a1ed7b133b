"""The list as lines: numbered entries, submenus indented under their titles."""

from typing import NamedTuple

from bootpy.entry import Entry, Listing
from bootpy.menu.text import clean


class OutlineLine(NamedTuple):
    """One line: clean text, and the number of its entry, from 1; None for a title above entries."""

    text: str
    number: int | None


def outline(listing: Listing) -> list[OutlineLine]:
    """Return the lines of a listing in its order.

    Entries are numbered from 1 throughout, the way `bootpy.policy.decision.resolve` reads
    numbers. With entries from several volumes, each volume has a title.
    """
    digits = len(str(len(listing.entries)))
    several = len({entry.source.volume for entry in listing.entries}) > 1
    lines = []
    above: tuple[str, ...] = ()
    for index, entry in enumerate(listing.entries):
        titles = entry.path[:-1]
        if several:
            titles = (f"on {entry.source.volume}", *titles)
        same = 0
        while same < min(len(above), len(titles)) and above[same] == titles[same]:
            same += 1
        lines += [
            OutlineLine(" " * digits + "  " * (depth + 1) + clean(titles[depth]) + ":", None)
            for depth in range(same, len(titles))
        ]
        above = titles
        text = f"{index + 1:>{digits}}" + "  " * (len(titles) + 1) + clean(entry.title)
        lines.append(OutlineLine(text + _remark(entry), index + 1))
    return lines


def _remark(entry: Entry) -> str:
    if entry.kind == "unsupported":
        return "  (cannot boot)"
    if entry.kernel is not None and not entry.kernel.resolved:
        return f"  (waits for {clean(entry.kernel.wanted or 'its volume')})"
    if entry.kernel is not None and entry.kernel.exists is False:
        return "  (kernel is missing)"
    if entry.tries is not None and entry.tries.left == 0:
        return "  (failed before)"
    return ""
