"""Why a machine's default is the one that it is: one sentence per configuration.

The rule itself is in `bootpy.policy.listing` and told to users in docs/which-default.md.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bootpy.entry import Configuration, Entry
from bootpy.policy.listing import can_boot, leads_elsewhere, own_default


class Reason(NamedTuple):
    """What a configuration would boot by itself, or None, and why that is so or is not."""

    configuration: Configuration
    default: Entry | None
    decides: bool
    why: str


def why_default(configurations: Sequence[Configuration]) -> list[Reason]:
    """Say of each configuration with entries why its default is, or is not, the machine's."""
    offered = [one for one in configurations if one.entries]
    defaults = [_default(one) for one in offered]
    ranks = [
        (not can_boot(entry), not leads_elsewhere(one, entry), number)
        for number, (one, entry) in enumerate(zip(offered, defaults, strict=True))
        if entry is not None
    ]
    first = min(ranks, default=None)
    found = []
    for number, (one, entry) in enumerate(zip(offered, defaults, strict=True)):
        if entry is None or first is None:
            found.append(Reason(one, None, False, "it names no default"))
            continue
        rank = (not can_boot(entry), not leads_elsewhere(one, entry), number)
        decides = rank == first
        why = _why_it_decides(rank, ranks) if decides else _why_not(rank, first)
        found.append(Reason(one, entry, decides, why))
    return found


def _default(configuration: Configuration) -> Entry | None:
    number = own_default(configuration)
    return None if number is None else configuration.entries[number]


_Rank = tuple[bool, bool, int]


def _why_it_decides(rank: _Rank, ranks: list[_Rank]) -> str:
    others = [other for other in ranks if other != rank]
    if not others:
        return "no other configuration names a default"
    if all(other[0] for other in others) and not rank[0]:
        return "no other configuration's default can boot by itself"
    rivals = [other for other in others if other[0] == rank[0]]
    if not rank[1] and all(other[1] for other in rivals):
        return "it stands on an ESP and leads to the system on another volume"
    return "it comes first" + (", though it cannot boot by itself" if rank[0] else "")


def _why_not(rank: _Rank, first: _Rank) -> str:
    if rank[0] != first[0]:
        return "its default cannot boot by itself"
    if rank[1] != first[1]:
        return "the deciding one stands on an ESP and leads to the system on another volume"
    return "it comes later"
