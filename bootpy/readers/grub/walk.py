"""From menus to entries: run each entry's body as if a person picked it.

Each body runs with a copy of the variables as they are when the menu is shown; a submenu
begins with the exported ones only.
"""

from typing import NamedTuple

from bootpy.diagnostics import Source
from bootpy.entry import Entry, Kind, Origin, Write
from bootpy.readers.grub import defaults
from bootpy.readers.grub.evaluator import Evaluator
from bootpy.readers.grub.heads import Head, Heads
from bootpy.readers.grub.limits import STEPS_PER_ENTRY, STEPS_PER_REPEATED_ENTRY, LimitReached
from bootpy.readers.grub.loading import Loading
from bootpy.readers.grub.menu import Menu, MenuItem

DEEPEST_MENU = 20
"""Submenus and configfiles within each other."""


class Picked(NamedTuple):
    """What picking an item leads to: one entry, or the menu within.

    `first` is the id of the entry that boots without further ado, None where a password
    is asked for before; `writes` are what the body would have written.
    """

    entries: tuple[Entry, ...]
    first: str | None
    writes: tuple[Write, ...]


class Way(NamedTuple):
    """The titles and the ids of the items picked on the way to a menu, or to an entry."""

    titles: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


_HERE = Way()
_NOTHING = Picked((), None, ())


class Shown(NamedTuple):
    """A menu with all that is in it."""

    entries: tuple[Entry, ...] = ()
    default: str | None = None
    timeout: float | None = None
    fallbacks: tuple[str, ...] = ()
    writes: tuple[Write, ...] = ()


class Walk:
    """One pass over the menus of a configuration; `prefix` begins every entry's id.

    With `asks_nobody`, entries that cannot boot by themselves are looked into only where that
    tells how many they are; `passed` counts the others.
    """

    def __init__(self, prefix: str, *, asks_nobody: bool = False) -> None:
        self.passed = 0
        self._asks_nobody = asks_nobody
        self._prefix = prefix
        self._ids: set[str] = set()
        self._repeats: dict[str, int] = {}

    def menu(self, shell: Evaluator, menu: Menu, way: Way = _HERE) -> Shown:
        """Look into every item of `menu`, with `shell` as it is when the menu is shown."""
        variables = menu.variables
        # GRUB's menu lacks what it could not parse and what is hidden, also when it counts.
        counted = [
            index for index, one in enumerate(menu.items) if not (_is_broken(one) or one.hidden)
        ]
        items = [menu.items[index] for index in counted]
        default, _rest = defaults.split_first(variables.get("default") or "")
        chosen = defaults.find(items, default) if default else None
        fallbacks = defaults.fallbacks(items, variables.get("fallback") or "")
        needed = None
        if self._asks_nobody:
            needed = {counted[index] for index in (chosen or 0, *fallbacks) if index < len(counted)}
        picked = self._pick(shell, menu, way, needed)
        first = picked[counted[chosen or 0]] if counted else None
        return Shown(
            entries=tuple(entry for item in picked for entry in item.entries),
            default=first.first if first else None,
            timeout=defaults.timeout(variables.get("timeout")),
            fallbacks=tuple(
                found for index in fallbacks if (found := picked[counted[index]].first) is not None
            ),
            writes=first.writes if first else (),
        )

    def _pick(
        self, shell: Evaluator, menu: Menu, way: Way, needed: set[int] | None
    ) -> list[Picked]:
        """Look into the items, or into those alone that are needed or may be more than one."""
        heads = Heads()
        picked = []
        for index, item in enumerate(menu.items):
            if needed is None or index in needed or not heads.passes(item, shell):
                picked.append(self._item(shell, menu, item, way, heads))
            else:
                self.passed += 1
                self._unique((*way.ids, item.id.replace(">", ">>")))
                picked.append(_NOTHING)
        return picked

    def _item(self, shell: Evaluator, menu: Menu, item: MenuItem, way: Way, heads: Heads) -> Picked:
        titles = (*way.titles, item.title.replace("^", ""))
        ids = (*way.ids, item.id.replace(">", ">>"))
        restricted = item.restricted and bool(menu.variables.get("superusers"))
        if item.entry is not None and item.block is None:
            # Another reader's entry may itself stand in a submenu.
            path = (*titles[:-1], *(item.entry.path or titles[-1:]))
            entry = item.entry._replace(id=self._unique(ids), path=path, default=False)
            entry = entry._replace(by_person=entry.by_person or restricted)
            return Picked((entry,), None if restricted else entry.id, ())
        head = heads.of(item, shell)
        runner = _from_menu(shell, menu, item) if head is None else _from_head(head)
        name = item.id.replace(">", ">>")
        before = menu.variables.get("chosen")
        runner.variables.set("chosen", name if before is None else f"{before}>{name}")
        runner.variables.export("chosen")
        runner.line = item.source.line or 1
        more = STEPS_PER_REPEATED_ENTRY if item.repeated else STEPS_PER_ENTRY
        runner.session.budget.allow(more)
        reason = ""
        try:
            heads.run(runner, item, head)
        except LimitReached as limit:
            runner.tell("error", limit.message, limit.hint)
            runner.session.budget.stop()
            reason = limit.message
        # An entry may bring entries too, by sourcing an image's loopback.cfg.
        if item.is_submenu or runner.menu.items:
            runner.menu.variables = runner.variables
            runner.shown.append(runner.menu)
        inner = [within for within in runner.shown if within.items]
        if inner and len(titles) < DEEPEST_MENU and runner.loading.kind is None:
            return self._within(runner, inner, Way(titles, ids), restricted=restricted)
        # Hidden entries are mostly switches, which load nothing.
        if item.is_submenu or (item.hidden and runner.loading.kind is None):
            return Picked((), None, ())
        entry = self._entry(runner, item, titles, self._unique(ids), reason)
        if restricted or item.hidden:
            entry = entry._replace(by_person=True)
        return Picked((entry,), None if restricted else entry.id, tuple(runner.writes))

    def _within(
        self, runner: Evaluator, menus: list[Menu], way: Way, *, restricted: bool
    ) -> Picked:
        shown = [self.menu(runner, menu, way) for menu in menus]
        entries = [entry for menu in shown for entry in menu.entries]
        if restricted:
            entries = [entry._replace(by_person=True) for entry in entries]
        return Picked(
            tuple(entries),
            None if restricted else shown[0].default,
            (*runner.writes, *shown[0].writes),
        )

    def _entry(
        self, runner: Evaluator, item: MenuItem, titles: tuple[str, ...], name: str, reason: str
    ) -> Entry:
        loading = runner.loading
        kind: Kind = loading.kind or "unsupported"
        reason = loading.reason or reason
        if _is_broken(item):
            kind, reason = "unsupported", "is broken: a part of it could not be read"
        elif loading.kind is None and not reason:
            reason = "loads nothing that could be booted"
        if reason or loading.remark:
            _tell(runner, item, f"the entry {item.title!r} {reason or loading.remark}")
        return _made(loading, item, titles, name, "unsupported" if reason else kind)

    def _unique(self, ids: tuple[str, ...]) -> str:
        name = f"{self._prefix}:{'>'.join(ids)}"
        unique, count = name, self._repeats.get(name, 1)
        while unique in self._ids:
            count += 1
            unique = f"{name}#{count}"
        self._ids.add(unique)
        self._repeats[name] = count
        return unique


