"""One menu of the Boot Loader Specification's entries: order, titles, default, countdown.

Which entry boots by itself is what config_select_default_entry() of systemd's src/boot/boot.c
makes of loader.conf and of its EFI variables. In this order: the entry for one boot; what is
preferred and not given up by boot counting, and the default, of either the variable first.
Source for the variables: https://systemd.io/BOOT_LOADER_INTERFACE.
"""

import posixpath
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import Configuration, Host, Origin, Write
from bootpy.readers.bls_order import Candidate, after_a_try, in_order
from bootpy.readers.bls_pattern import matches
from bootpy.readers.loader_conf import SAVED, LoaderConf, seconds

VARIABLES = "efivarfs"
"""Stands for a volume where a variable of the firmware is meant, as it does for mount(8)."""

_VENDOR = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"  # the Boot Loader Interface's
_ONE_SHOT = "LoaderEntryOneShot"
_PREFERRED = "LoaderEntryPreferred"
_DEFAULT = "LoaderEntryDefault"
_LAST = "LoaderEntryLastBooted"
_TIMEOUTS = ("LoaderConfigTimeoutOneShot", "LoaderConfigTimeout")


class _Wish(NamedTuple):
    """A pattern for the default, where it stands, and what it is called there.

    `assessed` says that entries which boot counting has given up do not count.
    """

    pattern: str
    source: Source
    how: str
    assessed: bool = False


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
    said += _nothing_saved(conf, source, variables)
    entries = tuple(
        one.entry._replace(default=True, origins=(*one.entry.origins, _origin(one, wish, source)))
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

    def of_variable(name: str, assessed: bool = False) -> _Wish:
        pattern = variables.get(name, "")
        if pattern.lower() == SAVED:
            return of_variable(_LAST, assessed)
        place = Source(VARIABLES, variable_path(name))
        return _Wish(pattern, place, name, assessed)

    def of_conf(pattern: str | None, key: str, line: int | None, assessed: bool = False) -> _Wish:
        if pattern == SAVED:
            return of_variable(_LAST, assessed)
        place = source._replace(line=line)
        return _Wish(pattern or "", place, f"{key} in loader.conf", assessed)

    wishes = (
        of_variable(_ONE_SHOT),
        of_variable(_PREFERRED, assessed=True),
        of_conf(conf.preferred, "preferred", conf.preferred_line, assessed=True),
        of_variable(_DEFAULT),
        of_conf(conf.default, "default", conf.default_line),
    )
    return [wish for wish in dict.fromkeys(wishes) if wish.pattern]


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
                if matches(wish.pattern, one.names) and not (wish.assessed and one.given_up):
                    return one, wish
    return (offered[0] if offered else None), None


def _matches_nothing(wish: _Wish) -> Diagnostic:
    if wish.source.volume == VARIABLES:
        message = f"{wish.how} {quoted(wish.pattern)} matches no entry here"
        return Diagnostic("info", wish.source, message, "bootctl list shows the names there are")
    key = wish.how.partition(" ")[0]
    message = f"{key} {quoted(wish.pattern)} matches no entry"
    if wish.assessed:
        message += " that boot counting has not given up"
    hint = "the first entry in order is taken; name a file of the folder entries or EFI/Linux"
    return Diagnostic("warning", wish.source, message, hint)


def _nothing_saved(conf: LoaderConf, source: Source, variables: dict[str, str]) -> list[Diagnostic]:
    """Say so where loader.conf means the entry that was booted last, and none is remembered."""
    if variables.get(_LAST):
        return []
    return [
        Diagnostic(
            "info",
            source._replace(line=line),
            f"{key} {SAVED}: no entry is remembered in the EFI variable {_LAST}",
            "the next rule decides: the default, or the first entry in order",
        )
        for key, pattern, line in (
            ("preferred", conf.preferred, conf.preferred_line),
            ("default", conf.default, conf.default_line),
        )
        if pattern == SAVED
    ]


def _origin(chosen: Candidate, wish: _Wish | None, source: Source) -> Origin:
    if wish is None:
        how = "first entry in the specification's order"
        return Origin("default", chosen.loader_id, source, how)
    return Origin("default", wish.pattern, wish.source, wish.how)


def _timeout(conf: LoaderConf, variables: dict[str, str]) -> float | None:
    once, kept = (seconds(variables.get(name, "")) for name in _TIMEOUTS)
    if once is not None:
        return once or -1.0  # for one boot 0 asks for a menu that waits
    return conf.timeout if kept is None else kept


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
    asked = (
        variables.get(_PREFERRED, "").lower() or conf.preferred,
        variables.get(_DEFAULT, "").lower() or conf.default,
    )
    if SAVED in asked and not once:
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
