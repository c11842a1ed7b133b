"""makedumpfile(8), which leaves out pages that nobody looks at, and compresses the others.

It is a program of its own with its own idea of each kernel's structures: where it fails, the
caller copies instead.
"""

import os
import re
import resource
import shutil
import subprocess
from collections.abc import Callable
from typing import IO, NamedTuple

from bootpy.errors import BootError

NAME = "makedumpfile"

_PROGRESS, _ERRORS = 0x1, 0x4  # of --message-level
_PERCENT = re.compile(rb"\[\s*([\d.]+)\s*%\]")
_KEPT = 8  # lines of what it said that are told where it fails


def installed(path: str = "/usr/sbin:/usr/bin:/sbin:/bin") -> str:
    """Return the path of the program, "" where it is not installed."""
    return shutil.which(NAME, path=path) or ""


class Order(NamedTuple):
    """Paths of the program, of the core and of the file to be written; kinds of pages left out.

    Without a file it writes to a pipe.
    """

    program: str
    core: str
    target: str
    level: int

    @property
    def words(self) -> list[str]:
        """The command line."""
        options = ["-c", "-d", str(self.level), "--message-level", str(_PROGRESS | _ERRORS)]
        if self.target:
            return [self.program, *options, self.core, self.target]
        return [self.program, "-F", *options, self.core]


def save(order: Order, room: int, progress: Callable[[str, int], None]) -> None:
    """Have it write the core to its file, `room` bytes at most.

    `progress` is told what it does, "Copying data", and per cent. BootError: it failed.
    """

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    with subprocess.Popen(
        order.words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=limited,  # noqa: PLW1509 - there are no threads
    ) as running:
        assert running.stdout is not None
        said = _listen(running.stdout, progress)
    _refuse_failed(running.returncode, said)


def send(order: Order, pipe: IO[bytes], progress: Callable[[str, int], None]) -> None:
    """Have it write the core to a pipe, flattened; as `save`."""
    with subprocess.Popen(
        order.words, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.PIPE
    ) as running:
        assert running.stderr is not None
        said = _listen(running.stderr, progress)
    _refuse_failed(running.returncode, said)


def _listen(output: IO[bytes], progress: Callable[[str, int], None]) -> list[str]:
    """Hear what it says to its end; return what of it is not about progress."""
    said: list[str] = []
    rest = b""
    while part := os.read(output.fileno(), 4096):
        *lines, rest = re.split(rb"[\r\n]+", rest + part)
        for line in lines:
            found = _PERCENT.search(line)
            if found:
                what = line[: found.start()].decode("ascii", "replace").strip(" :")
                progress(what, int(float(found[1])))
            elif line.strip():
                said.append(line.decode(errors="replace").strip())
    return said


def _refuse_failed(status: int, said: list[str]) -> None:
    if status:
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        raise BootError(f"{NAME} {how}: {'; '.join(said[-_KEPT:]) or 'it said nothing'}")
