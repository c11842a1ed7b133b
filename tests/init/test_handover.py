"""The record on its way out: a terminal, an EFI variable, a line at debug level."""

import json
import os
import pty
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootpy.init import loader_interface
from bootpy.init.early import started
from bootpy.init.handover import give
from bootpy.init.loader_interface import (
    RECORD,
    RECORD_SIZE,
    RECORD_VENDOR,
    forget_record,
    keep_record,
)
from bootpy.options import Options
from bootpy.timeline import Moment, Span, Timeline


class Kept:
    """A sink that keeps what is said."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []

    def put(self, moment: Moment) -> None:
        self.moments.append(moment)


@pytest.fixture
def said() -> Kept:
    return Kept()


@pytest.fixture
def timeline(said: Kept) -> Timeline:
    made = Timeline(said)
    made.spans.append(Span("devices", "vda \udcff é", 1.0, 2.0))
    return made


SPANS = [["devices", "vda ? é", 1000000, 2000000]]


@pytest.fixture
def terminal() -> Iterator[tuple[str, int]]:
    ours, theirs = pty.openpty()
    yield os.ttyname(theirs).removeprefix("/dev/"), ours
    os.close(theirs)
    os.close(ours)


def test_nothing_is_given_where_nothing_was_asked_for(timeline: Timeline, said: Kept) -> None:
    give(timeline, Options())
    assert said.moments == []


def test_a_terminal_gets_one_line(
    timeline: Timeline, said: Kept, terminal: tuple[str, int]
) -> None:
    # It may be more than a terminal holds: who listens must read meanwhile.
    timeline.spans += [Span("drivers", f"module {n}", n, n + 1) for n in range(300)]
    name, ours = terminal
    got = bytearray()

    def listen() -> None:
        while not got.endswith(b"\n"):
            got.extend(os.read(ours, 4096))

    listener = threading.Thread(target=listen)
    listener.start()
    # A name with "/" is no option's value; this is what a pseudo-terminal is called.
    give(timeline, Options(timeline=name))
    listener.join(20)
    assert got.endswith(b"}\n")  # not \r\n: nothing is made of the bytes on their way
    found = json.loads(got)
    assert found["spans"][:1] == SPANS
    assert (len(found["spans"]), found["ends"]) == (301, "jump")
    assert said.moments == []


@pytest.mark.parametrize("where", ["none1", "null"])
def test_what_is_no_terminal_is_told_and_stops_nothing(
    where: str, timeline: Timeline, said: Kept
) -> None:
    give(timeline, Options(timeline=where))
    (moment,) = said.moments
    assert moment.level == "warning"
    assert moment.text.startswith(f"bootpy.timeline={where}: not written: ")


def test_the_debug_level_has_it_as_a_line(timeline: Timeline, said: Kept) -> None:
    give(timeline, Options(log="debug"))
    (moment,) = said.moments
    assert moment.level == "debug"
    assert json.loads(moment.text.removeprefix("timeline: "))["spans"] == SPANS


def test_the_variable_is_kept_and_has_a_bound(
    timeline: Timeline, said: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline.spans += [Span("drivers", f"module {n}", n, n + 1) for n in range(300)]
    monkeypatch.setattr(
        loader_interface, "keep_record", lambda record: keep_record(record, str(tmp_path))
    )
    give(timeline, Options(timeline="efi"))
    content = (tmp_path / f"{RECORD}-{RECORD_VENDOR}").read_bytes()
    # NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS.
    assert content[:4] == b"\7\0\0\0"
    assert RECORD_SIZE - 100 < len(content) - 4 <= RECORD_SIZE
    found = json.loads(content[4:])
    assert found["left_out"] == 301 - len(found["spans"]) > 0
    assert said.moments == []


def test_a_machine_without_uefi_says_so(timeline: Timeline, said: Kept) -> None:
    if Path("/sys/firmware/efi").exists():
        pytest.skip("this machine has UEFI")
    give(timeline, Options(timeline="efi"))
    (moment,) = said.moments
    assert moment.text == "bootpy.timeline=efi: not written: No such file or directory"


def test_the_record_of_an_earlier_start_goes(tmp_path: Path, said: Kept) -> None:
    timeline = Timeline(said)
    forget_record(timeline, str(tmp_path))
    keep_record(b"{}", str(tmp_path))
    forget_record(timeline, str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert said.moments == []
    (tmp_path / f"{RECORD}-{RECORD_VENDOR}").mkdir()
    forget_record(timeline, str(tmp_path))
    (moment,) = said.moments
    assert moment.text.startswith(f"EFI variable {RECORD} is not removed: ")


def read_at(path: Path, seconds: float) -> str:
    """Make a file that was read so many seconds after the kernel's start."""
    path.write_text("program")
    at = time.time() - time.monotonic() + seconds
    os.utime(path, (at, 0))
    return str(path)


def test_when_the_kernel_started_us(tmp_path: Path) -> None:
    program = read_at(tmp_path / "init", 2.0)
    assert started(2.5, program) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("seconds", [3.0, -5000000.0])
def test_a_time_that_cannot_be_is_not_believed(seconds: float, tmp_path: Path) -> None:
    assert started(2.5, read_at(tmp_path / "init", seconds)) == 2.5
    assert started(2.5, str(tmp_path / "none")) == 2.5
