"""Disk images read by the loader in a machine of its own, for `bootpy list IMAGE`.

The host never looks into the images: QEMU shows them to the machine as disks that cannot be
written, the loader in it lists what could boot, writes that to the second serial port, and
switches off. What comes back is bounded in size and time; what it says is the caller's to
check.
"""

import json
import os
import re
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bootpy.cli.list_text import clean
from bootpy.errors import BootError
from initramfs.build import Image, build, current
from initramfs.progress import step
from qemu.accelerator import QEMU, arguments, working
from qemu.command import device
from qemu.images import read_only_node
from qemu.machine import Disk
from qemu.places import BUILD

PROFILE = "cloud"
MOST_DISKS = 24
"""Each takes a slot of the machine's one PCI bus."""

SILENCE = 90.0
"""Seconds without a word after which the machine is given up: a busy host emulates slowly."""

PATIENCE = 600.0
"""Seconds that a reading may take in all."""

LIMIT = 64 << 20
"""Bytes that an answer may have."""

_KEPT = 64 << 10
_SHOWN_LINES = 25
_MEMORY = 512

# The machine lives for seconds and runs nothing of a stranger's: no defences against
# such code, no tests of the kernel's own ciphers, one processor. On a host that has much to
# do the kernel's test of its timer may fail where the timer does not.
_CMDLINE = (
    "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off cryptomgr.notests=1 no_timer_check "
    "bootpy.list=ttyS1"
)
_SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
# Should we be killed, the machine is to go too.
_LEASH = ("setpriv", "--pdeathsig", "KILL")
_DIED = re.compile(rb"(?m)^\[ *[\d.]+\] The loader's process \d+ ")


@dataclass(frozen=True)
class Answer:
    """What the machine wrote, `text`, and the `console` beside it."""

    images: tuple[Path, ...]
    text: bytes
    console: str

    def failure(self, reason: str) -> BootError:
        """Return the error that tells why this is no good answer, with the console's end."""
        names = ", ".join(str(image) for image in self.images)
        lines = [clean(line) for line in self.console.splitlines() if line.strip()]
        end = "\n".join(("--- the console's end ---", *lines[-_SHOWN_LINES:], "---"))
        return BootError(
            f"the machine that was to read {names} failed: {reason}\n{end}",
            "try again on a host with less to do; if it fails again, mount the image's file "
            "systems as root and name the mount points",
        )


def read(images: Sequence[Path], words: Sequence[str] = ()) -> Answer:
    """Have the loader list the images' entries; `words` are more for its command line.

    Returns what it wrote, a line of JSON as `bootpy.list=` gives it. BootError: an image that
    QEMU cannot read, or a machine that failed, with the console's end.
    """
    if len(images) > MOST_DISKS:
        raise BootError(f"{len(images)} images are too many", f"name {MOST_DISKS} at most")
    nodes = [read_only_node(image, f"disk{number}") for number, image in enumerate(images)]
    loader = _loader()
    what = ", ".join(clean(image.name) for image in images)
    with (
        step(f"Reading {what} in a virtual machine"),
        tempfile.TemporaryDirectory(prefix="bootpy-reading-") as work,
    ):
        initrd = _unpacked(loader.initramfs, Path(work))
        return Reading(tuple(images), _command(nodes, loader.kernel, initrd, words)).run()


def _unpacked(initramfs: Path, work: Path) -> Path:
    """Unpack the loader's archive into `work`, which takes an emulated machine a second."""
    plain = work / "initramfs.cpio"
    with plain.open("wb") as sink:
        command = ["zstd", "-dcq", str(initramfs)]
        try:
            done = subprocess.run(command, stdout=sink, stderr=subprocess.DEVNULL, check=False)
        except OSError:
            return initramfs
    return initramfs if done.returncode else plain


def _command(
    nodes: Sequence[dict[str, Any]], kernel: Path, initrd: Path, words: Sequence[str]
) -> list[str]:
    leash = list(_LEASH) if shutil.which(_LEASH[0]) else []
    command = [*leash, QEMU, "-no-user-config", "-nodefaults", "-display", "none"]
    command += ["-sandbox", _SANDBOX, "-no-reboot", "-nic", "none"]
    command += ["-machine", "q35,sata=off,smbus=off,vmport=off", *arguments(_accelerator(kernel))]
    command += ["-m", str(_MEMORY), "-smp", "1"]
    command += ["-kernel", str(kernel), "-initrd", str(initrd)]
    command += ["-append", " ".join((_CMDLINE, *words))]
    for node in nodes:
        name = str(node["node-name"])
        command += ["-blockdev", json.dumps(node)]
        command += ["-device", json.dumps(device(Disk(Path()), name))]
    return command


