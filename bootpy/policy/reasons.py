"""Why a machine's default is the one that it is: one sentence per configuration.

The rule itself is in `bootpy.policy.listing` and told to users in docs/which-default.md.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bootpy.entry import Configuration, Entry
from bootpy.policy.listing import Rank, own_default, rank


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
        (rank(one, entry), number)
        for number, (one, entry) in enumerate(zip(offered, defaults, strict=True))
        if entry is not None
    ]
    first = min(ranks, default=None)
    found = []
    for number, (one, entry) in enumerate(zip(offered, defaults, strict=True)):
        if entry is None or first is None:
            found.append(Reason(one, None, False, "it names no default"))
            continue
        own = rank(one, entry)
        decides = (own, number) == first
        others = [other for other, place in ranks if place != number]
        why = _why_it_decides(own, others) if decides else _why_not(own, first[0])
        found.append(Reason(one, entry, decides, why))
    return found


def _default(configuration: Configuration) -> Entry | None:
    number = own_default(configuration)
    return None if number is None else configuration.entries[number]


_ASKED = "the running system asked for its entry, for one start"
_LEADS = "stands on an ESP and leads to the system on another volume"


def _why_it_decides(own: Rank, others: list[Rank]) -> str:
    if not others:
        return "no other configuration names a default"
    if not own.cannot_boot and all(other.cannot_boot for other in others):
        return "no other configuration's default can boot by itself"
    rivals = [other for other in others if other.cannot_boot == own.cannot_boot]
    if not own.not_asked_for:
        return _ASKED
    if not own.not_led_to and all(other.not_led_to for other in rivals):
        return f"it {_LEADS}"
    return "it comes first" + (", though it cannot boot by itself" if own.cannot_boot else "")


def _why_not(own: Rank, first: Rank) -> str:
    if own.cannot_boot != first.cannot_boot:
        return "its default cannot boot by itself"
    if own.not_asked_for != first.not_asked_for:
        return f"of the deciding one {_ASKED}"
    if own.not_led_to != first.not_led_to:
        return f"the deciding one {_LEADS}"
    return "it comes later"
