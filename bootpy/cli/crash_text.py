"""What `bootpy crash status` prints: lines for people, JSON for scripts."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bootpy.cli.devices import size_text
from bootpy.crash.readiness import PANICS

if TYPE_CHECKING:
    from bootpy.crash.image import Place
    from bootpy.crash.readiness import Readiness


def status_object(found: "Readiness") -> dict[str, Any]:
    """Return what `--json` prints: docs/crash.schema.json."""
    return {
        "schema": 1,
        "loaded": found.state.crash,
        "reserved": found.state.reserved,
        "crashkernel": found.wanted,
        "sizes": found.sizes._asdict() if found.sizes else None,
        "to": found.settings.to,
        "place": _place(found.place) if found.place else None,
        "problem": found.problem or None,
        "room": found.room._asdict() if found.room else None,
        "makedumpfile": found.makedumpfile or None,
        "failed": found.settings.failed,
        "panics": found.panics,
        "dumps": list(found.dumps),
        "advice": list(found.advice),
    }


def _place(place: "Place") -> dict[str, Any]:
    told = place._asdict()
    told.pop("mapping", None)
    if "link" in told:
        told["link"] = told["link"]._asdict()
    return told


def status_lines(found: "Readiness") -> Iterator[str]:
    """Give the lines that a person reads."""
    kept = _mib(found.state.reserved) if found.state.reserved else "nothing is kept"
    word = f" ({found.wanted})" if found.wanted else ""
    takes = ""
    if found.sizes:
        takes = f"; saving a dump takes {_mib(found.sizes.least)}"
    yield f"memory      {kept}{word}{takes}"
    yield f"loaded      {'a capture kernel' if found.state.crash else 'nothing'}"
    yield f"saves to    {found.place or f'nowhere: {found.problem}'}"
    if found.room:
        yield (
            f"room        {size_text(found.room.free)} free for a dump of at most "
            f"{size_text(found.room.most)}"
        )
    if found.makedumpfile:
        yield f"dump        {found.makedumpfile} -c -d {found.settings.level}; a copy if that fails"
    else:
        yield "dump        a copy of memory, less its pages of zeros"
    yield f"failed      {found.settings.failed}, where nothing can be saved"
    on = [name for name, value in found.panics.items() if value]
    off = [name for name, value in found.panics.items() if not value]
    yield f"panics      {_after(on) if on else 'by itself alone'}"
    if off:
        yield f"goes on     {_after(off)}"
    if found.dumps:
        yield f"dumps       {len(found.dumps)} in {found.settings.to}, the newest {found.dumps[-1]}"
    else:
        yield f"dumps       none in {found.settings.to}"
    for advice in found.advice:
        yield f"advice      {advice}"


def _after(names: list[str]) -> str:
    return f"after {'; '.join(f'{PANICS[name]} ({name})' for name in names)}"


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.0f} MiB"
