"""Debian's kexec-tools and `bootpy kexec` side by side, in one machine.

data/kexec-calls.toml has the calls, data/kexec-tools-2.0.25-differences.toml what may differ.
"""

import tomllib
from pathlib import Path

import pytest
from kexec_calls import DATA, Outcome, Running, calls, outcomes, script

from qemu.disks.debian import debian
from qemu.disks.kexec_tools import OURS, SHELL, THEIRS, debian_machine, installed
from qemu.shell import Shell

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


@pytest.mark.long
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


JUMPS = {
    'test.text="a b" test.way=classic': "-l -c /t/vmlinuz --initrd=$initrd --append='{line} {mark}'"
    " && {kexec} -e",
    "test.way=file": "-l -s /t/vmlinuz --initrd=$initrd --append='{line} {mark}'"
    " && {kexec} --exec -x",
    "test.way=at-once": "-f -a /t/vmlinuz --initrd=$initrd --reuse-cmdline --append={mark}",
    "test.way=elf": "-l --args-linux /t/vmlinux --initrd=$initrd --append='{line} {mark}'"
    " && {kexec} -e",
}
"""Ways of loading and jumping, by what the command line ends with (dots: not for init)."""


def test_the_same_command_line_arrives(running: Running, tmp_path: Path) -> None:
    """One jump after the other, by turns: each kernel starts the same Debian once more."""
    guest = running(debian_machine(tmp_path))
    shell = installed(guest)
    line = debian_line(shell)
    for mark, jump in JUMPS.items():
        arrived = []
        for program in (THEIRS, OURS):
            words = jump.format(kexec=program, line=line, mark=mark)
            before = shell.run("cat /proc/sys/kernel/random/boot_id")
            guest.console.line(f"initrd=$(echo /boot/initrd.img-*); sync; {program} {words}")
            guest.expect(SHELL, timeout=600)
            assert shell.run("cat /proc/sys/kernel/random/boot_id") != before
            arrived.append(shell.run("cat /proc/cmdline"))
        theirs, ours = arrived
        if "--reuse-cmdline" in jump:
            theirs += f" {mark}"  # bootpy's finds what theirs has left
        assert ours.split() == theirs.split()
        assert ours.endswith(mark)


def debian_line(shell: Shell) -> str:
    """Return what starts Debian as the machine itself was started."""
    line = shell.run("cat /proc/cmdline")
    assert debian().root_uuid in line
    return line
