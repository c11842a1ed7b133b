"""Shut the running system down, and jump: where an init system does it, and where none can.

systemd does all of it by itself (systemd-shutdown(8) ends in the jump). sysvinit's scripts
of runlevel 6 are run as it would run them, but for the last, which reboots; process 1 is
told to wait meanwhile (SIGTSTP), so that it starts nothing anew. Without either, processes are
stopped by signals alone. From the moment when services stop there is no way back, so what
fails then is told and the machine is restarted in the end in one way or the other.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from bootpy.errors import BootError
from bootpy.kexec.jump import jump, restart
from bootpy.system.departure import Wishes, ready_devices
from bootpy.system.init_system import Init, running, stop_scripts

_OMITTED = "/run/sendsigs.omit.d"
_SCRIPT_PATIENCE = 90.0
"""Seconds, as systemd gives a service to stop (DefaultTimeoutStopSec=)."""

_SURVIVED = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGTTOU)


def way_of(init: Init, *, firmware: bool) -> str:
    """Say in words how the system will go down."""
    last = "restarts the machine through its firmware" if firmware else "jumps"
    if init == "systemd":
        return f"systemd stops the system and {last} (systemctl {_verb(firmware)})"
    if init == "sysvinit":
        if firmware:
            return f"sysvinit stops the system and {last} (shutdown -r now)"
        return f"bootpy runs sysvinit's scripts of runlevel 6, unmounts, and {last}"
    return f"bootpy stops all processes, unmounts, and {last}"


def go_down(wishes: Wishes, *, firmware: bool = False) -> None:
    """Begin the shutdown; it goes on after this returned.

    BootError: it did not begin, and the system runs on as before.
    """
    init = running()
    if init == "systemd":
        # A kernel that is loaded by somebody else meanwhile does not change what was asked for.
        _ask(["systemctl", _verb(firmware)], {"SYSTEMCTL_SKIP_AUTO_KEXEC": "1"})
    elif init == "sysvinit" and firmware:
        _ask(["shutdown", "-r", "now"])
    else:
        # All that is needed later is imported now: /usr may be gone by then.
        from bootpy.linux import network  # noqa: F401
        from bootpy.system import processes, processors, unmount_all, watchdogs  # noqa: F401

        _detached(lambda: _by_ourselves(init, wishes, firmware=firmware))


def _verb(firmware: bool) -> str:
    return "reboot" if firmware else "kexec"


def _ask(words: list[str], environment: dict[str, str] | None = None) -> None:
    try:
        status = subprocess.run(words, env=os.environ | (environment or {}), check=False).returncode
    except OSError as error:
        raise BootError(
            f"{words[0]} cannot be run: {error.strerror}", "see PATH, or reboot by hand"
        ) from error
    if status:
        raise BootError(
            f"{' '.join(words)} failed (exit status {status}): the system is not shut down",
            "see what it said above; bootpy unload takes the loaded kernel out again",
        )


def _detached(work: Callable[[], NoReturn]) -> None:
    """Run `work` in a process that outlives its terminal, speaking to the console.

    Whatever becomes of it, the machine restarts in the end.
    """
    sys.stdout.flush()
    if os.fork():
        return
    try:
        os.setsid()
        for each in _SURVIVED:
            # Not ignored: the programs that are started here would ignore them as well.
            signal.signal(each, _pass_over)
        os.chdir("/")
        with suppress(OSError):
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            console = os.open("/dev/console", os.O_WRONLY | os.O_NOCTTY)
            os.dup2(console, 1)
            os.dup2(console, 2)
        work()
    except BaseException as error:
        say(f"{type(error).__name__}: {error}; restarting through the firmware")
    finally:
        try:
            restart()
        finally:
            os._exit(1)


def _pass_over(*_: object) -> None:
    """Take no notice of a signal."""


def _by_ourselves(init: Init, wishes: Wishes, *, firmware: bool) -> NoReturn:
    from bootpy.system.processes import stop_all
    from bootpy.system.unmount_all import unmount_all

    with suppress(OSError):
        os.kill(1, signal.SIGTSTP)
    if init == "sysvinit":
        _run_scripts()
    stop_all(say)
    left = unmount_all(say)
    if left:
        say(f"still mounted read-write: {', '.join(map(str, left))}")
    if firmware:
        say("restarting")
        restart()
    ready_devices(wishes, say)
    say("jumping into the loaded kernel")
    jump()


def _run_scripts() -> None:
    """Run the scripts of runlevel 6; they are told not to stop this process."""
    with suppress(OSError), open(f"{_OMITTED}/bootpy", "w", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    environment = os.environ | {"RUNLEVEL": "6", "PREVLEVEL": "2", "runlevel": "6"}
    for script in stop_scripts():
        try:
            subprocess.run([script, "stop"], env=environment, timeout=_SCRIPT_PATIENCE, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            say(f"{script}: {error}")


def say(text: str) -> None:
    """Tell the console, as long as there is one."""
    with suppress(OSError):
        os.write(1, f"bootpy: {text}\r\n".encode(errors="backslashreplace"))
