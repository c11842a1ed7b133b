"""Which entry boots, after how long, and what is tried when it fails.

The rules, in this order:

1. What `bootpy.entry=` names comes first. Where it names nothing that is there, that is
   reported and the default boots: a machine far away is better up than in a menu.
2. Then the listing's default, and its fallbacks. These, as what a person names, may be of any
   kind that a kernel can be loaded from. Reboot, power off and kin happen by themselves only
   where `bootpy.entry=` names them.
3. Then what is left and boots by itself (linux, uki) in menu order: the rest of the same
   configuration, of the same volume, of the other volumes, less what only a person may choose.
   Entries that boot counting has given up on come last. Where the default says "go on with
   the next device", the rest of its own configuration is left out.
4. Without a default nothing boots by itself but what `bootpy.entry=` names.
5. Entries whose kernel is known to be missing, or lies on a volume that is not there, are
   passed over with a reason.
6. The countdown: `bootpy.timeout=`, else what the configuration says, else 5 seconds.
"""

from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Level
from bootpy.entry import Entry, Listing
from bootpy.options import Options

SILENT_TIMEOUT = 5.0
"""Seconds to count down where neither the command line nor the configuration says a time."""

_BY_ITSELF = frozenset({"linux", "uki"})
_NEVER_BY_ITSELF = frozenset({"local", "action", "unsupported"})


class Decision(NamedTuple):
    """What boots and when.

    `order` holds the ids to try in turn. `timeout` is in seconds, 0 to boot at once, None to
    wait for a person; None too where `order` is empty. `reason` says in one sentence why the
    first of `order` is it. `settled` is False where what was asked for, or the default, is
    not there yet and may still be plugged in: worth waiting for. `is_guess` says that no
    configuration names it: one that is slow to appear may know better.
    """

    order: tuple[str, ...]
    timeout: float | None
    reason: str
    diagnostics: tuple[Diagnostic, ...] = ()
    settled: bool = True
    is_guess: bool = False


def decide(listing: Listing, options: Options) -> Decision:
    """Apply the rules above to what was found and what the kernel command line asks for."""
    diagnostics: list[Diagnostic] = []
    order: dict[str, str] = {}
    asked = resolve(listing, options.entry) if options.entry else None
    default = listing.find(listing.default) if listing.default is not None else None
    if options.entry and asked is None:
        diagnostics.append(_not_found(listing, options.entry))

    where = _configuration(default) if default is not None else ""
    named = [(asked, "bootpy.entry= on the kernel command line"), (default, f"default of {where}")]
    named += [(listing.find(each), f"fallback of {where}") for each in listing.fallbacks]
    for entry, reason in named:
        if entry is None or entry.id in order:
            continue
        problem = _problem(entry, person=entry is asked)
        if problem is None:
            order[entry.id] = reason
        else:
            diagnostics.append(_passed_over(entry, problem))

    if default is not None:
        seen = {entry.id for entry, _ in named if entry is not None}
        for entry in _rest(listing, asked or default, default):
            if entry.id in seen:
                continue
            problem = _problem(entry, person=False)
            if problem is None:
                order[entry.id] = f"next that can boot, since the default of {where} cannot"
            else:
                diagnostics.append(_passed_over(entry, problem))

    chosen = asked if options.entry else default
    return Decision(
        tuple(order),
        _timeout(listing, options) if order else None,
        next(iter(order.values()), "nothing here can boot by itself"),
        tuple(dict.fromkeys(diagnostics)),
        not (options.entry and asked is None) and not (chosen and _is_awaited(chosen)),
        is_guess=chosen is not None and chosen is not asked and chosen.format == "heuristic",
    )


def resolve(listing: Listing, words: str) -> Entry | None:
    """Find the entry that a person means, or None.

    In this order: its id; its number in the list, from 1; its id without the
    "format:volume:" front; its title; its path "submenu>title" with or without blanks around
    ">"; then title and path without regard to case. The first in menu order counts.
    """
    words = words.strip()
    found = listing.find(words)
    if found is not None or not words:
        return found
    if words.isascii() and words.isdecimal() and 0 < int(words[:9]) <= len(listing.entries):
        return listing.entries[int(words[:9]) - 1]
    for wanted, names in (
        (words, _short_id),
        (words, lambda entry: entry.title),
        (_tight(words), lambda entry: _tight(">".join(entry.path))),
        (words.casefold(), lambda entry: entry.title.casefold()),
        (_tight(words).casefold(), lambda entry: _tight(">".join(entry.path)).casefold()),
    ):
        for entry in listing.entries:
            if names(entry) == wanted:
                return entry
    return None


