"""Saving a dump in the capture kernel: the kernel's log as text first, then its memory.

Each step that fails is said, on the console and in the file `log.DATE`, and the next one is tried:
the text of the log alone often tells what happened.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from bootpy.crash import disk, dump, kernel_ring
from bootpy.crash.core import Core, read_core
from bootpy.crash.mapped import Mapping
from bootpy.crash.orders import Orders
from bootpy.crash.saying import megabytes, tell
from bootpy.crash.sink import Folder, Sink
from bootpy.crash.vmcoreinfo import NOTE, parse
from bootpy.errors import BootError
from bootpy.init.drivers import Drivers
from bootpy.timeline import Timeline

_PLACE = "/run/bootpy/dump"
_TAIL = 12  # lines of the log that the console shows


class _Crashed(NamedTuple):
    """The kernel that crashed: its core, open at `source`, of so many bytes; its log's lines."""

    source: int
    size: int
    lines: list[str]


def save(given: Orders, timeline: Timeline) -> bool:
    """Save what can be saved, and say of everything how it went; True where all of it is."""
    try:
        source = os.open(dump.CORE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        timeline.error(
            f"{dump.CORE}: {error.strerror}: this kernel was not started by another one's crash"
        )
        return False
    crashed = _looked_at(source, timeline)
    timeline.info(f"loading drivers: {' '.join(given.modules) or 'all are built in'}")
    drivers = Drivers(timeline)
    for name in given.modules:
        drivers.load(name)
    try:
        with _sink(given, timeline) as sink:
            return _save_to(sink, given, crashed, timeline)
    except (BootError, OSError) as error:
        tell(timeline, "nothing more can be saved", error)
        return False


def _looked_at(source: int, timeline: Timeline) -> _Crashed:
    """Read what can be read; a core that is damaged is worth a copy all the same."""
    try:
        core = read_core(source)
    except BootError as error:
        tell(timeline, "the core cannot be read", error)
        return _Crashed(source, os.fstat(source).st_size, [])
    release = parse(core.note(NOTE)).release
    timeline.info(
        f"Linux {release or 'of unknown release'} crashed: {megabytes(core.size)} of memory, "
        f"registers of {core.processors} processors"
    )
    return _Crashed(source, core.size, _log(core, timeline))


def _log(core: Core, timeline: Timeline) -> list[str]:
    """Return the lines of the crashed kernel's log, as many as can be read; show how it ended."""
    lines: list[str] = []
    try:
        for record in kernel_ring.kernel_log(core):
            lines.append(str(record))
    except BootError as error:
        tell(timeline, "the crashed kernel's log cannot be read to its end", error)
    end = next((at for at, line in enumerate(lines) if "Kernel panic" in line), len(lines))
    for line in lines[max(0, end - _TAIL) : end + 1]:
        timeline.info(f"  | {line}")
    return lines


@contextmanager
def _sink(given: Orders, timeline: Timeline) -> Iterator[Sink]:
    """Give the place for the dump while the block lasts. BootError: it cannot be reached."""
    if given.kind not in {"nfs", "ssh"}:
        if given.parts:
            disk.assembled(Mapping(given.parts, given.targets), given.wait)
        node = disk.wait_for(given.kind, given.uuid, given.wait)
        timeline.info(f"saving to {given.path} on {node} ({given.kind})")
        with disk.mounted(node, given.kind, _PLACE):
            yield Folder(f"{_PLACE}{given.path}")
        return
    from bootpy.crash import link

    name = link.connect(given.link, given.wait)
    whom = f"{given.user}@{given.host}" if given.user else given.host
    timeline.info(f"saving to {given.path} on {whom} by {given.kind}, through {name}")
    if given.kind == "ssh":
        from bootpy.crash.remote import Server

        yield Server(given)
        return
    with disk.mounted_server(given.server, given.path, given.link[1], _PLACE):
        yield Folder(_PLACE)


def _save_to(sink: Sink, given: Orders, crashed: _Crashed, timeline: Timeline) -> bool:
    date = time.strftime("%Y%m%d%H%M%S", time.gmtime())
    # On a server there are other machines' beside it.
    sink.begin(f"{given.name}-{date}" if given.name else date)
    whole = bool(crashed.lines)
    try:
        if crashed.lines:
            text = "".join(f"{line}\n" for line in crashed.lines)
            sink.text(f"dmesg.{date}", text.encode(errors="replace"))
            timeline.info(f"saved dmesg.{date}: {len(crashed.lines)} messages")
        try:
            sink.dump(f"dump.{date}", given, crashed.size, crashed.source, timeline)
        except (BootError, OSError) as error:
            tell(timeline, "the memory cannot be saved", error)
            whole = False
    finally:
        # Last, and whatever happened: who comes to look for a dump finds why there is none.
        told = "".join(f"{moment}\n" for moment in timeline.moments)
        sink.text(f"log.{date}", told.encode(errors="replace"))
    return whole
