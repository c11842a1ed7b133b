"""A boot as a chart: one self-contained SVG file, a row for each span, grouped by stage."""

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape

from bootpy.analysis import OTHER, Record, own_times, stages, time_lines
from bootpy.cli.list_text import clean
from bootpy.timeline import STAGES, Span

# Of one lightness, told apart by those who see no red or green too (after Paul Tol's "bright"
# and "muted" schemes).
_COLOURS = {
    "kernel": "#4477aa",
    "interpreter": "#66ccee",
    "imports": "#44aa99",
    "early": "#999933",
    "drivers": "#ee8866",
    "devices": "#aa3377",
    "mounts": "#882255",
    "readers": "#228833",
    "policy": "#332288",
    "wait": "#bbbbbb",
    "menu": "#ddcc77",
    "load": "#cc3311",
    "shutdown": "#555555",
    OTHER: "#e4e4e4",
}

_LEFT, _WIDTH, _RIGHT = 120, 1000, 330
"""Pixels: the stages' names, the time axis, room for what stands behind the last bars."""

_TOP, _ROW, _BAR, _GAP = 108, 18, 12, 8
_CHARACTER = 6.3  # pixels that one takes, on the wide side
_TICKS = 12
_MOST_CHARACTERS = 56  # so that a label fits behind its bar, before it, or into it


def svg(record: Record) -> str:
    """Return the chart as text of an SVG 1.1 document."""
    return "\n".join(_Chart(record).lines()) + "\n"


