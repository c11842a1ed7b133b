"""A running machine: its console, its shell, its monitor, and what one can do to it."""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from bootpy.errors import BootError
from qemu import process
from qemu.command import HOTPLUG_PORTS, blockdev, command, device
from qemu.console import Console
from qemu.machine import Bus, Disk, Machine
from qemu.monitor import Monitor
from qemu.qmp import QMPError
from qemu.shell import Shell

START_PATIENCE = 20.0
"""Seconds within which QEMU must open its console and monitor."""


class Guest:
    """QEMU running `machine`, its console written to `log` where one is given.

    `console` is the serial console, `shell` a shell that a scenario brought it to, `qmp`
    QEMU's monitor: `guest.qmp("query-status")`.
    """

    def __init__(self, machine: Machine, log: Path | None = None) -> None:
        self.machine = machine
        self._folder = tempfile.TemporaryDirectory(prefix="bootpy-guest-")
        self._work = Path(self._folder.name)
        self._ports = [f"port{number}" for number in range(HOTPLUG_PORTS)]
        self._plugged = 0
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._start(log)
        except BaseException:
            self._end()
            raise
        self.shell = Shell(self.console)

    def expect(self, *patterns: str, timeout: float = 90, panics: bool = False) -> re.Match[str]:
        """Wait for a text on the console; see `Console.expect`."""
        return self.console.expect(*patterns, timeout=timeout, panics=panics)

    def hotplug(
        self, disk: Path | Disk, bus: Bus | str = Bus.VIRTIO, *, snapshot: bool = True
    ) -> str:
        """Plug in a disk while the machine runs; returns its name for `unplug`."""
        if isinstance(disk, Path):
            disk = Disk(disk, Bus(bus), snapshot)
        if disk.bus in {Bus.AHCI, Bus.SD}:
            raise BootError(f"{disk.bus} disks cannot be plugged into a running machine")
        needs_port = disk.bus in {Bus.VIRTIO, Bus.NVME}
        if needs_port and not self._ports:
            raise BootError(f"all {HOTPLUG_PORTS} ports for plugging in disks are taken")
        name = f"plugged{self._plugged}"
        self._plugged += 1
        self.qmp("blockdev-add", **blockdev(disk, name, self._work))
        port = self._ports.pop(0) if needs_port else ""
        self.qmp("device_add", **device(disk, name, port))
        return name

    def unplug(self, name: str) -> None:
        """Take out a disk that `hotplug` plugged in, as a person pulls a USB stick."""
        self.qmp("device_del", id=f"{name}-device")

    def reset(self) -> None:
        """Press the reset button."""
        self.qmp("system_reset")

    def press_power(self) -> None:
        """Press the power button (ACPI): the guest may shut down, or not."""
        self.qmp("system_powerdown")

    def kill(self) -> None:
        """Cut the power: QEMU ends at once, nothing in the guest is written any more."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def wait_off(self, timeout: float = 60) -> None:
        """Wait until the machine has turned itself off, reading its console meanwhile."""
        assert self._process is not None
        deadline = time.monotonic() + timeout
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                self.console.expect(r"(?!)", timeout=0.1)
            self.console.drain(0.2)

    @property
    def running(self) -> bool:
        """Whether QEMU has not ended."""
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """Read the console's rest, end QEMU, and remove all that lived with it."""
        self.console.drain(0.05)
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self, log: Path | None) -> None:
        console, monitor, errors = (self._work / name for name in ("console", "qmp", "stderr"))
        words = command(self.machine, self._work)
        for name, path in (("console", console), ("qmp", monitor)):
            words += ["-chardev", f"socket,id={name},path={path},server=on,wait=off"]
        words += ["-serial", "chardev:console", "-mon", "chardev=qmp,mode=control"]
        # Stopped until the console is connected: what the firmware says first is not lost.
        words.append("-S")
        with errors.open("wb") as sink:
            self._process = process.start(words, sink, self.machine.platform.package)
        try:
            self._connect(console, monitor, log)
        except (OSError, QMPError) as error:
            said = errors.read_text(errors="replace").strip()
            raise BootError(f"QEMU did not start: {said or error}") from error

    def _connect(self, console: Path, monitor: Path, log: Path | None) -> None:
        deadline = time.monotonic() + START_PATIENCE
        self.console = Console(self._connected(console, deadline), log)
        self.qmp = Monitor(self._connected(monitor, deadline))
        self.qmp("cont")

    def _connected(self, path: Path, deadline: float) -> socket.socket:
        """Connect to a socket of QEMU's, once it is there and listened on."""
        assert self._process is not None
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.connect(str(path))
                return connection
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
            if self._process.poll() is not None:
                raise ChildProcessError(f"it ended with status {self._process.returncode}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {path.name} after {START_PATIENCE:g} s")
            time.sleep(0.01)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        for part in ("qmp", "console"):
            if hasattr(self, part):
                getattr(self, part).close()
        self._folder.cleanup()
