import os
import time
from pathlib import Path

import pytest

from bootpy.linux.kernel_log import KernelLog

if not (os.access("/dev/kmsg", os.R_OK | os.W_OK)):
    pytest.skip("needs the right to read and write /dev/kmsg", allow_module_level=True)


MARK = f"bootpy-test-{os.getpid()}"
"""Of this process alone: others may run the same tests meanwhile."""


def write(*lines: str | bytes) -> None:
    # The kernel takes ten lines in five seconds from one descriptor, unless told otherwise.
    for line in lines:
        descriptor = os.open("/dev/kmsg", os.O_WRONLY)
        raw = line if isinstance(line, bytes) else line.encode()
        os.write(descriptor, b"<7>%s %s\n" % (MARK.encode(), raw))
        os.close(descriptor)


def ours(lines: list[str]) -> list[str]:
    """Leave out what the kernel itself says meanwhile."""
    return [line.removeprefix(f"{MARK} ") for line in lines if line.startswith(f"{MARK} ")]


def test_only_what_comes_later_is_told_and_once() -> None:
    write("before")
    log = KernelLog()
    assert ours(log.lines()) == []
    write("first; with a semicolon", "\u00e9")
    assert ours(log.lines()) == ["first; with a semicolon", "\u00e9"]
    assert ours(log.lines()) == []
    log.close()


def test_what_the_kernel_escapes_comes_back_as_it_was() -> None:
    log = KernelLog()
    write("\u00e9\u65e5 C:\\x41\\ \x1b[1m", b"\xff")
    assert ours(log.lines()) == [
        "\u00e9\u65e5 C:\\x41\\ \x1b[1m",
        "\ufffd",
    ]
    log.close()


def test_the_whole_log_has_times_that_rise() -> None:
    write("mark")
    log = KernelLog(whole=True)
    told = log.timed_lines()
    log.close()
    (last,) = [at for at, message in told if message == f"{MARK} mark"]
    assert 0 <= told[0][0] <= last
    assert abs(time.monotonic() - last) < 60


def test_a_log_that_is_closed_or_missing_is_empty(tmp_path: Path) -> None:
    log = KernelLog()
    write("closed")
    log.close()
    log.close()
    assert log.lines() == []
    missing = KernelLog(str(tmp_path / "none"))
    assert missing.lines() == []
    missing.close()
