"""The question that follows when the loader's process has died."""

import os
import select
import time

AGAIN = 0
RESCUE = 2

_PAUSE = 10.0
"""Seconds: a loader that dies at once must not start over and over without a breath."""

_QUESTION = "Enter: start the loader again   r: rescue prompt   b: reboot   p: power off"


def ask(seconds: float | None) -> int:
    """Ask on the console; `AGAIN` or `RESCUE`, or the machine leaves.

    Without an answer after `seconds` it is `AGAIN`; None waits for ever. A console that is
    gone cannot answer: then it is `AGAIN`, after a pause all the same.
    """
    from bootpy.init.console import take_console
    from bootpy.kexec.jump import power_off, restart

    os.setsid()
    take_console()
    wait = "" if seconds is None else f"   (again by itself in {seconds:g} s)"
    print(f"{_QUESTION}{wait}", flush=True)
    while True:
        ready, _, _ = select.select([0], [], [], seconds)
        if not ready:
            return AGAIN
        said = _read()
        if not said:
            time.sleep(_PAUSE if seconds is None else seconds)
            return AGAIN
        answer = said.decode(errors="replace").strip().lower()
        if answer == "r":
            return RESCUE
        if answer == "b":
            restart()
        if answer == "p":
            power_off()
        if not answer:
            return AGAIN
        print(_QUESTION, flush=True)


def _read() -> bytes:
    try:
        return os.read(0, 256)
    except OSError:  # hung up
        return b""
