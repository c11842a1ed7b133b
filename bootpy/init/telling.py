"""What process 1 itself has to say: with nothing imported that could fail for want of memory."""

import os
import time

_KERNEL_RECORD = 240
"""Characters, of four bytes at most, of a line that the kernel's log takes; it refuses more."""


def tell(lines: list[str]) -> None:
    """Tell the console and the kernel's log."""
    for line in lines:
        stamp = f"[{time.monotonic():9.3f}] "
        for path, text in (
            ("/dev/console", f"{stamp}{line}\r\n"),
            ("/dev/kmsg", f"<6>bootpy: {line[:_KERNEL_RECORD]}\n"),
        ):
            try:
                fd = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
                try:
                    os.write(fd, text.encode(errors="replace"))
                finally:
                    os.close(fd)
            except OSError:
                continue
