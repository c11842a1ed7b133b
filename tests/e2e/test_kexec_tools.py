"""Debian's kexec-tools and `bootpy kexec` side by side, in one machine.

data/kexec-calls.toml has the calls, data/kexec-tools-2.0.25-differences.toml what may differ.
"""

import tomllib

import pytest
from kexec_calls import DATA, Outcome, calls, outcomes, script

from qemu.disks.kexec_tools import debian_machine, installed

CALLS = calls("kexec-calls.toml")


def differences() -> dict[str, tuple[str, str]]:
    """Return the outcomes that are known to differ: theirs and bootpy's, by the call."""
    text = (DATA / "kexec-tools-2.0.25-differences.toml").read_text()
    rows = tomllib.loads(text)["difference"]
    assert all(row["why"] for row in rows)
    return {row["call"]: (row["theirs"], row["bootpy"]) for row in rows}


def test_every_difference_is_one_of_the_calls() -> None:
    names = [str(call) for call in CALLS]
    assert len(set(names)) == len(names) >= 40
    assert differences().keys() <= set(names)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Outcome, Outcome]]:
    """What each call left by either program, in one machine."""
    work = tmp_path_factory.mktemp("kexec-tools")
    machine = debian_machine(work, {"calls": script(CALLS)}, words="crashkernel=192M")
    with machine.start(log=work / "console.log") as guest:
        printed = installed(guest).run("sh /t/calls 2>&1", timeout=3600)
    return outcomes(printed, CALLS)


@pytest.mark.parametrize("number", range(len(CALLS)), ids=[str(call) for call in CALLS])
def test_the_same_comes_of_a_call(compared: list[tuple[Outcome, Outcome]], number: int) -> None:
    call = CALLS[number]
    theirs, ours = compared[number]
    assert theirs.status != 127, "the program did not start"
    expected = differences().get(str(call))
    if expected is not None:
        assert (theirs.state, ours.state) == expected, (theirs, ours)
        return
    assert ours.state == theirs.state, (theirs, ours)
    if call.output:
        assert ours.output == theirs.output
    if ours.status and not (call.words.startswith(("-S", "--status")) or ours.output):
        assert ours.error, "it failed without a word"