class _Chart:
    def __init__(self, record: Record) -> None:
        self.record = record
        self.scale = _WIDTH / record.end if record.end else 0.0
        order = sorted(
            zip(record.spans, own_times(record)[0], strict=True),
            key=lambda one: (STAGES.index(one[0].stage), one[0].start, -one[0].end),
        )
        self.groups = [
            (stage, list(rows)) for stage, rows in groupby(order, key=lambda one: one[0].stage)
        ]
        rows = len(record.spans) * _ROW + len(self.groups) * _GAP
        self.bottom = _TOP + rows
        self.height = self.bottom + 30

    def x(self, seconds: float) -> float:
        return round(_LEFT + seconds * self.scale, 2)

    def lines(self) -> Iterator[str]:
        width = _LEFT + _WIDTH + _RIGHT
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{self.height}" '
            f'viewBox="0 0 {width} {self.height}" font-family="sans-serif" font-size="11" '
            'fill="#222222">'
        )
        yield f"<title>{_text(self._headline())}</title>"
        yield f'<rect width="{width}" height="{self.height}" fill="#ffffff"/>'
        yield f'<text x="12" y="24" font-size="16">{_text(self._headline())}</text>'
        for number, line in enumerate(self._said()):
            yield f'<text x="12" y="{42 + number * 14}" fill="#555555">{_text(line)}</text>'
        yield from self._strip()
        yield from self._axis()
        top = float(_TOP)
        for stage, rows in self.groups:
            yield from self._group(stage, rows, top)
            top += len(rows) * _ROW + _GAP
        yield "</svg>"

    def _headline(self) -> str:
        version = f"bootpy {self.record.version}" if self.record.version else "bootpy"
        kernel = f" on Linux {self.record.kernel}" if self.record.kernel else ""
        return f"{version}{kernel}: {duration(self.record.end)}"

    def _said(self) -> list[str]:
        lines = time_lines(self.record)
        return [lines[0], " ".join(lines[1:])]

    def _strip(self) -> Iterator[str]:
        """One bar of all stages' own times, in their order."""
        at = 0.0
        for share in stages(self.record):
            left, right = self.x(at), self.x(at + share.seconds)
            at += share.seconds
            words = f"{share.stage}: {duration(share.seconds)}"
            yield (
                f'<rect class="stage" x="{left}" y="66" width="{right - left:.2f}" height="14" '
                f'fill="{_COLOURS[share.stage]}"><title>{_text(words)}</title></rect>'
            )
        yield f'<text x="{_LEFT - 8}" y="77" text-anchor="end">in all</text>'

    def _axis(self) -> Iterator[str]:
        step = tick(self.record.end)
        count = int(self.record.end / step + 1e-9) if step else 0
        for number in range(count + 1):
            x = self.x(number * step)
            yield (
                f'<line class="tick" x1="{x}" y1="{_TOP - 8}" x2="{x}" y2="{self.bottom}" '
                'stroke="#dddddd"/>'
            )
            words = _on_axis(number * step, step)
            yield f'<text x="{x}" y="{_TOP - 12}" text-anchor="middle">{words}</text>'
            yield f'<text x="{x}" y="{self.bottom + 16}" text-anchor="middle">{words}</text>'
        x = self.x(self.record.end)
        yield f'<line x1="{x}" y1="{_TOP - 8}" x2="{x}" y2="{self.bottom}" stroke="#888888"/>'

    def _group(self, stage: str, rows: list[tuple[Span, float]], top: float) -> Iterator[str]:
        height = len(rows) * _ROW
        yield (
            f'<rect x="0" y="{top - 2}" width="{_LEFT + _WIDTH + _RIGHT}" height="{height + 2}" '
            f'fill="{_COLOURS[stage]}" fill-opacity="0.07"/>'
        )
        yield (
            f'<text x="{_LEFT - 8}" y="{top + _BAR - 1}" text-anchor="end" '
            f'font-weight="bold">{stage}</text>'
        )
        for number, (span, own) in enumerate(rows):
            yield from self._bar(span, own, top + number * _ROW)

    def _bar(self, span: Span, own: float, y: float) -> Iterator[str]:
        left, right = self.x(span.start), self.x(span.end)
        took = span.end - span.start
        name = clean(span.name)
        words = f"{span.stage}: {name}\n{duration(took)}, from {span.start:.6f} s"
        if own < took - 1e-6:
            words += f"\n{duration(own)} of it beside the spans inside"
        yield (
            f'<rect class="span" x="{left}" y="{y}" width="{max(right - left, 1):.2f}" '
            f'height="{_BAR}" fill="{_COLOURS[span.stage]}"><title>{_text(words)}</title></rect>'
        )
        label = name if len(name) <= _MOST_CHARACTERS else f"{name[: _MOST_CHARACTERS - 1]}…"
        label = f"{label} ({duration(took)})"
        room = len(label) * _CHARACTER
        place, x = 'text-anchor="start"', max(right, left + 1) + 4
        if x + room > _LEFT + _WIDTH + _RIGHT:
            place, x = 'text-anchor="end"', left - 4
            if x - room < _LEFT:
                place, x = 'text-anchor="start" fill="#ffffff"', left + 4
        yield f'<text class="name" x="{x:.2f}" y="{y + _BAR - 2}" {place}>{_text(label)}</text>'


def tick(end: float) -> float:
    """Return the distance of marks on an axis of so many seconds: 1, 2 or 5 times a power of 10.

    At most a dozen fit; 0 where there is no time at all.
    """
    if end <= 0:
        return 0.0
    step = 1e-6
    while True:
        for times in (1, 2, 5):
            if end / (step * times) <= _TICKS:
                return step * times
        step *= 10


def duration(seconds: float) -> str:
    """Write a duration with three digits or more: 1.234 s, 56.7 ms, 89 µs."""
    if seconds >= 1:
        return f"{seconds:.3f} s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds * 1e6:.0f} µs"


def _on_axis(seconds: float, step: float) -> str:
    if step >= 1:
        return f"{seconds:.0f} s"
    if step >= 0.1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1e3:.{0 if step >= 1e-3 else 3}f} ms"


def _text(words: str) -> str:
    """Escape for XML, leaving out what no XML document may hold."""
    return escape("".join(each for each in words if each == "\n" or each.isprintable()))
