"""Command lines of kexec-tools, run in a machine with Debian's program and with bootpy's."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from qemu.disks.kexec_tools import OURS, THEIRS
from qemu.guest import Guest
from qemu.machine import Machine

Running = Callable[[Machine], Guest]
"""The fixture `running`: a machine in, it running out."""

DATA = Path(__file__).parent / "data"

# Before each call nothing is loaded. shutdown(8) is what prints its words: the shell that calls
# has no system above it to shut down.
_HEAD = """\
printf '#!/bin/sh\\necho shutdown $*\\n' > /run/shutdown
chmod 755 /run/shutdown
mount --bind /run/shutdown $(readlink -f /sbin/shutdown)
long() { printf "%*s" $1 "" | tr " " x; }
loaded() { cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded | tr -d '\\n'; }
clean() { case $(loaded) in *1*) /sbin/kexec -u; /sbin/kexec -p -u;; esac; }
show() { head -n 1 $1 | tr -cd "[:print:]" | cut -c 1-160; }
try() {
  "$@" > /run/out 2> /run/err < /dev/null
  echo "@$number $? $(loaded)"
  echo "<$(show /run/out)"
  echo "<$(show /run/err)"
}
"""
_TAIL = "umount $(readlink -f /sbin/shutdown)\n"

_ANSWER = re.compile(r"@(\d+) (\d+) ([01])([01])\n<(.*)\n<(.*)")


class Call(NamedTuple):
    """A row of kexec-calls.toml."""

    words: str
    before: str = ""
    user: str = ""
    output: bool = False

    def __str__(self) -> str:
        told = f"{self.before}; {self.words}" if self.before else self.words
        return f"{told} (as {self.user})" if self.user else told


class Outcome(NamedTuple):
    """What a call left: its exit status, whether a kernel and a crash kernel are loaded.

    `output` and `error` are the first lines of its standard output and error.
    """

    status: int
    loaded: bool
    crash_loaded: bool
    output: str
    error: str

    @property
    def state(self) -> str:
        """The first three in short: "1 loaded", "0 crash", "0"."""
        return " ".join(
            [str(self.status), *["loaded"] * self.loaded, *["crash"] * self.crash_loaded]
        )


def calls(name: str) -> list[Call]:
    """Read the calls of a file in data/."""
    rows = tomllib.loads((DATA / name).read_text())["call"]
    return [
        Call(row["words"], row.get("before", ""), row.get("as", ""), row.get("output", False))
        for row in rows
    ]


def script(rows: list[Call]) -> str:
    """Return a shell script that runs each call with both programs; `outcomes` reads it back."""
    lines = [_HEAD]
    for number, row in enumerate(rows):
        user = f"setpriv --reuid={row.user} --clear-groups " if row.user else ""
        for program in (THEIRS, OURS):
            lines.append(f"number={number}; clean")
            if row.before:
                lines.append(f"{program} {row.before}")
            lines.append(f"try {user}{program} {row.words}")
    return "\n".join([*lines, _TAIL])


def outcomes(printed: str, rows: list[Call]) -> list[tuple[Outcome, Outcome]]:
    """Return what each call left by Debian's program, and by bootpy's."""
    found = [
        (int(one[1]), Outcome(int(one[2]), one[3] == "1", one[4] == "1", one[5], one[6]))
        for one in _ANSWER.finditer(printed)
    ]
    numbers = [number for number, _ in found]
    assert numbers == [number for number in range(len(rows)) for _ in range(2)], printed
    every = [outcome for _, outcome in found]
    return list(zip(every[::2], every[1::2], strict=True))
