"""The dump itself: the core, filtered and compressed by makedumpfile, or copied as it is."""

import os

from bootpy.crash import copying, settled
from bootpy.crash.orders import Orders
from bootpy.crash.saying import Progress, megabytes, tell
from bootpy.errors import BootError
from bootpy.timeline import Timeline

CORE = "/proc/vmcore"

LEFT_FREE = 32 << 20
"""Bytes that stay free on the file system: the system that starts from it needs some."""

_LEAST = 1 << 20


def save(path: str, given: Orders, size: int, source: int, timeline: Timeline) -> None:
    """Save the core, `size` bytes that are open at `source`, at `path`.

    BootError or OSError: it cannot be; nothing of it is left then.
    """
    if given.program:
        try:
            _filter(path, given, size, timeline)
            return
        except (BootError, OSError) as error:
            tell(timeline, "copying instead", error)
    _copy(path, size, source, timeline)


def _filter(path: str, given: Orders, size: int, timeline: Timeline) -> None:
    from bootpy.crash import makedumpfile

    room = _room(path, size, timeline, "what is left out and compressed may be most of it")
    timeline.info(f"filtering and compressing {megabytes(size)} of memory (makedumpfile)")
    order = makedumpfile.Order(given.program, CORE, f"{path}{settled.UNFINISHED}", given.level)
    try:
        makedumpfile.save(order, room, Progress(timeline).at)
        _finish(path, timeline)
    except (BootError, OSError):
        settled.give_up(path)
        raise


def _copy(path: str, size: int, source: int, timeline: Timeline) -> None:
    room = _room(path, size, timeline, "pages of zeros take no room")
    timeline.info(f"copying {megabytes(size)} of memory, less its pages of zeros")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    target = os.open(f"{path}{settled.UNFINISHED}", flags, 0o600)
    try:
        copied = copying.copy(source, target, size, room, Progress(timeline).part_of(size))
    except OSError:
        settled.give_up(path)
        raise
    finally:
        os.close(target)
    if copied.unreadable:
        timeline.warning(f"{copied.unreadable} pages could not be read, and are zeros in the dump")
    _finish(path, timeline)


def _room(path: str, size: int, timeline: Timeline, but: str) -> int:
    """Return how many bytes a dump may take. BootError: there is no room to speak of."""
    found = os.statvfs(os.path.dirname(path))
    free = found.f_bavail * found.f_frsize
    if free < LEFT_FREE + _LEAST:
        raise BootError(
            f"only {megabytes(free)} are free, of which {megabytes(LEFT_FREE)} are left alone",
            "make room, or name a folder on a larger disk: to = in /etc/bootpy/crash.toml",
        )
    if free - LEFT_FREE < size:
        timeline.warning(f"{megabytes(free)} are free for {megabytes(size)} of memory: {but}")
    return free - LEFT_FREE


def _finish(path: str, timeline: Timeline) -> None:
    taken = settled.finish(path)
    timeline.info(f"saved {os.path.basename(path)}: {megabytes(taken)}")
