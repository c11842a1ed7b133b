"""The question that follows when the loader's process has died."""

import os
import select

AGAIN = 0
RESCUE = 2

_QUESTION = "Enter: start the loader again   r: rescue prompt   b: reboot   p: power off"


def ask(seconds: float | None) -> int:
    """Ask on the console; `AGAIN` or `RESCUE`, or the machine leaves.

    Without an answer after `seconds` it is `AGAIN`; None waits for ever.
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
        answer = os.read(0, 256).decode(errors="replace").strip().lower()
        if answer == "r":
            return RESCUE
        if answer == "b":
            restart()
        if answer == "p":
            power_off()
        if not answer:
            return AGAIN
        print(_QUESTION, flush=True)
