"""The rows of boots as a chart: one self-contained SVG, bars made of stages."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from bench.boots.tables import ORDER

_WIDTH, _LABELS, _BAR, _GAP = 980, 270, 18, 8
_FIGURES = 70
_TOP, _LEGEND = 46, 30

_PARTS = {
    "unpack": ("kernel unpacks", "#a0cbe8"),
    "kernel": ("kernel to /init", "#4e79a7"),
    "own": ("the loader itself", "#e15759"),
    "load": ("load", "#f28e2b"),
    "jump": ("jump, purgatory", "#b07aa1"),
    "target": ("target's kernel", "#76b7b2"),
}
_COLOURS = (
    *("#4e79a7", "#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#edc948"),
    *("#b07aa1", "#ff9da7", "#bab0ac", "#bab0ac", "#9c755f", "#86bcb6", "#d3d3d3"),
)
_STAGES = {
    stage: (stage, colour)
    for stage, colour in zip(ORDER, _COLOURS, strict=True)
    if stage not in {"load", "wait"}
}

Bars = list[tuple[str, dict[str, int]]]
"""Row's name, and instructions by part."""


def plot(rows: list[dict[str, Any]]) -> str:
    """Return the chart: the whole boots above, below what the loaders do beside the load."""
    whole = [(row["about"], _parts(row)) for row in rows]
    inside = [
        (row["about"], {name: row["stages"][name] for name in _STAGES if name in row["stages"]})
        for row in rows
    ]
    first, height = _panel("Kernel start to the target's /init", whole, _PARTS, 0)
    second, end = _panel("/init to the jump, without the load", inside, _STAGES, height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{end}" '
        f'viewBox="0 0 {_WIDTH} {end}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{first}{second}</svg>\n'
    )


def _parts(row: dict[str, Any]) -> dict[str, int]:
    counts, load = row["instructions"], row["stages"].get("load", 0)
    own = max(0, counts["loader"] - load)
    parts = {name: counts[name] for name in ("unpack", "kernel", "jump", "target")}
    parts |= {"own": own, "load": load}
    return {name: parts[name] for name in _PARTS}


def _panel(title: str, bars: Bars, kinds: dict[str, tuple[str, str]], top: int) -> tuple[str, int]:
    """Draw bars below `top`; return them and where they end."""
    most = max([sum(parts.values()) for _, parts in bars], default=1) or 1
    scale = (_WIDTH - _LABELS - _FIGURES) / most
    used = [name for name in kinds if any(parts.get(name) for _, parts in bars)]
    lines = [f'<text x="10" y="{top + 20}" font-weight="bold">{title}, M instructions</text>']
    for number, name in enumerate(used):
        text, colour = kinds[name]
        left = 10 + number * (_WIDTH - 20) // len(used)
        lines.append(f'<rect x="{left}" y="{top + 30}" width="10" height="10" fill="{colour}"/>')
        lines.append(f'<text x="{left + 14}" y="{top + 39}" font-size="11">{escape(text)}</text>')
    y = top + _TOP
    for label, parts in bars:
        lines += _bar(label, parts, kinds, y, scale)
        y += _BAR + _GAP
    return "\n".join(lines) + "\n", y + _LEGEND // 2


def _bar(
    label: str, parts: dict[str, int], kinds: dict[str, tuple[str, str]], y: int, scale: float
) -> list[str]:
    base = y + 13
    lines = [f'<text x="{_LABELS - 8}" y="{base}" text-anchor="end">{escape(label)}</text>']
    x = float(_LABELS)
    for name, count in parts.items():
        width = count * scale
        text, colour = kinds[name]
        lines.append(
            f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{colour}">'
            f"<title>{escape(text)}: {count / 1e6:,.1f} M</title></rect>"
        )
        x += width
    total = sum(parts.values()) / 1e6
    return [*lines, f'<text x="{x + 6:.1f}" y="{base}">{total:,.0f}</text>']
