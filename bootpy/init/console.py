"""The console as a controlling terminal, so that Ctrl-C at the prompt reaches the prompt.

/dev/console itself can control nothing; the terminal behind it can
(Documentation/ABI/testing/sysfs-tty, "active").
"""

import fcntl
import os
import termios
from contextlib import suppress

_ACTIVE = "/sys/class/tty/console/active"
_ACTIVE_SCREEN = "/sys/class/tty/tty0/active"


def console_node() -> str:
    """Name the terminal that /dev/console stands for: the last `console=`, or the screen."""
    name = (_word(_ACTIVE).split() or ["console"])[-1]
    if name == "tty0":
        name = _word(_ACTIVE_SCREEN).strip() or "tty1"
    return f"/dev/{name}"


def take_console() -> None:
    """Make the console this process's controlling terminal and its descriptors 0, 1 and 2.

    The process must have called setsid(2). Where the terminal cannot be had, /dev/console
    stays; where there is none at all, /dev/null.
    """
    fd = _open_first(console_node(), "/dev/console", "/dev/null")
    if fd < 0:
        return
    # /dev/console, or another session's, refuses: Ctrl-C then does nothing.
    with suppress(OSError):
        fcntl.ioctl(fd, termios.TIOCSCTTY, 1)
    for target in (0, 1, 2):
        os.dup2(fd, target)
    if fd > 2:
        os.close(fd)
    make_sane(0)
    os.environ["TERM"] = "linux" if _is_screen() else "vt220"


def make_sane(fd: int) -> None:
    """Set a terminal to whole lines with echo, as the kernel opens it (tty_std_termios).

    A process that was killed while it showed the menu leaves it raw: Enter would then end
    no line, and nothing typed would be seen. What is no terminal stays as it is.
    """
    with suppress(termios.error):
        mode = termios.tcgetattr(fd)
        mode[0] &= ~(termios.IGNCR | termios.INLCR | termios.ISTRIP)
        mode[0] |= termios.ICRNL | termios.IXON
        mode[1] |= termios.OPOST | termios.ONLCR
        mode[3] |= (
            termios.ISIG | termios.ICANON | termios.IEXTEN
            | termios.ECHO | termios.ECHOE | termios.ECHOK
        )  # fmt: skip
        termios.tcsetattr(fd, termios.TCSANOW, mode)


def _is_screen() -> bool:
    name = console_node().removeprefix("/dev/")
    return name.startswith("tty") and name[3:].isdigit()


def _open_first(*nodes: str) -> int:
    for node in nodes:
        try:
            return os.open(node, os.O_RDWR | os.O_NOCTTY)
        except OSError:
            continue
    return -1


def _word(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""
