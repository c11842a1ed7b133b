import time

import pytest

from bootpy.timeline import LEVELS, Moment, Timeline, passes


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
