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


def test_a_machine_that_hangs_before_the_loader_is_reset_once(tmp_path: Path) -> None:
    disk = tmp_path / "boot-sector.img"
    disk.write_bytes(_disk("watchdog: BUG: soft lockup - CPU#1", "loading drivers"))
    with (
        Scenario(Machine(memory=32, cpus=1).with_disk(disk), TARGET) as scenario,
        pytest.warns(UserWarning, match="hung before the loader"),
    ):
        text = scenario.to(State.LOADER).console.text
    assert text.index("soft lockup") < text.index("loading drivers")


def _disk(first: str, later: str) -> bytes:
    """Return a disk whose boot sector writes a text to the serial console, another after a reset.

    A byte of the clock's memory, which a reset leaves alone, tells it which.
    """
    code = bytes.fromhex(
        "31c0 8ed8"  # ds = 0
        "b050 e670 e471"  # al = byte 0x50 of the clock's memory
        "be007d 3ca5 740b"  # if it is 0xa5: the text at 0x7d00
        "b050 e670 b0a5 e671 be807c"  # else set it; the text at 0x7c80
        "ac 84c0 7412 88c4"  # its next character; at its end stop
        "bafd03 ec a820 74fb"  # once the port can take it
        "baf803 88e0 ee ebe9"  # write it
        "f4 ebfd"
    )
    parts = (code, f"{first}\r\n".encode(), f"{later}\r\n".encode())
    sector = b"".join(part.ljust(0x80, b"\0") for part in parts).ljust(510, b"\0")
    return (sector + b"\x55\xaa").ljust(1 << 20, b"\0")


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
