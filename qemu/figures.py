"""The figures of README.md, measured: `python -m qemu figures` (`make figures`).

Times are guest time under -icount, in which an instruction takes a nanosecond: the same
on every host to within a few percent, and no promise about seconds on hardware. Waiting for
the host's disk is in them.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

from initramfs.build import build
from initramfs.progress import step
from initramfs.userlands import DEFAULT
from qemu.console import ConsoleError
from qemu.disks import recipes
from qemu.disks.target import READY, cloud_kernel
from qemu.loader import loader_machine
from qemu.machine import Machine
from qemu.places import REPOSITORY

FIGURES = REPOSITORY / "docs/figures.json"
RUNS = 3
MEMORY_STEP = 8
"""MiB: how exactly the least memory that boots is found."""


@dataclass(frozen=True)
class Image:
    """Bytes of an image's initramfs, packed and unpacked, and of its kernel."""

    initramfs: int
    unpacked: int
    kernel: int


@dataclass(frozen=True)
class Times:
    """Guest milliseconds from the start of /init to each stage, the jump the last."""

    drivers_begin: float
    devices_found: float
    entries_read: float
    load_begins: float
    jump: float


@dataclass(frozen=True)
class Figures:
    """All of them; memory in kB of the loader's process, least in MiB that boots."""

    kernel: str
    images: dict[str, Image]
    times: Times
    peak_memory: int
    least_memory: int


def measure() -> Figures:
    """Build, boot and measure; takes some minutes."""
    images = {}
    for profile in ("cloud", "generic"):
        built = build(profile=profile)
        files = json.loads(built.manifest.read_text())["files"]
        images[profile] = Image(
            built.initramfs.stat().st_size,
            sum(file["size"] for file in files),
            built.kernel.stat().st_size,
        )
    runs = []
    for number in range(RUNS):
        with step(f"Counting instructions from /init to the jump, run {number + 1} of {RUNS}"):
            runs.append(_run())
    times = Times(*(round(median(values), 1) for values in zip(*runs, strict=True)))
    return Figures(cloud_kernel().version, images, times, _peak_memory(), least_memory())


def _machine(words: str = "") -> Machine:
    append = f"bootpy.timeout=0 {words}".strip()
    return loader_machine(recipes.grub(), append=append, cpus=1, userland=DEFAULT)


_STAGES = (
    r"loading drivers",
    r"found vda:",
    r"2 entries in",
    r"loading First:",
    r"jumping into First",
)


def _run() -> tuple[float, ...]:
    machine = replace(_machine(), counted=True)
    # The kernel says when it starts /init, at a level that "quiet" keeps from the console.
    machine = replace(machine, append=machine.append.replace("quiet loglevel=4", "loglevel=7"))
    console = _console(machine)
    began = _seconds(console, "Run /init as init process")
    return tuple((_seconds(console, stage) - began) * 1000 for stage in _STAGES)


def _peak_memory() -> int:
    with step("Reading the memory of the loader's process"):
        said = re.search(r"memory: (\d+) kB peak", _console(_machine("bootpy.log=debug")))
    assert said
    return int(said[1])


def _console(machine: Machine) -> str:
    with machine.start() as guest:
        guest.expect(READY, timeout=300)
        return guest.console.text


def _seconds(console: str, text: str) -> float:
    found = re.search(rf"\[ *(\d+\.\d+)\] {text}", console)
    if not found:
        raise ConsoleError(f"no line {text!r} on the console:\n{console[-2000:]}")
    return float(found[1])


def least_memory() -> int:
    """Return the least memory in MiB with which the small target boots, by bisection."""
    low, high = 64, 256
    while high - low > MEMORY_STEP:
        middle = (low + high) // (2 * MEMORY_STEP) * MEMORY_STEP
        with step(f"Booting with {middle} MiB"):
            boots = _boots(replace(_machine(), memory=middle))
        low, high = (low, middle) if boots else (middle, high)
    return high


def _boots(machine: Machine) -> bool:
    with machine.start() as guest:
        try:
            guest.expect(READY, timeout=120)
        except ConsoleError:
            return False
    return True


def markdown(figures: Figures) -> str:
    """Return the table for README.md."""
    rows = []
    for profile, image in figures.images.items():
        rows.append(
            (
                f"image `{profile}`: initramfs, zstd -19 (unpacked)",
                f"{image.initramfs / 1e6:.2f} MB ({image.unpacked / 1e6:.1f} MB)",
                f"`make size PROFILE={profile}`",
            )
        )
    times = figures.times
    rows += [
        ("/init to the jump, guest time under -icount", f"{times.jump:.0f} ms", "`make figures`"),
        (
            "of that: Python starts and loads what it needs",
            f"{times.drivers_begin:.0f} ms",
            "`make figures`",
        ),
        (
            "of that: drivers and devices",
            f"{times.devices_found - times.drivers_begin:.0f} ms",
            "`make figures`",
        ),
        (
            "of that: mounts, configuration, decision",
            f"{times.load_begins - times.devices_found:.0f} ms",
            "`make figures`",
        ),
        (
            "of that: kernel checked and loaded, what is to be written synced",
            f"{times.jump - times.load_begins:.0f} ms",
            "`make figures`",
        ),
        (
            "memory of the loader's process, peak",
            f"{figures.peak_memory / 1e3:.1f} MB",
            "`make figures`",
        ),
        ("least RAM that boots", f"{figures.least_memory} MiB", "`make figures`"),
    ]
    lines = ["| figure | measured | command |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def kept(path: Path = FIGURES) -> Figures:
    """Return the figures of the newest measurement."""
    found = json.loads(path.read_text())
    images = {name: Image(**image) for name, image in found["images"].items()}
    return Figures(**(found | {"images": images, "times": Times(**found["times"])}))


def write(path: Path = FIGURES) -> Figures:
    """Measure, keep the figures as JSON, and return them."""
    figures = measure()
    path.write_text(json.dumps(asdict(figures), indent=2) + "\n")
    return figures
