"""One listing from all configurations: order, unique ids, and whose default and timeout win.

The rule is told to users in docs/which-default.md.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bootpy.entry import Configuration, Entry, Listing

BOOTABLE = frozenset(("linux", "multiboot", "multiboot2", "uki", "iso", "fit"))
"""Kinds that a default may have to boot by itself; the others show something or go elsewhere."""


class _Merged(NamedTuple):
    """A configuration with the ids that its entries have in the listing."""

    configuration: Configuration
    ids: dict[str, str]
    default: Entry | None


def merge(configurations: Iterable[Configuration]) -> Listing:
    """Merge configurations, in the order given, into what the machine can boot.

    An entry that an earlier configuration has from the same line of the same file, with the
    same kernel, initrds and arguments, is left out (a grub.cfg on the ESP leads to the one
    that is read by itself as well). Within one configuration equal entries stay.
    """
    entries: list[Entry] = []
    taken: set[str] = set()
    homes: dict[Entry, str] = {}
    merged: list[_Merged] = []
    for configuration in configurations:
        chosen = _own_default(configuration)
        ids: dict[str, str] = {}
        default: Entry | None = None
        seen_here: dict[Entry, str] = {}
        for number, entry in enumerate(configuration.entries):
            same = entry._replace(id="", path=(), default=False, origins=())
            known = homes.get(same)
            if known is None:
                kept = entry._replace(id=_unique(entry.id, taken), default=number == chosen)
                taken.add(kept.id)
                entries.append(kept)
                seen_here.setdefault(same, kept.id)
            else:
                kept = entry._replace(id=known)
            ids.setdefault(entry.id, kept.id)
            if number == chosen:
                default = kept
        homes.update(seen_here)
        merged.append(_Merged(configuration, ids, default))
    winner = _winner(merged)
    if winner is None:
        silent = next((one for one in merged if one.configuration.entries), None)
        timeout = silent.configuration.timeout if silent else None
        fallbacks: tuple[str, ...] = ()
    else:
        timeout = winner.configuration.timeout
        named = winner.configuration.fallbacks
        fallbacks = tuple(winner.ids[one] for one in named if one in winner.ids)
    sources = [one.configuration for one in merged]
    return Listing(
        entries=tuple(entries),
        default=winner.default.id if winner and winner.default else None,
        timeout=timeout,
        fallbacks=fallbacks,
        writes=tuple(dict.fromkeys(write for one in sources for write in one.writes)),
        diagnostics=tuple(dict.fromkeys(said for one in sources for said in one.diagnostics)),
    )


def _own_default(configuration: Configuration) -> int | None:
    """Return the number, from 0, of the entry that the configuration makes its default."""
    named = [
        number
        for number, entry in enumerate(configuration.entries)
        if entry.id == configuration.default
    ]
    marked = [number for number in named if configuration.entries[number].default]
    return next(iter(marked or named), None)


def _unique(wanted: str, taken: set[str]) -> str:
    """Return `wanted`, with #2, #3, ... where it is taken: the same on every run."""
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted}#{number}"
    return found


def _winner(merged: list[_Merged]) -> _Merged | None:
    """Return the configuration whose default boots: the best rank, the first of equals."""
    with_default = [one for one in merged if one.default is not None]
    return min(with_default, key=_rank, default=None)


def _rank(one: _Merged) -> tuple[bool, bool]:
    return (one.default is None or not can_boot(one.default), not _led_elsewhere(one))


def can_boot(entry: Entry) -> bool:
    """Whether an entry is of a kind that boots, with a kernel that is not known to be missing."""
    kernel = entry.kernel
    return (
        entry.kind in BOOTABLE
        and kernel is not None
        and kernel.resolved
        and kernel.exists is not False
    )


def _led_elsewhere(one: _Merged) -> bool:
    """Whether it is a GRUB stub on an ESP whose default stands in a file of another volume."""
    configuration, default = one.configuration, one.default
    return (
        configuration.format == "grub"
        and configuration.source.path.lower().startswith("/efi/")
        and default is not None
        and default.source.volume != configuration.source.volume
    )
