"""The ways between a machine's states, and the command's own errors."""

from pathlib import Path

import pytest

from qemu.__main__ import main
from qemu.machine import Bus, Disk, Machine
from qemu.scenarios import TARGET, Scenario, State, route


@pytest.mark.parametrize(
    ("start", "goal", "way"),
    [
        (State.OFF, State.SHELL, [State.LOADER, State.JUMPED, State.SHELL]),
        (State.OFF, State.LOGIN, [State.LOADER, State.JUMPED, State.LOGIN]),
        (State.OFF, State.MENU, [State.LOADER, State.MENU]),
        (State.MENU, State.RESCUE, [State.RESCUE]),
        (State.MENU, State.SHELL, [State.JUMPED, State.SHELL]),
        (State.LOGIN, State.SHELL, [State.SHELL]),
        (State.SHELL, State.SHELL, []),
    ],
)
def test_the_shortest_way_is_taken(start: State, goal: State, way: list[State]) -> None:
    assert route(start, goal) == way


@pytest.mark.parametrize("goal", [state for state in State if state is not State.OFF])
def test_every_state_can_be_reached_from_power_off(goal: State) -> None:
    assert route(State.OFF, goal)[-1] is goal


def test_no_way_leads_back() -> None:
    with pytest.raises(ValueError, match="from shell to menu"):
        route(State.SHELL, State.MENU)


def test_a_scenario_that_was_not_started_has_no_guest() -> None:
    scenario = Scenario(Machine(), TARGET)
    assert scenario.state is State.OFF
    with pytest.raises(RuntimeError, match="the machine is off"):
        _ = scenario.guest


def test_descriptions_are_values() -> None:
    machine = Machine(append="quiet")
    more = machine.with_disk(Path("a.img"), Bus.USB).appended("debug")
    assert machine == Machine(append="quiet")
    assert more.disks == (Disk(Path("a.img"), Bus.USB),)
    assert more.append == "quiet debug"
    assert more.disks[0].snapshot


def test_an_unknown_disk_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["disk", "nonsense"]) == 1
    said = capsys.readouterr().err
    assert "no disk nonsense" in said
    assert "truncated-default" in said
