import json
import os
import time

import pytest

from bootpy import __version__
from bootpy.timeline import LEVELS, SETUP_TYPE, Moment, Span, Timeline, passes


class Heard:
    """A sink that keeps what it hears."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []

    def put(self, moment: Moment) -> None:
        self.moments.append(moment)


def test_every_sink_hears_every_line_once() -> None:
    sinks = Heard(), Heard()
    timeline = Timeline(*sinks)
    timeline.error("e")
    timeline.warning("w")
    timeline.info("i")
    timeline.debug("d")
    timeline.say("report", "r")
    told = [(moment.level, moment.text) for moment in timeline.moments]
    assert told == [
        ("error", "e"), ("warning", "w"), ("info", "i"), ("debug", "d"), ("report", "r"),
    ]  # fmt: skip
    assert [sink.moments for sink in sinks] == [timeline.moments] * 2


def test_times_are_those_of_the_kernels_clock() -> None:
    before = time.monotonic()
    timeline = Timeline()
    timeline.info("first")
    timeline.info("second")
    first, second = timeline.moments
    assert before <= first.at <= second.at <= time.monotonic()


@pytest.mark.parametrize(
    ("moment", "line"),
    [
        (Moment(1.23456, "info", "text"), "[    1.235] text"),
        (Moment(12345.6789, "warning", "text"), "[12345.679] warning: text"),
        (Moment(0.0, "error", "text"), "[    0.000] error: text"),
        (Moment(0.0, "report", "text"), "[    0.000] text"),
    ],
)
def test_a_line_has_its_time_and_mark(moment: Moment, line: str) -> None:
    assert str(moment) == line


def test_a_step_is_announced_and_timed() -> None:
    timeline = Timeline()
    with timeline.step("loading"):
        assert [moment.text for moment in timeline.moments] == ["loading"]
        time.sleep(0.02)
    level, text = timeline.moments[-1].level, timeline.moments[-1].text
    assert level == "debug"
    took = text.removeprefix("loading: ").removesuffix(" ms")
    assert 20 <= float(took) < 5000


def test_a_step_that_fails_is_not_called_done() -> None:
    timeline = Timeline()
    with pytest.raises(ZeroDivisionError), timeline.step("loading"):
        raise ZeroDivisionError
    assert [moment.text for moment in timeline.moments] == ["loading"]


def test_a_threshold_lets_through_what_is_more_urgent() -> None:
    shown = [[level for level in LEVELS if passes(level, threshold)] for threshold in LEVELS]
    assert shown == [list(LEVELS[: count + 1]) for count in range(len(LEVELS))]


def test_a_step_with_a_stage_is_a_span_also_where_it_fails() -> None:
    timeline = Timeline()
    with timeline.step("drivers of all devices", "drivers"):
        time.sleep(0.01)
    with pytest.raises(ZeroDivisionError), timeline.step("loading", "load"):
        raise ZeroDivisionError
    done, failed = timeline.spans
    assert (done.stage, done.name) == ("drivers", "drivers of all devices")
    assert 0.01 <= done.end - done.start < 5
    assert (failed.stage, failed.name) == ("load", "loading")


def test_what_was_spent_ends_where_the_next_begins() -> None:
    timeline = Timeline()
    start = time.monotonic()
    now = timeline.spent("early", "mounts", start)
    timeline.spent("imports", "pyudev", now)
    first, second = timeline.spans
    assert first == Span("early", "mounts", start, now)
    assert second.start == now <= second.end <= time.monotonic()


def test_a_record_says_all_that_was_recorded() -> None:
    timeline = Timeline()
    odd = 'vda "\\\n\x00\x1f é日 \udcff'
    timeline.spans += [Span("devices", odd, 0.5, 1.25), Span("load", "x" * 999, 2.0, 2.0000014)]
    found = json.loads(timeline.record("jump"))
    assert found == {
        "bootpy": __version__,
        "schema": 1,
        "kernel": os.uname().release,
        "wall": pytest.approx(time.time(), abs=60),
        "end": pytest.approx(time.monotonic() * 1e6, abs=60e6),
        "ends": "jump",
        "left_out": 0,
        "spans": [
            ["devices", odd.replace("\udcff", "?"), 500000, 1250000],
            ["load", "x" * 200, 2000000, 2000001],
        ],
    }


@pytest.mark.parametrize("largest", [300, 1000, 4096, 16384])
def test_a_record_keeps_to_its_room_and_the_longest_spans(largest: int) -> None:
    timeline = Timeline()
    timeline.spans += [
        Span("devices", f"vd{number} é", 1.0, 1.0 + (number * 7919 % 1000) / 1000)
        for number in range(1000)
    ]
    record = timeline.record("load", largest)
    assert len(record) <= largest
    found = json.loads(record)
    kept = [stop - start for _, _, start, stop in found["spans"]]
    assert found["left_out"] == 1000 - len(kept)
    assert sorted(kept) == [number * 1000 for number in range(1000 - len(kept), 1000)]
    names = [name for _, name, _, _ in found["spans"]]
    assert names == [span.name for span in timeline.spans if span.name in names]
    # Nearly nothing of the room is wasted.
    assert len(record) > largest - 50


def test_a_boot_of_usual_size_has_all_of_its_spans_in_the_record() -> None:
    timeline = Timeline()
    timeline.spans += [Span("drivers", f"module_of_a_name_{n}", n, n + 0.5) for n in range(200)]
    assert json.loads(timeline.record("jump"))["left_out"] == 0


def test_the_setup_data_type_is_none_of_linuxs_own() -> None:
    # Those count from 0; the highest bit stands for SETUP_INDIRECT.
    assert 0xFFFF < SETUP_TYPE < 1 << 31
    assert SETUP_TYPE.to_bytes(4, "little") == b"bptl"
