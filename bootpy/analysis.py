"""Where a boot's time went: a timeline's record read back, and what follows from it.

The format of a record is that of `Timeline.record`, told in docs/analyze.md.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from bootpy.errors import BootError
from bootpy.timeline import STAGES, Span, Timeline

OTHER = "other"
"""The stage of the time in which no span was open."""

# What stands by itself in the sum; the rest is the loader's own work.
_APART = ("kernel", "wait", "menu", "load", "shutdown")

_LONGEST = 24 * 3600 * 1_000_000  # microseconds: a menu may stand for a night
_LAST_DAY = 1e12  # seconds since 1970
_DAMAGED = "the record is damaged, or none of bootpy's: take it anew (docs/analyze.md)"


class Record(NamedTuple):
    """A boot as it was recorded; times in seconds since the loader's kernel began.

    `ends` says what came after the last moment: "load" (the record went along with the
    kernel), "jump", "now" (the loader still runs), "log" (a console log's lines end there).
    `wall` is the time of day then, in seconds since 1970, None where unknown; `left_out`
    counts spans that had no room.
    """

    spans: tuple[Span, ...]
    end: float
    ends: str
    version: str = ""
    kernel: str = ""
    wall: float | None = None
    left_out: int = 0


class Share(NamedTuple):
    """Seconds that a stage or a span had for itself, spans inside of it not counted."""

    stage: str
    name: str
    seconds: float


def read(text: str | bytes) -> Record:
    """Read a record. BootError: it is none, with the place that is wrong."""
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BootError(f"the record is no JSON: {error}", _DAMAGED) from None
    if not isinstance(found, dict):
        raise BootError("the record is no JSON object", _DAMAGED)
    if found.get("schema") != 1:
        raise BootError(
            f"a record of schema {found.get('schema')!r}: this bootpy reads schema 1",
            "read it with the bootpy that wrote it, or a newer one",
        )
    end = _time(found.get("end"), "end")
    rows = found.get("spans")
    if not isinstance(rows, list):
        raise BootError("the record's spans are no list", _DAMAGED)
    return Record(
        tuple(_span(row, number, end) for number, row in enumerate(rows)),
        end,
        _text(found.get("ends"), "ends"),
        _text(found.get("bootpy"), "bootpy"),
        _text(found.get("kernel"), "kernel"),
        _wall(found.get("wall")),
        _count(found.get("left_out"), "left_out"),
    )


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON's")


def _wall(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LAST_DAY:
        return float(value)
    raise BootError(f"the record's wall: {value!r} is no time of day", _DAMAGED)


def _count(value: object, place: str) -> int:
    if type(value) is not int or value < 0:
        raise BootError(f"the record's {place}: {value!r} is no number of spans", _DAMAGED)
    return value


def _span(row: object, number: int, end: float) -> Span:
    place = f"spans[{number}]"
    if not isinstance(row, list) or len(row) != 4:
        raise BootError(f"the record's {place} is no list of four", _DAMAGED)
    stage, name = _text(row[0], place), _text(row[1], place)
    if stage not in STAGES:
        raise BootError(f"the record's {place} is of a stage {stage!r}", _DAMAGED)
    start, stop = _time(row[2], place), _time(row[3], place)
    if not start <= stop <= end:
        raise BootError(f"the record's {place} ends before it starts, or after the end", _DAMAGED)
    return Span(stage, name, start, stop)


def _time(value: object, place: str) -> float:
    if type(value) is not int or not 0 <= value <= _LONGEST:
        raise BootError(f"the record's {place}: {value!r} is no time in microseconds", _DAMAGED)
    return value / 1e6


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise BootError(f"the record's {place}: {value!r} is no text", _DAMAGED)
    return value


def of_timeline(timeline: Timeline) -> Record:
    """Return the record of the loader that runs now."""
    return read(timeline.record("now"))


def own_times(record: Record) -> tuple[list[float], float]:
    """Return what each span had for itself, and the time in which none was open, in seconds.

    At each moment the span that was opened last has it, so that all together are the end.
    """
    spans = record.spans
    # Of two that began together the longer is around the other; equal ones are recorded
    # inner first.
    order = sorted(range(len(spans)), key=lambda n: (spans[n].start, -spans[n].end, -n))
    own = [0.0] * len(spans)
    other = now = 0.0
    around: list[int] = []
    for number in [*order, -1]:
        until = spans[number].start if number >= 0 else record.end
        while around and now < until:
            inner = around[-1]
            left = min(spans[inner].end, until) - now
            if left > 0:
                own[inner] += left
                now += left
            if spans[inner].end > until:
                break
            around.pop()
        other += max(until - now, 0.0)
        now = max(until, now)
        around.append(number)
    return own, other


def stages(record: Record) -> list[Share]:
    """Return each stage's time in the order of `STAGES`, those that took any; `OTHER` last."""
    own, other = own_times(record)
    sums = dict.fromkeys(STAGES, 0.0)
    for span, seconds in zip(record.spans, own, strict=True):
        sums[span.stage] += seconds
    met = {span.stage for span in record.spans}
    found = [Share(stage, "", seconds) for stage, seconds in sums.items() if stage in met]
    return [*found, Share(OTHER, "", other)]


def blame(record: Record) -> list[Share]:
    """Return what each span had for itself, the longest first, with what lies between them."""
    own, other = own_times(record)
    shares = [
        Share(span.stage, span.name, seconds)
        for span, seconds in zip(record.spans, own, strict=True)
    ]
    shares.append(Share(OTHER, "between all of these", other))
    return sorted(shares, key=lambda share: -share.seconds)


def time_lines(record: Record) -> list[str]:
    """Return `bootpy analyze time`: the sum, and what is not in it."""
    shares = stages(record)
    inner = [share for share in shares if share.stage not in _APART and share.seconds]
    loader = sum(share.seconds for share in inner)
    parts = ", ".join(f"{share.stage} {share.seconds:.3f}s" for share in inner)
    said = [f"{share.stage} {share.seconds:.3f}s" for share in shares if share.stage in _APART]
    # The kernel comes before the loader's own work, what is apart otherwise after it.
    place = 1 if said and shares[0].stage == "kernel" else 0
    said.insert(place, f"loader {loader:.3f}s" + (f" ({parts})" if parts else ""))
    return [f"{' + '.join(said)} = {record.end:.3f}s", *_missing(record)]


def _missing(record: Record) -> Iterator[str]:
    if record.ends == "load":
        yield "The record went along with the kernel: its load and the jump are not in it."
    if record.ends == "log":
        yield "From the lines of a console log; bootpy.timeline= or bootpy.log=debug tells more."
    if record.left_out:
        yield f"{record.left_out} short spans had no room in the record."


def blame_lines(record: Record, most: int | None = None) -> list[str]:
    """Return `bootpy analyze blame`, `most` lines at most: time, share, stage, name."""
    shares = [share for share in blame(record) if share.seconds > 0][:most]
    whole = record.end or 1.0
    return [
        f"{share.seconds:9.3f}s {share.seconds / whole:6.1%}  {share.stage:<11} {share.name}"
        for share in shares
    ]


def object_of(record: Record) -> dict[str, Any]:
    """Return the record with all that follows from it, under docs/analyze.schema.json."""
    own, _ = own_times(record)
    whole = record.end or 1.0
    return {
        "schema": 1,
        "bootpy": record.version or None,
        "kernel": record.kernel or None,
        "wall": record.wall,
        "ends": record.ends,
        "total": record.end,
        "left_out": record.left_out,
        "stages": [
            {"stage": one.stage, "seconds": _rounded(one.seconds), "share": one.seconds / whole}
            for one in stages(record)
        ],
        "spans": [
            {**span._asdict(), "own": _rounded(seconds)}
            for span, seconds in _by_start(record.spans, own)
        ],
    }


def _by_start(spans: Sequence[Span], own: list[float]) -> list[tuple[Span, float]]:
    return sorted(zip(spans, own, strict=True), key=lambda one: (one[0].start, -one[0].end))


def _rounded(seconds: float) -> float:
    return round(seconds, 6)
