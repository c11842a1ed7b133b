import time
from typing import Any

from bootpy.init.aftermath import AGAIN, RESCUE, ask

QUESTION = "r: rescue prompt"


def test_without_an_answer_it_is_again(empty_machine: Any) -> None:
    machine = empty_machine(lambda: ask(0.2))
    machine.console.expect_exact("(again by itself in 0.2 s)")
    assert machine.returned() == AGAIN


def test_a_person_may_take_any_time_where_none_is_set(empty_machine: Any) -> None:
    machine = empty_machine(lambda: ask(None))
    machine.console.expect_exact(QUESTION)
    machine.say("rescue, please")
    machine.console.expect_exact(QUESTION)
    machine.say(" R ")
    assert machine.returned() == RESCUE


def test_a_console_that_says_its_end_makes_no_haste(empty_machine: Any) -> None:
    def timed() -> object:
        began = time.monotonic()
        return ask(1.0), time.monotonic() - began

    machine = empty_machine(timed)
    machine.console.expect_exact(QUESTION)
    machine.console.send("\x04")
    answer, seconds = machine.returned()
    assert answer == AGAIN
    assert seconds >= 1.0
