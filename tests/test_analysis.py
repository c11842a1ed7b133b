"""What follows from a record: whose each moment was."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bootpy.analysis import OTHER, Record, blame, blame_lines, own_times, read, stages, time_lines
from bootpy.errors import BootError
from bootpy.timeline import STAGES, Span

BOOT = Record(
    (
        Span("kernel", "Linux", 0.0, 1.0),
        Span("interpreter", "Python", 1.0, 1.25),
        Span("drivers", "virtio_blk", 1.5, 1.75),
        Span("drivers", "loading drivers", 1.25, 2.0),
        Span("imports", "reader grub", 2.0, 2.125),
        Span("readers", "grub on vda1", 2.0, 2.5),
        Span("menu", "countdown", 3.0, 5.0),
        Span("load", "loading", 5.0, 7.0),
    ),
    7.25,
    "jump",
)


def test_each_moment_is_that_of_the_span_opened_last() -> None:
    own, other = own_times(BOOT)
    assert own == [1.0, 0.25, 0.25, 0.5, 0.125, 0.375, 2.0, 2.0]
    assert other == 0.75


def test_equal_spans_belong_to_the_inner_one_which_is_recorded_first() -> None:
    spans = (Span("imports", "inner", 0.0, 1.0), Span("readers", "outer", 0.0, 1.0))
    assert own_times(Record(spans, 1.0, "jump")) == ([1.0, 0.0], 0.0)


def test_spans_that_overlap_in_part() -> None:
    spans = (Span("drivers", "a", 0.0, 5.0), Span("devices", "b", 3.0, 8.0))
    assert own_times(Record(spans, 9.0, "jump")) == ([3.0, 5.0], 1.0)


TIMES = some.integers(0, 60)


@given(some.lists(some.tuples(some.sampled_from(STAGES), TIMES, TIMES), max_size=12), TIMES)
def test_all_together_are_the_end(rows: list[tuple[str, int, int]], later: int) -> None:
    spans = tuple(Span(stage, "", min(a, b), max(a, b)) for stage, a, b in rows)
    end = max((span.end for span in spans), default=0) + later
    own, other = own_times(Record(spans, float(end), "jump"))
    assert sum(own) + other == end
    # Second by second, as the words say it.
    expected = [0] * len(spans)
    for second in range(int(end)):
        open_ones = [n for n, span in enumerate(spans) if span.start <= second < span.end]
        if open_ones:
            inner = max(open_ones, key=lambda n: (spans[n].start, -spans[n].end, -n))
            expected[inner] += 1
    assert own == expected


def test_stages_in_their_order() -> None:
    assert [(share.stage, share.seconds) for share in stages(BOOT)] == [
        ("kernel", 1.0), ("interpreter", 0.25), ("imports", 0.125), ("drivers", 0.75),
        ("readers", 0.375), ("menu", 2.0), ("load", 2.0), (OTHER, 0.75),
    ]  # fmt: skip


def test_time_in_one_line() -> None:
    assert time_lines(BOOT) == [
        "kernel 1.000s + loader 2.250s (interpreter 0.250s, imports 0.125s, drivers 0.750s, "
        "readers 0.375s, other 0.750s) + menu 2.000s + load 2.000s = 7.250s"
    ]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"ends": "load"}, "its load and the jump are not in it"),
        ({"ends": "log"}, "From the lines of a console log"),
        ({"left_out": 3}, "3 short spans had no room"),
    ],
)
def test_what_is_not_in_the_sum_is_said(change: dict[str, Any], line: str) -> None:
    lines = time_lines(BOOT._replace(**change))
    assert len(lines) == 2
    assert line in lines[1]


def test_a_boot_of_which_nothing_is_known() -> None:
    assert time_lines(Record((), 0.0, "now")) == ["loader 0.000s = 0.000s"]
    assert blame_lines(Record((), 0.0, "now")) == []


def test_blame_has_the_longest_first() -> None:
    found = blame(BOOT)
    assert [share.seconds for share in found] == sorted(
        (share.seconds for share in found), reverse=True
    )
    assert blame_lines(BOOT, 4) == [
        "    2.000s  27.6%  menu        countdown",
        "    2.000s  27.6%  load        loading",
        "    1.000s  13.8%  kernel      Linux",
        "    0.750s  10.3%  other       between all of these",
    ]


GOOD: dict[str, Any] = {
    "bootpy": "1", "schema": 1, "kernel": "6.1", "wall": 1.5, "end": 3000000, "ends": "jump",
    "left_out": 0, "spans": [["load", "x", 1000000, 2000000]],
}  # fmt: skip


def test_a_record_is_read() -> None:
    record = read(json.dumps(GOOD))
    assert record == Record((Span("load", "x", 1.0, 2.0),), 3.0, "jump", "1", "6.1", 1.5)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"schema": 2}, "schema 2"),
        ({"end": "3"}, "end"),
        ({"end": True}, "end"),
        ({"end": -1}, "end"),
        ({"end": 10**15}, "end"),
        ({"wall": None}, "wall"),
        ({"wall": True}, "wall"),
        ({"wall": 10**400}, "wall"),
        ({"wall": -1.5}, "wall"),
        ({"left_out": -1}, "left_out"),
        ({"left_out": "0"}, "left_out"),
        ({"ends": None}, "ends"),
        ({"kernel": 6}, "kernel"),
        ({"spans": {}}, "spans"),
        ({"spans": [["load", "x", 1]]}, "spans[0]"),
        ({"spans": [["load", "x", 1, 2], ["lunch", "x", 1, 2]]}, "spans[1]"),
        ({"spans": [["load", 7, 1, 2]]}, "spans[0]"),
        ({"spans": [["load", "x", 2, 1]]}, "spans[0]"),
        ({"spans": [["load", "x", 1, 3000001]]}, "spans[0]"),
        ({"spans": [["load", "x", 1.5, 2]]}, "spans[0]"),
    ],
)
def test_a_damaged_record_is_refused_with_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(BootError) as refused:
        read(json.dumps(GOOD | change))
    assert place in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for_is_refused(constant: str) -> None:
    with pytest.raises(BootError, match=f"{constant} is no number"):
        read(json.dumps(GOOD).replace("1.5", constant))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"schema":1', b"\xff\xfe", "[" * 100000])
def test_what_is_no_record_is_refused(text: str | bytes) -> None:
    with pytest.raises(BootError):
        read(text)
