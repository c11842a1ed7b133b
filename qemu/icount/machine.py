"""A machine that does the same again: one processor whose time is its instructions.

What would differ from run to run is fixed: the clock (`-rtc base`, which goes by guest time),
the random numbers that QEMU gives (`-seed`, for RDRAND too), and what the machine has: no
network, no USB, no AHCI. The processor is a plain one: on those that say that they copy fast by
bytes (ERMS) Linux does, and QEMU counts each repetition of `rep movsb` as an instruction.
RDRAND is there so that no program waits for random numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qemu.accelerator import QEMU
from qemu.icount.compiling import plugin

SEED = 1
_HARDWARE = ("-machine", "q35,sata=off,smbus=off,vmport=off", "-nic", "none", "-smp", "1")
_PROCESSOR = ("-accel", "tcg,thread=single", "-cpu", "qemu64,+rdrand")
_COUNTED = ("-icount", "shift=0")
_SLEEPLESS = ("-icount", "shift=0,sleep=off")
_FIXED = ("-rtc", "base=2026-01-01T00:00:00,clock=vm", "-seed", str(SEED))

ENTRY_32 = 0
ENTRY_64 = 0x200
"""Offsets of a bzImage's entries in its protected-mode part (Documentation/x86/boot.rst)."""

_MARK_BYTES = 4


@dataclass(frozen=True)
class CountedMachine:
    """A PC with `memory` MiB, started with kernel, initramfs and command line.

    `disks` are raw images, which the guest can only read. With `scsi` they hang on one
    virtio-scsi controller, else each is a virtio-blk device of its own. Where it is not
    `counted`, time is the host's and it runs faster: its counts are no measure then. One that is
    `sleepless` does not wait for the host's time to pass where it has nothing to do, so that all
    of it is the same again; a disk would answer too late for it.
    """

    kernel: Path
    initrd: Path
    append: str
    disks: tuple[Path, ...] = field(default=())
    memory: int = 1024
    scsi: bool = False
    counted: bool = True
    sleepless: bool = False

    def command(self, console: int, records: int, sink: int, marks: Mapping[str, str]) -> list[str]:
        """Return QEMU's command line.

        The console is written to the descriptor `sink`, whose other end is `console`, where
        the plugin reads; it writes to `records`. `marks` are code by name, as `code_at` gives.
        """
        settings = [f"console={console}", f"log={records}"]
        settings += [f"{name}={code}" for name, code in marks.items()]
        words = [QEMU, "-no-user-config", "-nodefaults", "-display", "none", "-no-reboot"]
        words += [*_HARDWARE, *_PROCESSOR, *self._time(), *_FIXED]
        words += ["-m", str(self.memory)]
        words += ["-plugin", ",".join([str(plugin()), *settings])]
        words += ["-chardev", f"file,id=console,path=/proc/self/fd/{sink}"]
        words += ["-serial", "chardev:console"]
        words += ["-kernel", str(self.kernel), "-initrd", str(self.initrd), "-append", self.append]
        if self.scsi:
            words += ["-device", "virtio-scsi-pci,id=scsi"]
        for number, disk in enumerate(self.disks):
            words += ["-blockdev", json.dumps(_node(disk, f"disk{number}"))]
            words += ["-device", json.dumps(self._device(number))]
        return words

    def _time(self) -> tuple[str, ...]:
        if not self.counted:
            return ()
        return _SLEEPLESS if self.sleepless else _COUNTED

    def _device(self, number: int) -> dict[str, object]:
        drive = {"drive": f"disk{number}", "serial": f"disk{number}"}
        if not self.scsi:
            return {"driver": "virtio-blk-pci", **drive}
        return {"driver": "scsi-hd", "bus": "scsi.0", "scsi-id": number, **drive}


def code_at(kernel: Path, entry: int) -> str:
    """Return the mark of a bzImage's entry: its place in a page, and the code there."""
    image = kernel.read_bytes()
    start = (image[0x1F1] + 1) * 512 + entry
    return f"{entry:x}:{image[start : start + _MARK_BYTES].hex()}"


def _node(path: Path, name: str) -> dict[str, object]:
    file = {"driver": "file", "filename": str(path.resolve()), "locking": "off"}
    return {"driver": "raw", "node-name": name, "read-only": True, "file": file}
