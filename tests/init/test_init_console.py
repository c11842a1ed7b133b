import os
import pty
import termios
from collections.abc import Iterator

import pytest

from bootpy.init.console import console_node, make_sane
from bootpy.menu.terminal import Terminal


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    yield master, slave
    os.close(master)
    os.close(slave)


def test_a_terminal_that_a_killed_menu_left_takes_lines_again(terminal: tuple[int, int]) -> None:
    master, slave = terminal
    usual = termios.tcgetattr(slave)
    child = os.fork()
    if child == 0:
        try:
            with Terminal(slave, slave):
                os.kill(os.getpid(), 9)
        finally:
            os._exit(1)
    os.waitpid(child, 0)
    raw = termios.tcgetattr(slave)
    assert not raw[3] & termios.ICANON
    make_sane(slave)
    assert termios.tcgetattr(slave)[:4] == usual[:4]
    os.write(master, b"line\r")
    assert os.read(slave, 100) == b"line\n"


def test_what_is_no_terminal_stays(terminal: tuple[int, int]) -> None:
    reading, writing = os.pipe()
    make_sane(reading)
    os.close(reading)
    os.close(writing)


def test_the_console_of_this_machine_is_a_device() -> None:
    node = console_node()
    assert node.startswith("/dev/")
    assert node != "/dev/tty0"
    if os.path.exists("/sys/class/tty/console/active"):
        with open("/sys/class/tty/console/active", encoding="ascii") as file:
            last = (["", *file.read().split()])[-1]
        assert node == f"/dev/{last or 'console'}" or last == "tty0"
