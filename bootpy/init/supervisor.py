"""PID 1: it mounts what everything needs, forks, and outlives whatever happens to the child.

PID 1 never exits, so the kernel never panics because of us. It does no work that can fail
for want of memory or through a bug elsewhere: that is the child's. It imports only what is
needed for this, so that it can still act when memory is short.
"""

import os
import signal
import time

import bootpy.init
from bootpy.init.early import mount_early, open_kernel_log
from bootpy.init.telling import tell

_DEATHS_BEFORE_PROMPT = 3

# Fields of bootpy.timeline.Span, which is the child's to import.
_Span = tuple[str, str, float, float]

_killed = 0
"""How many processes the kernel had killed for want of memory (Linux 4.13: /proc/vmstat)."""

_PAUSE = 10.0
"""Seconds after a child's death in which a person can say what comes next."""


def main() -> None:
    """Run as PID 1, for ever."""
    # Ctrl-C is the child's; a signal that PID 1 does not handle cannot hurt it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    deaths = 0
    start = "boot"
    ready = time.monotonic()
    try:
        tell(mount_early())
        open_kernel_log()
    except Exception:
        tell(_fault())
    spans: tuple[_Span, ...] = (
        ("imports", "PID 1", bootpy.init.BEGAN, ready),
        ("early", "first mounts", ready, time.monotonic()),
    )
    while True:
        try:
            died = _run_child(start, spans)
            if not died:
                start, deaths = "boot", 0
                continue
            deaths += 1
            tell(died)
            start = _ask_what_next(deaths)
        except BaseException:  # nothing at all may end PID 1
            tell(["PID 1 goes on after:", *_fault()])
            time.sleep(1)


def _run_child(start: str, spans: tuple[_Span, ...] = ()) -> list[str]:
    """Do one boot attempt in a child; return what there is to say of its death, or [].

    `spans` are what PID 1 did before it, for the timeline.
    """
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _be_child(start, spans)
    status = _wait_for(child)
    if os.waitstatus_to_exitcode(status) == 0:
        return []
    from bootpy.init.sinks import last_line

    lines = [
        f"The loader's process {child} {_in_words(status)}, "
        f"{time.monotonic() - began:.1f} s after its start. PID 1 is alive.",
    ]
    last = last_line()
    if last:
        lines.append(f"  the last it said: {last}")
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        if _memory_ran_out():
            lines.append("  memory ran out, and the kernel took it away to get some back")
            lines.append("  hint: give the machine more, or boot a smaller initrd")
        else:
            lines.append("  hint: the kernel's log may tell why (`dmesg` at the rescue prompt)")
    return lines


def _memory_ran_out() -> bool:
    """Whether the kernel has had to kill for want of memory since this was asked last."""
    global _killed  # noqa: PLW0603
    before = _killed
    try:
        with open("/proc/vmstat", encoding="ascii") as file:
            _killed = next(int(line[9:]) for line in file if line.startswith("oom_kill "))
    except (OSError, StopIteration):
        return False
    return _killed > before


def _be_child(start: str, spans: tuple[_Span, ...]) -> None:
    """Do the child's work; never returns."""
    code = 1
    began = time.monotonic()
    try:
        from bootpy.init.console import take_console

        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        take_console()
        ready = time.monotonic()
        from bootpy.init.boot import Boot
        from bootpy.options import parse

        spans += (
            ("early", "console", began, ready),
            ("imports", "what every boot needs", ready, time.monotonic()),
        )
        with open("/proc/cmdline", encoding="utf-8", errors="replace") as file:
            options, remarks = parse(file.read())
        # The memory killer takes the child, and never what would save the machine.
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("500")
        Boot(options, remarks, spans).run("rescue" if start == "rescue" else "boot")
        code = 0
    except KeyboardInterrupt:
        code = 0
    except BaseException:  # a bug of ours is shown, and the machine kept
        tell(["The loader failed through a fault of its own:", *_fault()])
    finally:
        os._exit(code)


def _ask_what_next(deaths: int) -> str:
    """Let a person say what comes next; without one: again, and at last the prompt.

    Asked in a child of its own, since a terminal can fail too.
    """
    child = os.fork()
    if child == 0:
        answer = 0
        try:
            from bootpy.init.aftermath import ask

            answer = ask(None if deaths >= _DEATHS_BEFORE_PROMPT else _PAUSE)
        finally:
            os._exit(answer)
    status = _wait_for(child)
    return "boot" if os.waitstatus_to_exitcode(status) == 0 else "rescue"


def _fault() -> list[str]:
    """Return the traceback of the exception that is being handled."""
    import traceback

    return traceback.format_exc().splitlines()


def _wait_for(child: int) -> int:
    """Reap every orphan until `child` ends; return its wait status."""
    while True:
        ended, status = os.wait()
        if ended == child:
            return status


def _in_words(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            name = signal.Signals(number).name
        except ValueError:  # most of the real-time signals have none
            name = f"signal {number}"
        return f"was killed by {name} ({signal.strsignal(number)})"
    return f"ended with status {os.WEXITSTATUS(status)}"
