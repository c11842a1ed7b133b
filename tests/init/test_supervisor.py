"""Whatever happens to the child, its parent knows it and says so in words."""

import os
import signal
import termios
from typing import Any

import pytest

from bootpy.init import supervisor

PROMPT = ">>> "


def ended(end: int) -> int:
    """The wait status of a process that ended by a signal (above 0) or with a status."""
    child = os.fork()
    if child == 0:
        try:
            if end > 0:
                if end != signal.SIGKILL:
                    signal.signal(end, signal.SIG_DFL)
                os.kill(os.getpid(), end)
        finally:
            os._exit(-end if end < 0 else 1)
    return supervisor._wait_for(child)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (signal.SIGKILL, "was killed by SIGKILL (Killed)"),
        (signal.SIGTERM, "was killed by SIGTERM (Terminated)"),
        (signal.SIGRTMIN + 3, "was killed by signal 37 (Real-time signal 3)"),
        (-7, "ended with status 7"),
        (-255, "ended with status 255"),
    ],
)
def test_an_end_in_words(end: int, words: str) -> None:
    assert supervisor._in_words(ended(end)) == words


def test_an_orphan_that_ends_first_is_not_taken_for_the_child() -> None:
    def work() -> None:
        orphan = os.fork()
        if orphan == 0:
            os._exit(3)
        os.waitid(os.P_PID, orphan, os.WEXITED | os.WNOWAIT)

    work()
    assert os.WEXITSTATUS(ended(-5)) == 5
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, 0)


def died(lines: object) -> str:
    assert isinstance(lines, list)
    return "\n".join(lines)


def test_a_killed_child(empty_machine: Any) -> None:
    supervisor._memory_ran_out()  # whatever this machine has been through is taken note of
    machine = empty_machine(lambda: supervisor._run_child("rescue"))
    machine.console.expect_exact(PROMPT)
    machine.say("timeline.error('my last words')")
    machine.console.expect_exact("error: my last words")
    machine.console.expect_exact(PROMPT)
    machine.say("import os; os.kill(os.getpid(), 9)")
    told = died(machine.returned())
    assert "was killed by SIGKILL (Killed), " in told
    assert "PID 1 is alive." in told
    assert "error: my last words" in told
    assert "hint: the kernel's log may tell why" in told


def test_a_child_that_exits(empty_machine: Any) -> None:
    machine = empty_machine(lambda: supervisor._run_child("rescue"))
    machine.console.expect_exact(PROMPT)
    machine.say("import os; os._exit(7)")
    told = died(machine.returned())
    assert "ended with status 7, " in told
    assert "memory" not in told


def test_a_child_with_a_fault_shows_where(empty_machine: Any) -> None:
    machine = empty_machine(lambda: supervisor._run_child("rescue"))
    machine.console.expect_exact(PROMPT)
    machine.say("survey.volumes = None")
    machine.console.expect_exact(PROMPT)
    machine.say("help")
    machine.console.expect_exact("The loader failed through a fault of its own:")
    machine.console.expect_exact("TypeError")
    assert "ended with status 1, " in died(machine.returned())


@pytest.mark.parametrize("end", ["\x04", "exit()\r"])
def test_a_child_that_a_person_ends_has_not_died(empty_machine: Any, end: str) -> None:
    machine = empty_machine(lambda: supervisor._run_child("rescue"))
    machine.console.expect_exact(PROMPT)
    machine.console.send(end)
    assert machine.returned() == []


def test_a_machine_without_disks_gets_the_report_and_the_prompt(empty_machine: Any) -> None:
    machine = empty_machine(lambda: supervisor._run_child("boot"))
    machine.console.expect_exact("Nothing on this machine can boot by itself.")
    machine.console.expect_exact("no disk at all")
    machine.console.expect_exact(PROMPT)
    machine.console.send("\x04")
    assert machine.returned() == []


def test_the_prompt_after_a_killed_one_takes_lines(empty_machine: Any) -> None:
    def twice() -> object:
        told, start = supervisor._run_child("rescue"), supervisor._ask_what_next(3)
        console = os.open("/dev/console", os.O_RDWR | os.O_NOCTTY)
        return told, start, bool(termios.tcgetattr(console)[3] & termios.ICANON)

    machine = empty_machine(twice)
    machine.console.expect_exact(PROMPT)
    machine.say("import os, termios, tty; _ = tty.setraw(0); os.kill(os.getpid(), 9)")
    machine.console.expect_exact("r: rescue prompt")
    machine.say("what?")
    machine.console.expect_exact("r: rescue prompt")
    machine.say("r")
    told, start, lines = machine.returned()
    assert "SIGKILL" in died(told)
    assert (start, lines) == ("rescue", True)


@pytest.mark.parametrize("deaths", [1, 3])
def test_enter_starts_again(empty_machine: Any, deaths: int) -> None:
    machine = empty_machine(lambda: supervisor._ask_what_next(deaths))
    machine.console.expect_exact("r: rescue prompt")
    if deaths == 1:
        machine.console.expect_exact("again by itself in 10 s")
    machine.say("")
    assert machine.returned() == "boot"
