"""One menu of the Boot Loader Specification's entries: order, titles, default, countdown.

Which entry boots by itself is what config_select_default_entry() of systemd's src/boot/boot.c
makes of loader.conf and of its EFI variables, in that order: LoaderEntryOneShot,
LoaderEntryDefault, loader.conf.
"""

import posixpath
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Host, Origin, Write
from bootpy.readers.bls_order import Candidate, after_a_try, in_order
from bootpy.readers.bls_pattern import matches
from bootpy.readers.loader_conf import SAVED, LoaderConf, seconds

VARIABLES = "efivarfs"
"""Stands for a volume where a variable of the firmware is meant, as it does for mount(8)."""

_VENDOR = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"  # the Boot Loader Interface's
_ONE_SHOT = "LoaderEntryOneShot"
_DEFAULT = "LoaderEntryDefault"
_LAST = "LoaderEntryLastBooted"
_TIMEOUTS = ("LoaderConfigTimeoutOneShot", "LoaderConfigTimeout")


class _Wish(NamedTuple):
    """A pattern for the default, where it stands, and what it is called there."""

    pattern: str
    source: Source
    how: str


def menu(
    candidates: Sequence[Candidate], conf: LoaderConf, source: Source, host: Host, *, whole: bool
) -> Configuration:
    """Make the menu of all entries that one loader.conf rules.

    `source` is the menu's place (loader.conf, where there is one). Unless `whole`, entries of
    one type were left out: then a default that names none of the others is no mistake.
    """
    said = list(conf.diagnostics)
    variables = dict(host.efi_variables)
    ordered = _told_apart(sorted(candidates, key=in_order))
    wishes = _wishes(conf, source, variables)
    chosen, wish = _chosen(ordered, wishes)
    for missed in wishes:
        if missed is wish or not ordered:
            break
        if missed.how == _ONE_SHOT or (whole and missed.source.volume != VARIABLES):
            said.append(_matches_nothing(missed))
    if conf.default == SAVED and _LAST not in variables:
        place = source._replace(line=conf.default_line)
        message = f"default {SAVED}: no entry is remembered in the EFI variable {_LAST}"
        said.append(Diagnostic("info", place, message, "the first entry in order is taken"))
    entries = tuple(
        one.entry._replace(default=True, origins=(*one.entry.origins, _origin(wish, source)))
        if one is chosen
        else one.entry
        for one in ordered
    )
    return Configuration(
        source=source,
        format="bls",
        entries=entries,
        default=chosen.entry.id if chosen else None,
        timeout=_timeout(conf, variables) if ordered else conf.timeout,
        writes=_writes(chosen, wish, conf, variables) if chosen else (),
        diagnostics=tuple(said),
    )


def variable_path(name: str) -> str:
    """Return the file in which efivarfs shows one of the loader's variables."""
    return f"/{name}-{_VENDOR}"


def _wishes(conf: LoaderConf, source: Source, variables: dict[str, str]) -> list[_Wish]:
    """Return what is asked for as the default, the strongest first."""

    def of_variable(name: str) -> _Wish:
        return _Wish(variables.get(name, ""), Source(VARIABLES, variable_path(name)), name)

    last = of_variable(_LAST)
    by_variable = of_variable(_DEFAULT)
    saved = by_variable.pattern.lower() == SAVED
    wishes = [of_variable(_ONE_SHOT), last if saved else by_variable]
    if conf.default == SAVED:
        wishes += [] if saved else [last]
    elif conf.default is not None:
        place = source._replace(line=conf.default_line)
        wishes.append(_Wish(conf.default, place, "default in loader.conf"))
    return [wish for wish in wishes if wish.pattern]


def _chosen(
    candidates: list[Candidate], wishes: list[_Wish]
) -> tuple[Candidate | None, _Wish | None]:
    """Return the entry that boots by itself, and by which wish (None: the first in order).

    systemd-boot does not know entries whose kernel is missing; here they are listed, and
    chosen only where no other is left.
    """
    offered = [one for one in candidates if one.may_boot] or candidates
    for wish in wishes:
        for among in (offered, candidates):
            for one in among:
                if matches(wish.pattern, one.names):
                    return one, wish
    return (offered[0] if offered else None), None


def _matches_nothing(wish: _Wish) -> Diagnostic:
    if wish.source.volume == VARIABLES:
        message = f"{wish.how} {wish.pattern} matches no entry here"
        return Diagnostic("info", wish.source, message, "bootctl list shows the names there are")
    message = f"default {wish.pattern} matches no entry"
    hint = "the first entry in order is taken; name a file of the folder entries or EFI/Linux"
    return Diagnostic("warning", wish.source, message, hint)


def _origin(wish: _Wish | None, source: Source) -> Origin:
    if wish is None:
        return Origin("default", "", source, "first entry in the specification's order")
    return Origin("default", wish.pattern, wish.source, wish.how)


def _timeout(conf: LoaderConf, variables: dict[str, str]) -> float | None:
    asked = [seconds(variables[name]) for name in _TIMEOUTS if name in variables]
    return next((one for one in asked if one is not None), conf.timeout)


def _writes(
    chosen: Candidate, wish: _Wish | None, conf: LoaderConf, variables: dict[str, str]
) -> tuple[Write, ...]:
    """Return what systemd-boot would write on the way to booting the default.

    The renaming by which it counts the attempt, as the file's new name; the variables for one
    boot, emptied; and the entry's name where it is to be remembered.
    """
    writes = []
    if chosen.entry.tries is not None:
        source = chosen.entry.source
        new = after_a_try(posixpath.basename(source.path))
        writes.append(Write(source.volume, source.path, (("name", new),)))
    values = {name: "" for name in (_ONE_SHOT, _TIMEOUTS[0]) if name in variables}
    once = wish is not None and wish.how == _ONE_SHOT
    asked = variables.get(_DEFAULT, "").lower() or (conf.default or "")
    if asked == SAVED and not once:
        values[_LAST] = chosen.loader_id.lower()
    for name, value in values.items():
        if value != variables.get(name):
            writes.append(Write(VARIABLES, variable_path(name), ((name, value),)))
    return tuple(writes)


def _told_apart(candidates: list[Candidate]) -> list[Candidate]:
    """Add version, machine and then file name to titles that are not unique.

    As generate_boot_entry_titles() of systemd-boot does; the specification leaves the way open.
    """
    steps: tuple[Callable[[Candidate], str], ...] = (
        lambda one: one.entry.version or "",
        lambda one: one.machine_id[:8],
        lambda one: (
            one.names[0] if one.entry.profile else posixpath.basename(one.entry.source.path)
        ),
    )
    for more in steps:
        count = Counter(one.entry.title for one in candidates)
        if max(count.values(), default=0) <= 1:
            break
        candidates = [
            _titled(one, f"{one.entry.title} ({more(one)})")
            if count[one.entry.title] > 1 and more(one)
            else one
            for one in candidates
        ]
    return candidates


def _titled(candidate: Candidate, title: str) -> Candidate:
    return candidate._replace(entry=candidate.entry._replace(title=title, path=(title,)))
