"""Processes, and stopping all of them but init and this one: as killall5(8) does.

Kernel threads cannot be stopped. A process whose first argument begins with "@" serves the root
file system and is left alone (systemd.io/ROOT_STORAGE_DAEMONS).
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

TO_END = 10.0
"""Seconds that processes have to end by themselves after SIGTERM."""

TO_DIE = 5.0
"""Seconds that the kernel has to take them away after SIGKILL."""


def others(proc: str = "/proc", own: int = 0) -> list[int]:
    """Return the processes that can be stopped, without init and `own` (this one by default)."""
    mine = own or os.getpid()
    return [
        int(name)
        for name in os.listdir(proc)
        if name.isdecimal() and int(name) not in {1, mine} and _can_be_stopped(f"{proc}/{name}")
    ]


def stop_all(say: Callable[[str], None]) -> None:
    """Ask all other processes to end, wait, and end those that did not."""
    for name, number, patience in (
        ("SIGTERM", signal.SIGTERM, TO_END),
        ("SIGKILL", signal.SIGKILL, TO_DIE),
    ):
        found = others()
        if not found:
            return
        say(f"{name} to {len(found)} processes")
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
                os.kill(pid, signal.SIGCONT)
        deadline = time.monotonic() + patience
        while others() and time.monotonic() < deadline:
            time.sleep(0.05)
    left = others()
    if left:
        say(f"still there: {', '.join(map(str, left))}")


def _can_be_stopped(folder: str) -> bool:
    try:
        with open(f"{folder}/stat", encoding="utf-8", errors="replace") as file:
            # PID (NAME) STATE PPID ...: the name may hold blanks and brackets.
            state, parent, *_ = file.read().rpartition(")")[2].split()
        with open(f"{folder}/cmdline", "rb") as file:
            first = file.read(1)
    except (OSError, ValueError):
        return False  # it has ended meanwhile
    number = os.path.basename(folder)
    is_kernel = "2" in {parent, number} and not first
    return state not in {"Z", "X"} and not is_kernel and first != b"@"
