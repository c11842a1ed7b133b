"""The chart, read as the XML that it is and held against the numbers."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bootpy.analysis import Record, stages
from bootpy.cli.chart import duration, svg, tick
from bootpy.timeline import STAGES, Span

BOOT = Record(
    (
        Span("kernel", "Linux", 0.0, 1.0),
        Span("devices", "vda <&\"'>", 1.2, 1.2000001),
        Span("drivers", "virtio_blk", 1.5, 1.75),
        Span("drivers", "loading drivers", 1.25, 2.0),
        Span("load", "x" * 300, 2.0, 6.9),
    ),
    7.25,
    "jump",
    "1.0",
    "6.1",
)

_NAME = "{http://www.w3.org/2000/svg}"


def drawn(record: Record) -> ET.Element:
    return ET.fromstring(svg(record))


def of_class(root: ET.Element, kind: str) -> list[ET.Element]:
    return [one for one in root.iter() if one.get("class") == kind]


def number(element: ET.Element, name: str) -> float:
    value = element.get(name)
    assert value is not None
    return float(value)


def scale(root: ET.Element) -> tuple[float, float]:
    """Return the pixel of second 0 and the pixels of a second, by the axis that a person reads."""
    marks = [number(one, "x1") for one in of_class(root, "tick")]
    words = [one.text or "" for one in root.iter(f"{_NAME}text")]
    labels = [word for word in words if re.fullmatch(r"[\d.]+ (s|ms)", word)]
    # Each stands above and below.
    labels = labels[::2]
    assert len(labels) == len(marks)
    value, unit = labels[-1].split()
    seconds = float(value) * (1 if unit == "s" else 1e-3)
    return marks[0], (marks[-1] - marks[0]) / seconds


def test_each_bar_stands_where_its_numbers_are() -> None:
    root = drawn(BOOT)
    zero, second = scale(root)
    bars = of_class(root, "span")
    spans = sorted(BOOT.spans, key=lambda span: (STAGES.index(span.stage), span.start, -span.end))
    assert len(bars) == len(spans)
    for bar, span in zip(bars, spans, strict=True):
        title = bar.findtext(f"{_NAME}title") or ""
        assert title.startswith(f"{span.stage}: {span.name}\n")
        assert duration(span.end - span.start) in title
        assert number(bar, "x") == pytest.approx(zero + span.start * second, abs=0.02)
        width = (span.end - span.start) * second
        assert number(bar, "width") == pytest.approx(max(width, 1), abs=0.03)
    tops = [number(bar, "y") for bar in bars]
    assert tops == sorted(set(tops))  # a row for each


def test_the_strip_has_the_stages_own_times_end_to_end() -> None:
    root = drawn(BOOT)
    zero, second = scale(root)
    parts = of_class(root, "stage")
    shares = stages(BOOT)
    assert len(parts) == len(shares)
    for part, share in zip(parts, shares, strict=True):
        assert number(part, "width") == pytest.approx(share.seconds * second, abs=0.03)
    left = [number(part, "x") for part in parts]
    right = [number(part, "x") + number(part, "width") for part in parts]
    assert left[0] == zero
    assert left[1:] == pytest.approx(right[:-1], abs=0.03)
    assert right[-1] == pytest.approx(zero + 7.25 * second, abs=0.03)


def test_nothing_stands_outside() -> None:
    root = drawn(BOOT)
    width, height = number(root, "width"), number(root, "height")
    for bar in (*of_class(root, "span"), *of_class(root, "stage")):
        assert 0 <= number(bar, "x") <= number(bar, "x") + number(bar, "width") <= width
        assert 0 <= number(bar, "y") <= number(bar, "y") + number(bar, "height") <= height


@given(some.integers(0, 1000), some.integers(0, 1000), some.text("m", max_size=99))
def test_a_name_stands_in_the_chart_and_beside_or_in_its_bar(a: int, b: int, name: str) -> None:
    span = Span("load", name, min(a, b) / 1000, max(a, b) / 1000)
    root = drawn(Record((span,), 1.0, "jump"))
    (text,) = of_class(root, "name")
    (bar,) = of_class(root, "span")
    room = 6.3 * len(text.text or "")  # an m is wider; names hold few
    end = text.get("text-anchor") == "end"
    left = number(text, "x") - (room if end else 0)
    assert 120 <= left <= left + room <= number(root, "width")
    inside = text.get("fill") == "#ffffff"
    begin, stop = number(bar, "x"), number(bar, "x") + number(bar, "width")
    assert (begin <= left <= left + room <= stop) is inside
    assert inside or left >= stop or left + room <= begin


def test_nothing_is_fetched_from_elsewhere() -> None:
    text = svg(BOOT).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in text
    assert "href" not in text
    assert "<script" not in text


ANY_TEXT = some.text(some.characters(codec=None), max_size=40)


@given(ANY_TEXT, some.floats(0, 1e5), some.floats(0, 1e5))
def test_every_name_and_length_makes_a_chart(name: str, length: float, later: float) -> None:
    record = Record((Span("devices", name, 0.0, length),), length + later, "jump", name, name)
    root = drawn(record)
    assert len(of_class(root, "span")) == 1
    assert len(of_class(root, "tick")) <= 13


@given(some.floats(1e-4, 1e5))
def test_marks_are_round_and_few(end: float) -> None:
    step = tick(end)
    assert 4 <= end / step <= 12.0001
    assert f"{step:.0e}"[0] in "125"


def test_durations() -> None:
    assert [duration(each) for each in (12.3456, 1.0, 0.0567, 0.000089, 0.0)] == [
        "12.346 s", "1.000 s", "56.7 ms", "89 \u00b5s", "0 \u00b5s",
    ]  # fmt: skip
