"""QEMU as a process of the host's: one that never outlives whoever started it."""

import shutil
import subprocess
from collections.abc import Sequence
from typing import IO

from bootpy.errors import BootError


def start(
    command: Sequence[str], sink: IO[bytes], package: str, pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Run QEMU, what it says itself going to `sink`; `package` of Debian's has the program.

    The kernel kills it when the thread that calls this ends (PR_SET_PDEATHSIG, by util-linux's
    setpriv): a run of tests that is killed leaves no machine behind. BootError: not installed.
    """
    if shutil.which(command[0]) is None:
        raise BootError(f"{command[0]} is not installed", f"Install Debian's package {package}.")
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *command],
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=subprocess.STDOUT,
        pass_fds=pass_fds,
    )
