"""`python -m qemu run`: a machine in the user's terminal, from power-on to a login prompt."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from bootpy.errors import BootError
from initramfs.kernel import KernelOf
from initramfs.progress import say
from initramfs.userlands import DEFAULT
from qemu.architecture import Architecture
from qemu.command import command, image_format, looks_like_text
from qemu.console import ConsoleError
from qemu.loader import loader_machine
from qemu.machine import Bus, Firmware, Machine
from qemu.places import BUILD, REPOSITORY

STOP_IN_MENU = "bootpy.timeout=-1"

LOGS = BUILD / "logs"
"""run.log, what the console showed; run.json, the boot's record; run.svg, its chart."""


@dataclass(frozen=True)
class Request:
    """What the user asked for; `disk` None takes the Debian that the bench installs.

    That is one for a PC; for arm64 it is a small system, with kernels of several formats.

    `until` is a regular expression: once the console shows it, the run has succeeded;
    `patience` is the number of seconds for that.
    """

    disk: Path | None = None
    menu: bool = False
    firmware: Firmware = Firmware.SEABIOS
    bus: Bus = Bus.VIRTIO
    memory: int = 1024
    append: str = ""
    profile: str = "cloud"
    userland: str = DEFAULT
    kernel: KernelOf = KernelOf.DEBIAN
    architecture: Architecture = Architecture.AMD64
    until: str = ""
    patience: float = 300


def run(request: Request) -> int:
    """Prepare what is needed, and run the machine; returns the exit status."""
    machine = recording(prepare(request))
    if request.userland == DEFAULT:
        say(
            "  Userland: Debian's packages. USERLAND=slim compiles one of half the size, once, "
            "in some minutes."
        )
    for kind in ("log", "json", "svg"):
        (LOGS / f"run.{kind}").unlink(missing_ok=True)
    try:
        if request.until:
            return _stream_until(machine, request.until, request.patience)
        return _in_terminal(machine)
    finally:
        for line in leave_chart():
            say(line)


def prepare(request: Request) -> Machine:
    """Describe the machine, making image and disk where they are not there yet."""
    if request.disk:
        check(request.disk)
    words = f"{STOP_IN_MENU} {request.append}" if request.menu else request.append
    disk = request.disk or _own_disk(request.architecture)
    return loader_machine(
        disk,
        bus=request.bus,
        append=words.strip(),
        profile=request.profile,
        userland=request.userland,
        kernel=request.kernel,
        architecture=request.architecture,
        firmware=request.firmware,
        memory=request.memory,
    )


def _own_disk(architecture: Architecture) -> Path:
    if architecture is Architecture.ARM64:
        from qemu.disks.arm64 import grub_arm64

        return grub_arm64()
    from qemu.disks.debian import debian

    return debian().disk


def recording(machine: Machine, logs: Path = LOGS) -> Machine:
    """Return the machine with a second serial port, on which the loader leaves its timeline."""
    logs.mkdir(parents=True, exist_ok=True)
    device, name = machine.platform.second_port
    port = ["-chardev", f"file,id=timeline,path={_quoted(logs / 'run.json')}"]
    port += ["-device", f"{device},chardev=timeline"]
    append = f"bootpy.timeline={name} {machine.append}"
    return replace(machine, append=append, extra=(*machine.extra, *port))


def leave_chart(logs: Path = LOGS) -> list[str]:
    """Draw the chart of the newest boot; return what there is to say, nothing where none jumped."""
    from bootpy.analysis import time_lines
    from bootpy.cli.chart import svg
    from bootpy.cli.recorded import from_file

    record, chart = logs / "run.json", logs / "run.svg"
    if not record.exists() or not record.stat().st_size:
        return []
    try:
        found = from_file(str(record)).record
    except BootError as error:  # ended in the middle of the line
        return [f"\nwarning: no chart: {error}"]
    chart.write_text(svg(found), encoding="utf-8")
    return [
        f"\n  To the jump: {time_lines(found)[0]}",
        f"  Chart: {_short(chart)} (the console: {_short(logs / 'run.log')})",
    ]


def _quoted(path: Path) -> str:
    """Return a path as a value of QEMU's: commas stand twice."""
    return str(path).replace(",", ",,")


def _short(path: Path) -> Path:
    return path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path


def check(disk: Path) -> None:
    """Look at the user's image before anything is built. BootError: it can be no disk."""
    if image_format(disk) == "raw" and looks_like_text(disk):
        raise BootError(
            f"{disk}: no disk image: it is a text file", "Name a raw or qcow2 image of a disk."
        )


def _in_terminal(machine: Machine) -> int:
    interactive = sys.stdin.isatty()
    with tempfile.TemporaryDirectory(prefix="bootpy-run-") as work:
        words = command(machine, Path(work))
        log = f"logfile={_quoted(LOGS / 'run.log')}"
        if interactive:
            # QEMU itself puts the terminal into raw mode, and back when it ends.
            words += ["-chardev", f"stdio,id=console,mux=on,signal=off,{log}"]
            words += ["-mon", "chardev=console,mode=readline"]
        else:
            words += ["-chardev", f"stdio,id=console,signal=on,{log}"]
        words += ["-serial", "chardev:console"]
        _introduce(machine)
        if interactive:
            say("  Leave with Ctrl-A X; Ctrl-A H lists what else QEMU's console can do.")
        # QEMU has a handler of its own for Ctrl-C; we go when it goes.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            status = subprocess.run(words, check=False).returncode
        finally:
            signal.signal(signal.SIGINT, before)
    if status > 0:
        raise BootError(f"QEMU ended with status {status}", "Its own message stands above.")
    return 0


def _stream_until(machine: Machine, wanted: str, patience: float) -> int:
    """Copy the console to standard output until it shows `wanted`; 1 where it does not."""
    pattern = re.compile(wanted)
    _introduce(machine)
    with machine.start(log=LOGS / "run.log") as guest:
        guest.console.transcript.echo = sys.stdout
        begun = time.monotonic()
        try:
            guest.expect(pattern.pattern, timeout=patience)
        except ConsoleError as error:
            # The console's end was streamed already: the first line says what was amiss.
            say(f"\nerror: {str(error).splitlines()[0]}")
            return 1
        say(f"\n  {wanted!r} appeared after {time.monotonic() - begun:.1f} s")
    return 0


def _introduce(machine: Machine) -> None:
    disks = ", ".join(f"{disk.path} ({disk.bus})" for disk in machine.disks)
    say(f"  Disk: {disks}; nothing is written to it")
    pc = machine.architecture is Architecture.AMD64
    what = machine.firmware if pc or machine.firmware is Firmware.OVMF else machine.architecture
    say(f"  Starting QEMU: {what}, {machine.memory} MB, {machine.cpus} CPUs")
