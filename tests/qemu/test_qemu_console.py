"""The console over a socket pair, and a shell on it that is a real one on a terminal."""

import os
import pty
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qemu.console import SHOWN_LINES, Console, ConsoleError
from qemu.shell import CommandError, Shell


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    machine, ours = socket.socketpair()
    yield machine, ours
    machine.close()


def test_what_is_expected_is_returned_and_consumed(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    machine, ours = ends
    console = Console(ours)
    machine.sendall(b"one 1\r\none 2\r\n")
    assert console.expect(r"one (\d)", timeout=5)[1] == "1"
    assert console.expect(r"two (\d)", r"one (\d)", timeout=5)[1] == "2"
    console.close()


def test_a_timeout_shows_the_console_s_end(ends: tuple[socket.socket, socket.socket]) -> None:
    machine, ours = ends
    console = Console(ours)
    machine.sendall(b"".join(b"line %d\r\n" % number for number in range(200)))
    with pytest.raises(ConsoleError) as caught:
        console.expect("never", timeout=0.3)
    message = str(caught.value)
    assert "'never'" in message
    assert "within 0.3 s" in message
    assert "line 199" in message
    assert f"line {200 - SHOWN_LINES}\n" in message
    assert f"line {199 - SHOWN_LINES}\n" not in message
    console.close()


def test_a_panic_ends_the_wait_at_once(ends: tuple[socket.socket, socket.socket]) -> None:
    machine, ours = ends
    console = Console(ours)
    machine.sendall(b"[1.0] Kernel panic - not syncing: No working init found.\r\nCPU: 0\r\n")
    begun = time.monotonic()
    with pytest.raises(ConsoleError, match="No working init found"):
        console.expect("login:", timeout=60)
    assert time.monotonic() - begun < 10
    console.close()


def test_a_panic_can_be_what_is_waited_for(ends: tuple[socket.socket, socket.socket]) -> None:
    machine, ours = ends
    console = Console(ours)
    machine.sendall(b"Kernel panic - not syncing: crashed\r\nafter it\r\n")
    assert console.expect("after it", timeout=5, panics=True)
    console.close()


def test_a_machine_that_ended_is_told_from_a_slow_one(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    machine, ours = ends
    console = Console(ours)
    machine.sendall(b"last words\r\n")
    machine.shutdown(socket.SHUT_RDWR)
    with pytest.raises(ConsoleError, match=r"(?s)the machine ended.*last words"):
        console.expect("login:", timeout=60)
    console.close()


def test_the_log_has_every_byte_and_the_text_no_escapes(
    ends: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    machine, ours = ends
    raw = "\x1b[2J\x1b[1;1Hä\x1b[0m menu\x1b[?25l\r\n".encode()
    console = Console(ours, tmp_path / "logs" / "console.log")
    machine.sendall(raw)
    console.expect("menu", timeout=5)
    console.close()
    assert (tmp_path / "logs" / "console.log").read_bytes() == raw
    assert console.text == "ä menu\n"


def test_draining_shows_and_keeps_what_came(ends: tuple[socket.socket, socket.socket]) -> None:
    machine, ours = ends
    console = Console(ours)
    machine.sendall(b"first\r\nsecond, which is longer\r\n")
    assert console.drain(0.2) == "first\r\nsecond, which is longer\r\n"
    assert console.expect("first", timeout=1)
    machine.close()
    assert console.drain(5).strip() == "second, which is longer"
    console.close()


@pytest.fixture
def shell(ends: tuple[socket.socket, socket.socket]) -> Iterator[tuple[Shell, socket.socket]]:
    """An interactive sh on a terminal that echoes, at the other end of the console."""
    machine, ours = ends
    child, terminal = pty.fork()
    if child == 0:
        os.environ["PS1"] = "target# "
        os.execvp("sh", ["sh", "-i"])

    def show() -> None:
        try:
            while data := os.read(terminal, 4096):
                machine.sendall(data)
        except OSError:
            return

    def type_in() -> None:
        try:
            while data := machine.recv(4096):
                os.write(terminal, data)
        except OSError:
            return

    threads = [threading.Thread(target=work, daemon=True) for work in (show, type_in)]
    for thread in threads:
        thread.start()
    console = Console(ours)
    console.expect("target# ", timeout=10)
    yield Shell(console), machine
    console.close()
    os.kill(child, 9)
    os.waitpid(child, 0)
    os.close(terminal)


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("echo hello", "hello"),
        ("printf 'no end'", "no end"),
        ("true", ""),
        ("echo a; echo; echo b; echo", "a\n\nb\n"),
        ("echo 'quotes \" and $HOME' and $((1 + 1))", 'quotes " and $HOME and 2'),
        ("echo out; echo err >&2", "out\nerr"),
        ("seq 1 300", "\n".join(str(number) for number in range(1, 301))),
        (f"echo {'x' * 200}", "x" * 200),
    ],
)
def test_a_command_s_output_comes_back_as_it_was(
    shell: tuple[Shell, socket.socket], command: str, output: str
) -> None:
    assert shell[0].run(command, timeout=20) == output


def test_kernel_messages_between_lines_are_no_output(shell: tuple[Shell, socket.socket]) -> None:
    words, machine = shell
    answers: list[str] = []
    running = threading.Thread(
        target=lambda: answers.append(words.run("echo one; sleep 1; echo two", timeout=20))
    )
    running.start()
    time.sleep(0.5)
    machine.sendall(b"[   12.345678] usb 1-1: new high-speed USB device\r\n")
    running.join()
    assert answers == ["one\ntwo"]


def test_a_status_that_is_not_0_is_an_error_with_the_output(
    shell: tuple[Shell, socket.socket],
) -> None:
    with pytest.raises(CommandError, match=r"(?s)exit status 3.*said so"):
        shell[0].run("echo said so; exit 3", timeout=20)
    assert shell[0].run("echo said so; exit 3", timeout=20, check=False) == "said so"
    assert shell[0].run("echo goes on", timeout=20) == "goes on"