class Reading:
    """One machine from start to answer: `command` and two serial ports.

    `silence` is the number of seconds without a word after which it is given up.
    """

    def __init__(
        self, images: tuple[Path, ...], command: list[str], silence: float = SILENCE
    ) -> None:
        self._images = images
        self._command = command
        self._silence = silence
        self._said = {name: bytearray() for name in ("console", "answer", "errors")}

    def run(self) -> Answer:
        """Start the machine, take its answer, and end it."""
        pipes = {name: os.pipe() for name in self._said}
        sinks = {name: writing for name, (_, writing) in pipes.items()}
        words = list(self._command)
        for name in ("console", "answer"):
            words += ["-chardev", f"file,id={name},path=/proc/self/fd/{sinks[name]}"]
            words += ["-serial", f"chardev:{name}"]
        with selectors.DefaultSelector() as waiting:
            for name, (reading, _) in pipes.items():
                waiting.register(reading, selectors.EVENT_READ, name)
            try:
                process = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=sinks["errors"],
                    stderr=sinks["errors"],
                    pass_fds=(sinks["console"], sinks["answer"]),
                )
            finally:
                for sink in sinks.values():
                    os.close(sink)
            try:
                self._listen(waiting)
            finally:
                process.kill()
                process.wait()
                for reading, _ in pipes.values():
                    os.close(reading)
        return self._answer()

    def _listen(self, waiting: selectors.BaseSelector) -> None:
        """Take what comes until the answer is whole, or none can come any more."""
        begun = time.monotonic()
        while waiting.get_map():
            left = begun + PATIENCE - time.monotonic()
            ready = waiting.select(min(self._silence, left)) if left > 0 else []
            if not ready:
                quiet = (
                    f"no word for {self._silence:g} s" if left > 0 else f"{PATIENCE:g} s are over"
                )
                raise self._so_far().failure(quiet)
            for key, _ in ready:
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    waiting.unregister(key.fd)
                self._take(str(key.data), chunk)
            if self._said["answer"].endswith(b"\n"):
                return

    def _take(self, name: str, chunk: bytes) -> None:
        said = self._said[name]
        said += chunk
        if name != "answer":
            del said[:-_KEPT]
        elif len(said) > LIMIT:
            raise self._so_far().failure(f"its answer has more than {LIMIT >> 20} MiB")
        if name == "console" and _DIED.search(said):
            raise self._so_far().failure("the loader in it died")

    def _so_far(self) -> Answer:
        console = self._said["console"].decode(errors="replace").replace("\r", "")
        return Answer(self._images, bytes(self._said["answer"]), console)

    def _answer(self) -> Answer:
        answer = self._so_far()
        if answer.text.endswith(b"\n"):
            return answer
        # What QEMU was told is in front of what it says to it.
        said = self._said["errors"].decode(errors="replace").strip()
        errors = clean(said.rpartition("}: ")[2].removeprefix(f"{QEMU}: "))
        if errors and not answer.console:
            names = ", ".join(str(image) for image in self._images)
            raise BootError(f"QEMU cannot read {names}: {errors}", "try `qemu-img check` on it")
        raise answer.failure(errors or "it ended before it gave an answer")


def _loader() -> Image:
    """Return the loader's image, built where it is not there or old.

    Where this user may not write to the repository, and nobody has built it, it is built
    in the user's own cache.
    """
    if _may_write():
        return build(PROFILE)
    own = _own_cache()
    return current(PROFILE) or build(PROFILE, output=own / "image" / PROFILE, cache=own)


def _accelerator(kernel: Path) -> str:
    cache = BUILD if _may_write() else _own_cache()
    return working(cache / "accelerator.json", kernel)


def _may_write() -> bool:
    return os.access(BUILD if BUILD.exists() else BUILD.parent, os.W_OK)


def _own_cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(os.environ.get("BOOTPY_CACHE") or Path(home) / "bootpy")
