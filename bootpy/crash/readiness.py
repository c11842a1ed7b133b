"""Whether a crash of this system would be saved, where, and what stands in the way.

Sources: Documentation/admin-guide/sysctl/kernel.rst and admin-guide/kdump/kdump.rst of Linux 6.1.
"""

import os
import re
from typing import NamedTuple

from bootpy.crash import settings as configuration
from bootpy.crash.image import Place
from bootpy.crash.loading import place_of
from bootpy.crash.server import is_server
from bootpy.crash.sizing import Sizes, as_word
from bootpy.errors import BootError
from bootpy.kexec.choice import first_line
from bootpy.kexec.state import State, look

PANICS = {
    "panic_on_oops": "an oops, as most faults of a driver are",
    "unknown_nmi_panic": "an NMI of unknown source, as of a server's NMI button",
    "hardlockup_panic": "a processor that no longer takes interrupts",
    "softlockup_panic": "a processor that no longer changes tasks",
    "hung_task_panic": "a task that hangs for minutes",
}
"""Sysctls of the kernel with which more than a panic by itself ends in one, and what each means."""


class Room(NamedTuple):
    """Bytes that are free where dumps go, and that a dump takes at most: all memory in use."""

    free: int
    most: int


class Readiness(NamedTuple):
    """What a crash would meet.

    `place` is None where dumps can go nowhere; `problem` says why, and `remedy` what helps.
    `wanted` is crashkernel= of the running kernel's command line, "" for none; `sizes` is None
    where they cannot be told. `panics` has the sysctls of `PANICS` that this kernel knows. `dumps`
    are names of folders with dumps that are there, oldest first. `advice` is what to do, the most
    important first.
    """

    state: State
    settings: configuration.Settings
    place: Place | None
    problem: str
    remedy: str
    wanted: str
    sizes: Sizes | None
    makedumpfile: str
    panics: dict[str, bool]
    room: Room | None
    dumps: tuple[str, ...]
    advice: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether a capture kernel is loaded."""
        return self.state.crash


def assess() -> Readiness:
    """Look at this system. BootError: the configuration cannot be used."""
    from bootpy.crash import makedumpfile
    from bootpy.kexec.given import running_cmdline

    settings = configuration.read()
    place, problem, remedy = None, "", ""
    try:
        place = place_of(settings)
    except BootError as error:
        problem, remedy = error.message, error.hint or ""
    state = look()
    words = re.findall(r"(?:^|\s)(crashkernel=\S+)", running_cmdline())
    sizes = needed(settings, place)
    found = Readiness(
        state,
        settings,
        place,
        problem,
        remedy,
        " ".join(words),
        sizes,
        makedumpfile.installed() if settings.makedumpfile else "",
        _panics(),
        _room(settings.to),
        dumps(settings.to),
        (),
    )
    return found._replace(advice=tuple(advice(found)))


def needed(settings: configuration.Settings, place: Place | None) -> Sizes | None:
    """Return how much memory a capture to `place` takes; None where that cannot be told."""
    from bootpy.crash import image
    from bootpy.crash.loading import running_kernel
    from bootpy.crash.sizing import sizes
    from bootpy.kexec.image import examine
    from bootpy.linux.memory import memory

    if place is None:
        return None
    try:
        kernel = settings.kernel or running_kernel()
        fd = os.open(kernel, os.O_RDONLY | os.O_CLOEXEC)
        try:
            memory_of_kernel = examine(fd, kernel).memory
        finally:
            os.close(fd)
        unpacked = image.archive(image.contents(settings, place)).size
    except (BootError, OSError):
        return None
    return sizes(memory_of_kernel, image.packed(unpacked), unpacked, memory().total)


def dumps(folder: str) -> tuple[str, ...]:
    """Return the names of the folders in `folder` that hold a dump or a log, oldest first."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ()
    return tuple(name for name in names if re.fullmatch(r"\d{12}(\d\d)?(-\d+)?", name))


def _panics() -> dict[str, bool]:
    values = {name: first_line(f"/proc/sys/kernel/{name}") for name in PANICS}
    return {name: value not in {"0", ""} for name, value in values.items() if value}


def _room(folder: str) -> Room | None:
    from bootpy.linux.memory import memory

    if is_server(folder):
        return None
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    found = os.statvfs(folder)
    return Room(found.f_bavail * found.f_frsize, memory().total)


def advice(found: Readiness) -> list[str]:
    """Return what is to be done, the most important first."""
    said = []
    state = found.state
    if found.problem:
        said.append(found.remedy)
    if not state.reserved:
        word = as_word(found.sizes.recommended) if found.sizes else "crashkernel=256M"
        if found.wanted:
            said.append(
                f"the kernel kept nothing of {found.wanted}: dmesg | grep -i crashkernel says why"
            )
        said.append(f"boot with {word} on the kernel command line")
    elif found.sizes and state.reserved < found.sizes.least:
        said.append(
            f"{state.reserved >> 20} MiB are kept, and saving a dump takes "
            f"{found.sizes.least >> 20}: boot with {as_word(found.sizes.recommended)}"
        )
    if state.reserved and not state.crash and not found.problem:
        said.append("nothing is loaded: bootpy crash load")
    if found.panics.get("panic_on_oops") is False:
        said.append(
            "after an oops the kernel goes on, with nothing saved: sysctl kernel.panic_on_oops=1"
        )
    if found.settings.makedumpfile and not found.makedumpfile:
        said.append(
            "a dump is as large as memory in use: with makedumpfile installed it is filtered and "
            "compressed"
        )
    if found.room and found.room.free < found.room.most and not found.makedumpfile:
        said.append(
            f"{found.room.free / 1e9:.1f} GB are free for a dump of up to "
            f"{found.room.most / 1e9:.1f} GB"
        )
    return said
