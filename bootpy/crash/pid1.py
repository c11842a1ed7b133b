"""PID 1 of the capture kernel: it has a child save the dump, and restarts the machine.

As the loader's own (`bootpy.init.supervisor`) it does nothing itself that can fail for want of
memory, and never ends.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from bootpy.init.early import mount_early, open_kernel_log
from bootpy.init.telling import tell

_SAVED, _FAILED, _FAULT, TOO_LONG = range(4)
"""How a child ends: it has saved all or not all of it, failed through a fault, or was given up."""

_WITHOUT_ORDERS = ("reboot", 10, 7200)
"""What follows, after how many seconds, and within how many: where the image does not say."""


def main() -> NoReturn:
    """Run as PID 1, for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    problems = []
    try:
        problems = mount_early()
        open_kernel_log()
    except Exception as error:
        problems.append(f"the first mounts failed: {error!r}")
    while True:
        try:
            tell(problems)
            _, _, limit = _orders()
            status = in_child(_save, limit)
            if status == TOO_LONG:
                tell([f"it is not saved after {limit} s: a disk or a server does not answer"])
            elif status not in {_SAVED, _FAILED}:
                tell([f"what saves the dump {_in_words(status)}; see the lines above"])
            _go_on(status)
        except BaseException as error:  # nothing at all may end PID 1
            tell([f"PID 1 goes on after {error!r}"])
            time.sleep(1)


class _TooLongError(Exception):
    """The child has not ended in time."""


def in_child(work: Callable[[], int], limit: int = 0) -> int:
    """Call `work` in a child; return its exit status, negative for the signal that ended it.

    After `limit` seconds (0: never) it is killed and waited for no more, as what waits for a disk
    that does not answer cannot even be killed: `TOO_LONG`.
    """
    child = os.fork()
    if child == 0:
        status = _FAULT
        try:
            status = work()
        except BaseException:
            import traceback

            tell(traceback.format_exc().splitlines())
        finally:
            os._exit(status)

    def too_long(_number: int, _frame: object) -> None:
        raise _TooLongError

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(limit)
    try:
        while True:
            ended, how = os.wait()
            if ended == child:
                return os.waitstatus_to_exitcode(how)
    except _TooLongError:
        os.kill(child, signal.SIGKILL)
        return TOO_LONG
    finally:
        signal.alarm(0)


def _save() -> int:
    from bootpy.init.console import take_console

    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    take_console()
    # The memory killer takes the child, and never what would restart the machine.
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("500")
    from bootpy.crash import orders
    from bootpy.crash.capture import save
    from bootpy.errors import BootError
    from bootpy.init.sinks import Console, KernelLog
    from bootpy.timeline import Timeline

    timeline = Timeline(Console(1, "info"), KernelLog())
    timeline.info("this is the capture kernel: another one crashed, and is saved now")
    try:
        given = orders.read()
    except BootError as error:
        timeline.error(str(error))
        return _FAILED
    return _SAVED if save(given, timeline) else _FAILED


def _go_on(status: int) -> None:
    """Restart, or do what is to follow a failure."""
    what, pause, _ = _orders()
    if status == _SAVED:
        what, pause = "reboot", 0
    if what == "prompt":
        tell(["no dump was saved, or not all of it: here is Python's prompt; Ctrl-D reboots"])
        in_child(_prompt)
        what, pause = "reboot", 0
    if pause:
        tell([f"no dump was saved, or not all of it: {what} in {pause} s"])
        time.sleep(pause)
    from bootpy.kexec.jump import power_off, restart

    tell(["switching off" if what == "poweroff" else "rebooting"])
    # What waits for ever has kept all others waiting: so would this.
    (power_off if what == "poweroff" else restart)(sync=status != TOO_LONG)


def _orders() -> tuple[str, int, int]:
    from bootpy.crash import orders
    from bootpy.errors import BootError

    try:
        given = orders.read()
    except BootError:
        return _WITHOUT_ORDERS
    return given.failed, given.pause, given.limit


def _prompt() -> int:
    import code

    from bootpy.init.console import take_console

    os.setsid()
    take_console()
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, closefd=False) for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    code.interact(banner="", exitmsg="", local={"os": os})
    return _SAVED


def _in_words(status: int) -> str:
    return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
