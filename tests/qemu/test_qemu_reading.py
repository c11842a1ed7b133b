"""A machine's answer is taken whole, bounded, and never waited for in vain.

In QEMU's place stand small programs that write to the serial ports which they are given.
"""

import os
from pathlib import Path

import pytest

from bootpy.errors import BootError
from qemu.places import call
from qemu.reading import LIMIT, MOST_DISKS, Answer, Reading, read

IMAGE = Path("/images/disk.img")
PORTS = "console=${2#*path=} answer=${6#*path=}; "


def reading(script: str, silence: float = 60) -> Answer:
    return Reading((IMAGE,), ["sh", "-c", PORTS + script, "machine"], silence).run()


def failed(script: str, silence: float = 60) -> BootError:
    with pytest.raises(BootError) as error:
        reading(script, silence)
    assert str(IMAGE) in error.value.message
    assert error.value.hint
    return error.value


def test_the_answer_and_the_console() -> None:
    answer = reading("echo starting > $console; printf '{\\n' > $answer")
    assert answer.text == b"{\n"
    assert answer.images == (IMAGE,)


def test_the_machine_is_ended_once_it_has_answered(tmp_path: Path) -> None:
    reading(f"echo $$ > {tmp_path}/pid; echo '{{}}' > $answer; exec sleep 1000")
    number = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_an_answer_in_many_parts() -> None:
    script = (
        "exec 3> $answer; i=0; while [ $i -lt 300 ]; do printf '%01000d' $i >&3; i=$((i+1)); done"
    )
    answer = reading(f"{script}; echo >&3")
    assert len(answer.text) == 300_001


def test_no_answer_shows_the_console_without_its_escapes() -> None:
    script = "i=0; while [ $i -lt 90 ]; do echo line $i; i=$((i+1)); done > $console"
    error = failed(rf"{script}; printf 'last\033[2J\r\n' > $console")
    assert "it ended before it gave an answer" in error.message
    assert "line 89\nlast\\x1b[2J" in error.message
    assert "line 3\n" not in error.message
    assert "\x1b" not in error.message


def test_half_an_answer_is_none() -> None:
    assert "before it gave an answer" in failed("printf '{' > $answer").message


def test_qemu_that_does_not_start() -> None:
    refusal = 'qemu-system-x86_64: -blockdev {"driver": "qcow2"}: Image is corrupt'
    error = failed(f"echo '{refusal}' >&2; exit 1")
    assert error.message == f"QEMU cannot read {IMAGE}: Image is corrupt"


def test_a_loader_that_dies_is_not_waited_for() -> None:
    death = "[    5.432] The loader's process 104 was killed by SIGKILL (Killed), PID 1 is alive."
    error = failed(f'echo "{death}" > $console; exec sleep 1000')
    assert "the loader in it died" in error.message
    assert death in error.message


def test_a_title_that_looks_like_a_death_is_none() -> None:
    line = "[    5.432] found The loader's process 104 was killed"
    assert reading(f'echo "{line}" > $console; echo "{{}}" > $answer').text == b"{}\n"


def test_silence_has_an_end() -> None:
    assert "no word for 0.5 s" in failed("exec sleep 1000", silence=0.5).message


def test_an_endless_answer_has_an_end() -> None:
    assert f"more than {LIMIT >> 20} MiB" in failed("exec cat /dev/zero > $answer").message


def test_a_console_without_end_is_not_kept() -> None:
    script = "head -c 3000000 /dev/zero > $console; echo '{}' > $answer"
    assert len(reading(script).console) <= 1 << 16


def test_too_many_images(tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    call(["qemu-img", "create", "-q", image, "1M"])
    with pytest.raises(BootError, match="too many"):
        read([image] * (MOST_DISKS + 1))
