"""One line for whoever listens at a terminal's other end: the machine that started this one."""

import os
import termios


def send_line(terminal: str, line: str) -> None:
    """Write `line` to /dev/`terminal`, and wait until it is out.

    OSError: there is no such terminal, or nobody holds its other end; termios.error: it is none.
    """
    fd = os.open(f"/dev/{terminal}", os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if terminal != "console":  # whose settings are those of all that is said on it
            _make_raw(fd)
        rest = memoryview(line.encode(errors="replace") + b"\n")
        while rest:
            rest = rest[os.write(fd, rest) :]
        termios.tcdrain(fd)
    finally:
        os.close(fd)


def _make_raw(fd: int) -> None:
    """Have bytes go out as they are, at the highest speed that every serial port has."""
    mode = termios.tcgetattr(fd)
    mode[1] &= ~termios.OPOST
    mode[4] = mode[5] = termios.B115200
    termios.tcsetattr(fd, termios.TCSANOW, mode)