def _short_id(entry: Entry) -> str:
    return entry.id.split(":", 2)[-1]


def _tight(path: str) -> str:
    return ">".join(part.strip() for part in path.split(">"))


def _configuration(entry: Entry) -> str:
    folder, _, name = entry.source.path.rpartition("/")
    # The file of a BLS entry or a UKI is one entry; what has a default is their folder.
    return f"{folder if entry.format in {'bls', 'uki'} else name} on {entry.source.volume}"


def _timeout(listing: Listing, options: Options) -> float | None:
    seconds = next(
        (each for each in (options.timeout, listing.timeout) if each is not None), SILENT_TIMEOUT
    )
    return seconds if seconds >= 0 else None


def _is_awaited(entry: Entry) -> bool:
    return entry.kernel is not None and not entry.kernel.resolved


def _problem(entry: Entry, person: bool) -> str | None:
    """Say why `entry` is not tried, or None; a `person` may ask for an action, too."""
    if entry.kind == "local":
        return "it says to go on with the next device"
    if entry.kind == "unsupported" or (not person and entry.kind in _NEVER_BY_ITSELF):
        return f"its kind, {entry.kind}, does not boot by itself"
    if entry.kind in _NEVER_BY_ITSELF:
        return None
    if entry.kernel is None:
        return "it names no kernel"
    if not entry.kernel.resolved:
        return f"its kernel {entry.kernel} lies on a volume that is not there"
    return f"its kernel {entry.kernel} is missing" if entry.kernel.exists is False else None


def _passed_over(entry: Entry, problem: str) -> Diagnostic:
    level: Level = "info" if entry.kind == "local" else "warning"
    if _is_awaited(entry):
        hint = "plug in what holds it"
    elif entry.kernel is not None and entry.kernel.exists is False:
        hint = "install that kernel again or make the configuration anew"
    else:
        hint = "choose it in the menu, or name another default"
    return Diagnostic(level, entry.source, f"'{entry.title}' is passed over: {problem}", hint)


def _rest(listing: Listing, chosen: Entry, default: Entry) -> list[Entry]:
    """Return what may boot by itself, nearest to `chosen` first, menu order within."""

    def place(entry: Entry) -> tuple[str, str]:
        return entry.source.volume, entry.source.path.rpartition("/")[0]

    def distance(entry: Entry) -> tuple[bool, bool, bool]:
        given_up = entry.tries is not None and entry.tries.left == 0
        return given_up, place(entry)[0] != place(chosen)[0], place(entry) != place(chosen)

    goes_on = default.kind == "local"
    return sorted(
        (
            entry
            for entry in listing.entries
            if entry.kind in _BY_ITSELF
            and not entry.by_person
            and not (goes_on and place(entry) == place(default))
        ),
        key=distance,
    )


def _not_found(listing: Listing, words: str) -> Diagnostic:
    message = f"bootpy.entry={words} names no entry that is here"
    return Diagnostic("error", None, message, names_near(listing, words))


def names_near(listing: Listing, words: str) -> str:
    """Say as a hint what a person may have meant by `words`, which names no entry."""
    near = _near(listing, words)
    if near:
        return "near matches: " + ", ".join(f"'{name}'" for name in near)
    if listing.entries:
        return f"give an id, a title, or a number from 1 to {len(listing.entries)}"
    return "no entry was found at all"


def _near(listing: Listing, words: str) -> list[str]:
    """Return at most three titles or ids that hold half of the pairs of letters in `words`."""

    def pairs(text: str) -> set[str]:
        text = text.casefold()
        return {text[at : at + 2] for at in range(len(text) - 1)}

    wanted = pairs(words)
    rated: dict[str, tuple[int, int]] = {}
    for entry in listing.entries:
        for name in (entry.title, ">".join(entry.path), _short_id(entry)):
            has = pairs(name)
            rated[name] = (-len(wanted & has), len(has))
    best = sorted(rated, key=lambda name: rated[name])
    return [name for name in best if wanted and -2 * rated[name][0] >= len(wanted)][:3]
