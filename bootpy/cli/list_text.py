"""A listing as a person reads it."""

from collections.abc import Iterable, Iterator

from bootpy.diagnostics import Diagnostic
from bootpy.entry import Entry, File, Listing


def listing_lines(listing: Listing) -> Iterator[str]:
    """Give the lines of the listing: entries in menu order, submenus as headings."""
    if not listing.entries:
        yield "No boot entries found."
        return
    above: tuple[str, ...] = ()
    for entry in listing.entries:
        inside = entry.path[:-1]
        for depth, title in enumerate(inside):
            if inside[: depth + 1] != above[: depth + 1]:
                yield f"{'  ' * depth}  {clean(title)}:"
        above = inside
        indent = "  " * len(inside)
        mark = "*" if entry.id == listing.default else " "
        yield f"{indent}{mark} {clean(entry.title)}"
        for name, value in _details(entry):
            yield f"{indent}      {name:<11} {clean(value)}"
        yield ""
    yield _summary(listing)


def folded_lines(listing: Listing) -> Iterator[str]:
    """Give the lines of the entries left out because another boots the same."""
    for away in listing.folded:
        entry = away.entry
        yield f"- {clean(' > '.join(entry.path))}"
        yield f"      from        {clean(f'{entry.source}, {entry.format}')}"
        yield f"      the same as {clean(away.into)}"
        yield ""
    count = len(listing.folded)
    what = "1 entry" if count == 1 else f"{count} entries"
    yield f"{what} folded away: another entry boots the same."


def remark_lines(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """Give the lines that say what is wrong, the worst first."""
    levels = ("error", "warning", "info")
    for said in sorted(diagnostics, key=lambda said: levels.index(said.level)):
        place = f"{said.source}: " if said.source else ""
        yield clean(f"{said.level}: {place}{said.message}")
        if said.hint:
            yield clean(f"    {said.hint}")


def clean(text: str) -> str:
    """Show control characters by their escapes: a title must not steer the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _details(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.kernel:
        yield entry.kind, where(entry.kernel)
    else:
        yield entry.kind, _MEANINGS.get(entry.kind, "no kernel")
    for file in entry.initrds:
        yield "initrd", where(file)
    for module in entry.modules:
        yield "module", f"{where(module.file)} {module.cmdline}".strip()
    if entry.devicetree:
        yield "devicetree", where(entry.devicetree)
    for file in entry.overlays:
        yield "overlay", where(file)
    if entry.cmdline:
        yield "arguments", entry.cmdline
    if entry.tries:
        yield "tries", f"{entry.tries.left} left, {entry.tries.done} failed"
    yield "from", f"{entry.source}, {entry.format}"
    yield "id", entry.id


_MEANINGS = {
    "local": "go on with the next device",
    "action": "reboot, power off or firmware setup",
    "unsupported": "cannot boot: see below",
}


def where(file: File) -> str:
    """Name a file's place, and say so where it is not there."""
    if not file.resolved:
        return f"{file}  (volume not there)"
    return f"{file}  (missing)" if file.exists is False else str(file)


def _summary(listing: Listing) -> str:
    count = len(listing.entries)
    what = f"{count} {'entry' if count == 1 else 'entries'}"
    default = listing.find(listing.default) if listing.default else None
    if default is None:
        return f"{what}; none boots by itself."
    if listing.timeout is None:
        when = "after bootpy's own countdown"
    elif listing.timeout < 0:
        when = "only when chosen: the configuration says to wait"
    else:
        when = "at once" if listing.timeout == 0 else f"after {listing.timeout:g} s"
    return f"{what}; * boots {when}."
