"""What the kernel logged since a moment, from /dev/kmsg.

Source: Documentation/ABI/testing/dev-kmsg of Linux 6.1.
"""

import errno
import os
import re

_RECORD = 8192  # bytes: CONSOLE_EXT_LOG_MAX, the longest record that the kernel hands out

# Control characters, backslashes and all that is not ASCII stand as \xNN, byte for byte.
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


class KernelLog:
    """The kernel's log from the moment of this object's making on, or the `whole` of it.

    Where the log cannot be opened (no /dev, no right to it) it stays empty.
    """

    __slots__ = ("_fd",)

    def __init__(self, device: str = "/dev/kmsg", whole: bool = False) -> None:
        try:
            self._fd = os.open(device, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            self._fd = -1
            return
        if not whole:
            os.lseek(self._fd, 0, os.SEEK_END)

    def lines(self) -> list[str]:
        """Return the messages logged since, oldest first, each without its prefix."""
        return [message for _, message in self.timed_lines()]

    def timed_lines(self) -> list[tuple[float, str]]:
        """Return the messages as `lines` does, each with its time in seconds since the start."""
        found: list[tuple[float, str]] = []
        while self._fd >= 0:
            try:
                record = os.read(self._fd, _RECORD)
            except OSError as error:
                if error.errno == errno.EPIPE:  # records were overwritten before they were read
                    continue
                break
            if not record:
                break
            # "level,sequence,microseconds,flags;message\n", then lines of device properties.
            prefix, _, message = record.partition(b";")
            microseconds = prefix.split(b",")[2]
            text = _ESCAPED.sub(_byte, message.partition(b"\n")[0]).decode("utf-8", "replace")
            found.append((int(microseconds) / 1e6, text))
        return found

    def close(self) -> None:
        """Give the descriptor back; further calls do nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _byte(escaped: re.Match[bytes]) -> bytes:
    return bytes((int(escaped[1], 16),))
