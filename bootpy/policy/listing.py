"""One listing from all configurations: order, unique ids, and whose default and timeout win.

The rule is told to users in docs/which-default.md.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bootpy.entry import Configuration, Entry, Folded, Listing

BOOTABLE = frozenset(("linux", "multiboot", "multiboot2", "uki", "iso", "fit"))
"""Kinds that a default may have to boot by itself; the others show something or go elsewhere."""


class _Merged(NamedTuple):
    """A configuration with the ids that its entries have in the listing."""

    configuration: Configuration
    ids: dict[str, str]
    default: Entry | None


def merge(configurations: Iterable[Configuration]) -> Listing:
    """Merge configurations, in the order given, into what the machine can boot.

    An entry that boots the same as one of an earlier configuration (`_boot`) is folded into
    that one: a grub.cfg on the ESP leads to the one that is read by itself as well, and one
    kernel may stand in a grub.cfg and in an extlinux.conf. Within one configuration equal
    entries stay.
    """
    entries: list[Entry] = []
    folded: list[Folded] = []
    taken: set[str] = set()
    homes: dict[tuple[object, ...], str] = {}
    merged: list[_Merged] = []
    for configuration in configurations:
        chosen = own_default(configuration)
        ids: dict[str, str] = {}
        default: Entry | None = None
        seen_here: dict[tuple[object, ...], str] = {}
        for number, entry in enumerate(configuration.entries):
            boot = _boot(entry)
            known = homes.get(boot)
            if known is None:
                kept = entry._replace(id=_unique(entry.id, taken), default=number == chosen)
                taken.add(kept.id)
                entries.append(kept)
                seen_here.setdefault(boot, kept.id)
            else:
                folded.append(Folded(entry._replace(default=number == chosen), known))
                kept = entry._replace(id=known)
            ids.setdefault(entry.id, kept.id)
            if number == chosen:
                default = kept
        for boot, name in seen_here.items():
            homes.setdefault(boot, name)
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
        folded=tuple(folded),
        passed=sum(one.passed for one in sources),
    )


def _boot(entry: Entry) -> tuple[object, ...]:
    """What a machine does that boots the entry: entries alike in all of it are one boot.

    Titles and what a format's own loader adds (`BOOT_IMAGE=`) make no difference; boot
    counting does. What loads no kernel that is known is alike only where it is the same
    line of the same file.
    """
    if entry.kernel is None:
        return (entry.source, entry.title, entry.kind, entry.action)
    return (
        entry.kind,
        entry.kernel,
        entry.initrds,
        entry.devicetree,
        entry.overlays,
        entry.modules,
        entry.cmdline,
        entry.tries,
        entry.profile,
        entry.extras,
        entry.configuration,
    )


def own_default(configuration: Configuration) -> int | None:
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
    ranked = [
        (rank(one.configuration, one.default), number)
        for number, one in enumerate(merged)
        if one.default is not None
    ]
    return merged[min(ranked)[1]] if ranked else None


class Rank(NamedTuple):
    """How good a claim a configuration's default has to be the machine's: False is better."""

    cannot_boot: bool
    not_asked_for: bool
    not_led_to: bool


def rank(configuration: Configuration, default: Entry) -> Rank:
    """Rank a configuration with its default."""
    return Rank(
        not can_boot(default),
        not _asked_for_once(default),
        not _leads_elsewhere(configuration, default),
    )


def can_boot(entry: Entry) -> bool:
    """Whether an entry is of a kind that boots, with a kernel that is not known to be missing."""
    kernel = entry.kernel
    return (
        entry.kind in BOOTABLE
        and kernel is not None
        and kernel.resolved
        and kernel.exists is not False
    )


def _asked_for_once(default: Entry) -> bool:
    """Whether the running system asked for this entry for its next start alone."""
    return any(
        one.field == "default" and one.how == "LoaderEntryOneShot" for one in default.origins
    )


def _leads_elsewhere(configuration: Configuration, default: Entry) -> bool:
    """Whether it is a GRUB stub on an ESP whose default stands in a file of another volume."""
    return (
        configuration.format == "grub"
        and configuration.source.path.lower().startswith("/efi/")
        and default.source.volume != configuration.source.volume
    )
