import os
from pathlib import Path

import pytest

from bootpy.linux.kernel_log import KernelLog

if not (os.access("/dev/kmsg", os.R_OK | os.W_OK)):
    pytest.skip("needs the right to read and write /dev/kmsg", allow_module_level=True)


def write(*lines: bytes) -> None:
    # The kernel takes ten lines in five seconds from one descriptor, unless told otherwise.
    for line in lines:
        descriptor = os.open("/dev/kmsg", os.O_WRONLY)
        os.write(descriptor, line)
        os.close(descriptor)


def ours(lines: list[str]) -> list[str]:
    """Leave out what the kernel itself says meanwhile."""
    return [line for line in lines if line.startswith("bootpy-test")]


def test_only_what_comes_later_is_told_and_once() -> None:
    write(b"<7>bootpy-test before\n")
    log = KernelLog()
    assert ours(log.lines()) == []
    write(b"<7>bootpy-test first; with a semicolon\n", "<7>bootpy-test \u00e9\n".encode())
    assert ours(log.lines()) == ["bootpy-test first; with a semicolon", "bootpy-test \u00e9"]
    assert ours(log.lines()) == []
    log.close()


def test_what_the_kernel_escapes_comes_back_as_it_was() -> None:
    log = KernelLog()
    write("<7>bootpy-test \u00e9\u65e5 C:\\x41\\ \x1b[1m\n".encode(), b"<7>bootpy-test \xff\n")
    assert ours(log.lines()) == [
        "bootpy-test \u00e9\u65e5 C:\\x41\\ \x1b[1m",
        "bootpy-test \ufffd",
    ]
    log.close()


def test_the_whole_log_has_times_that_rise() -> None:
    write(b"<7>bootpy-test mark\n")
    log = KernelLog(whole=True)
    told = log.timed_lines()
    log.close()
    assert "bootpy-test mark" in [message for _, message in told]
    (last,) = [at for at, message in told if message == "bootpy-test mark"][-1:]
    with open("/proc/uptime", encoding="ascii") as file:
        uptime = float(file.read().split()[0])
    assert 0 <= told[0][0] <= last
    assert abs(uptime - last) < 30


def test_a_log_that_is_closed_or_missing_is_empty(tmp_path: Path) -> None:
    log = KernelLog()
    write(b"<7>bootpy-test closed\n")
    log.close()
    log.close()
    assert log.lines() == []
    missing = KernelLog(str(tmp_path / "none"))
    assert missing.lines() == []
    missing.close()