def _from_menu(shell: Evaluator, menu: Menu, item: MenuItem) -> Evaluator:
    """What an entry's body runs in, with `shell` as it is when the menu is shown."""
    variables = menu.variables.within() if item.is_submenu else menu.variables.copy()
    source = Source(item.source.volume, item.source.path)
    runner = shell.fork(variables, Menu(source, variables))
    runner.passed = (*shell.passed, (source.volume, source.path))
    _, rest = defaults.split_first(menu.variables.get("default") or "")
    if rest is None:
        variables.unset("default")
    else:
        variables.set("default", rest)
    return runner


def _from_head(head: Head) -> Evaluator:
    """What the rest of an entry's body runs in, with all as its head left it."""
    variables = head.after.variables.copy()
    return head.after.fork(variables, Menu(head.after.source, variables))


def _is_broken(item: MenuItem) -> bool:
    return item.block is not None and item.block.broken and not item.is_submenu


def _tell(runner: Evaluator, item: MenuItem, message: str) -> None:
    runner.line = item.source.line or 1
    runner.tell("warning", message, "it is shown, and cannot be booted from here")


def _made(
    loading: Loading, item: MenuItem, titles: tuple[str, ...], name: str, kind: Kind
) -> Entry:
    made = item.entry
    if made is None:
        made = Entry("", "", (), "grub", kind, item.source)
        origins = (Origin("title", item.title, item.source, "menuentry"), *loading.origins)
    else:
        # The lines of a body that blscfg made are nobody's; what it expands is.
        expanded = (one for one in loading.origins if one.field in {"variable", "root"})
        origins = (*made.origins, *expanded)
    return made._replace(
        id=name,
        title=titles[-1],
        path=titles,
        kind=kind,
        kernel=loading.kernel,
        initrds=tuple(loading.initrds),
        devicetree=loading.devicetree,
        modules=tuple(loading.modules),
        cmdline=loading.cmdline,
        cmdline_added=loading.cmdline_added,
        action=loading.action,
        origins=origins,
    )
