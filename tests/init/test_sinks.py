import os
from collections.abc import Callable, Iterator

import pytest

from bootpy.init import sinks
from bootpy.init.early import (
    VOLUMES,
    mount_early,
    unmount_volumes,
    unmount_writable,
    volume_mounts,
)
from bootpy.linux import kernel_log, mounts, syscalls
from bootpy.timeline import LEVELS, Moment, Timeline, passes

Apart = Callable[[Callable[[], object]], object]


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def written(reading: int) -> list[str]:
    try:
        return os.read(reading, 1 << 16).decode().splitlines()
    except BlockingIOError:
        return []


@pytest.mark.parametrize("threshold", LEVELS)
def test_the_console_shows_what_is_asked_for(pipe: tuple[int, int], threshold: str) -> None:
    timeline = Timeline(sinks.Console(pipe[1], threshold))
    for level in LEVELS:
        timeline.say(level, level)
    shown = [level for level in LEVELS if passes(level, threshold)]
    assert [line.split()[-1] for line in written(pipe[0])] == shown


def test_a_line_on_the_console_steers_no_terminal(pipe: tuple[int, int]) -> None:
    console = sinks.Console(pipe[1], "info")
    console.put(Moment(1.0, "info", "title \x1b[2J\x9b1m\nsecond \udcff \u202e \u00e9"))
    assert os.read(pipe[0], 200) == ("[    1.000] title ?[2J?1m second ? ? \u00e9\r\n".encode())


def test_lines_that_are_held_come_after_and_in_order(pipe: tuple[int, int]) -> None:
    timeline = Timeline(sinks.Console(pipe[1], "info"))
    timeline.info("before")
    with timeline.sinks[0].held():  # type: ignore[attr-defined]
        timeline.info("first")
        timeline.debug("never")
        timeline.error("second")
        assert [line.split()[-1] for line in written(pipe[0])] == ["before"]
    timeline.info("after")
    assert [line.split()[-1] for line in written(pipe[0])] == ["first", "second", "after"]


def test_lines_that_are_held_are_told_when_the_menu_fails(pipe: tuple[int, int]) -> None:
    console = sinks.Console(pipe[1], "info")

    def menu() -> None:
        with console.held():
            console.put(Moment(0.0, "info", "held"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        menu()
    assert written(pipe[0]) == ["[    0.000] held"]


def test_a_console_that_is_gone_is_passed_over() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    sinks.Console(writing, "info").put(Moment(0.0, "info", "to nobody"))
    os.close(writing)
    sinks.Console(-1, "info").put(Moment(0.0, "info", "to nobody"))


kmsg = pytest.mark.skipif(
    not os.access("/dev/kmsg", os.R_OK | os.W_OK), reason="needs the right to /dev/kmsg"
)


@kmsg
@pytest.mark.parametrize("character", ["~", "\u00e9", "\u20ac", "\U0001f980"])
def test_a_long_line_reaches_the_kernels_log_whole(character: str) -> None:
    log = kernel_log.KernelLog()
    text = "".join(f"{number:03}{character}" for number in range(250))
    sinks.KernelLog().put(Moment(0.0, "warning", text))
    lines = log.lines()  # with those of other processes
    parts = [line for line in lines if line.startswith("bootpy: ") and character in line]
    log.close()
    assert len(parts) == 5
    assert "".join(part.removeprefix("bootpy: ") for part in parts) == f"warning: {text}"


@kmsg
def test_an_empty_line_is_a_line_in_the_kernels_log() -> None:
    log = kernel_log.KernelLog()
    sinks.KernelLog().put(Moment(0.0, "info", ""))
    assert "bootpy: " in log.lines()
    log.close()


def test_the_newest_line_of_the_log_is_quoted(apart: Apart) -> None:
    def say() -> object:
        syscalls.mount("tmpfs", "/run", "tmpfs", 0)
        os.makedirs("/run/bootpy")
        nothing = sinks.last_line()
        first = Timeline(sinks.LogFile())
        empty = sinks.last_line()
        first.info("first")
        Timeline(sinks.LogFile()).error("of another \x1b[1m\u00e9 process")
        with open(sinks.LOG, encoding="utf-8") as file:
            return nothing, empty, len(file.readlines()), sinks.last_line()[12:]

    assert apart(say) == ("", "", 2, "error: of another ?[1m\u00e9 process")


def test_the_first_mounts_are_made_where_they_are_missing_only(apart: Apart) -> None:
    def mount() -> object:
        syscalls.mount("tmpfs", "/run", "tmpfs", 0)
        before = volume_mounts()
        failed = mount_early()
        for name in ("sda1", "sda2"):
            os.mkdir(f"{VOLUMES}/{name}")
            syscalls.mount("tmpfs", f"{VOLUMES}/{name}", "tmpfs", 0)
        there = [place.rpartition("/")[2] for place in volume_mounts()]
        held = os.open(f"{VOLUMES}/sda1", os.O_RDONLY)
        stuck = unmount_volumes()
        os.close(held)
        with open("/proc/self/mounts", encoding="utf-8") as file:
            proc = sum(line.split()[1] == "/proc" for line in file)
        return (
            before,
            [f for f in failed if "securityfs" not in f],
            there,
            stuck,
            proc,
            volume_mounts(),
        )

    assert apart(mount) == (
        [], [], ["sda1", "sda2"], [f"{VOLUMES}/sda1: Device or resource busy"], 1, [],
    )  # fmt: skip


def test_what_a_person_mounted_to_write_is_unmounted_and_what_we_mounted_stays(
    apart: Apart,
) -> None:
    def mount() -> object:
        # Only what is below the root of a process is in its /proc/self/mounts.
        syscalls.mount("tmpfs", "/mnt", "tmpfs", 0)
        os.mkdir("/mnt/proc")
        syscalls.mount("proc", "/mnt/proc", "proc", 0)
        os.chroot("/mnt")
        # The kernel hands on a tmpfs' source as it was given, as it does a disk's.
        for name, source, flags in (
            ("ours", "/dev/sda1", mounts.MS_RDONLY),
            ("a person's", "/dev/sda2", 0),
            ("of another machine", "server:/srv", 0),
            ("memory", "tmpfs", 0),
        ):
            os.mkdir(f"/{name}")
            syscalls.mount(source, f"/{name}", "tmpfs", flags)
        found = mounts.writable()
        held = os.open("/a person's", os.O_RDONLY)
        stuck = unmount_writable()
        os.close(held)
        with open("/proc/self/mounts", encoding="utf-8") as file:
            return found, stuck, [line.split()[1] for line in file]

    assert apart(mount) == (
        ["/a person's", "/of another machine"],
        ["/a person's: Device or resource busy"],
        ["/", "/proc", "/ours", "/memory"],
    )
