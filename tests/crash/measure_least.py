"""`python -m tests.crash.measure_least [--copy]`: the least crashkernel= that saves a dump.

A Debian 12 with 1 GiB in QEMU is crashed with one multiple of 8 MiB after the other. The least one
with which makedumpfile (or, with --copy, bootpy's own copy) saves the whole dump is printed, beside
what `bootpy crash status` says that it takes.
"""

import json
import sys
import tempfile
from pathlib import Path

from qemu.console import ConsoleError
from qemu.disks.crashing import CAPTURING, crash, crashing_machine, ready_alone

LOWEST, HIGHEST, STEP = 64, 256, 8  # MiB


def saves(size: int, work: Path, filters: bool) -> bool:
    """Crash a machine that keeps `size` MiB; return whether its dump was saved."""
    machine = crashing_machine(work, f"{size}M", alone=True, filters=filters)
    with machine.start(log=work / f"{size}.log") as guest:
        ready_alone(guest)
        told = guest.shell.run("bootpy crash status --json", timeout=300, check=False)
        print(f"{size} MiB kept; status: {json.loads(told)['sizes']}", file=sys.stderr)
        # Loaded whatever status thinks of it.
        loaded = guest.shell.run("bootpy crash load --force; echo $?", timeout=300)
        print(loaded, file=sys.stderr)
        if loaded.splitlines()[-1] != "0":
            return False
        try:
            crash(guest)
            found = guest.expect(
                r"saved dump\.",
                "copying instead",
                CAPTURING,
                "not all of it",
                "end Kernel panic",
                timeout=300,
                panics=True,
            )
        except ConsoleError as error:
            print(str(error)[-600:], file=sys.stderr)
            return False
        print(found[0], file=sys.stderr)
        return found[0].startswith("saved dump")


def main() -> None:
    """Search by halves."""
    filters = "--copy" not in sys.argv
    low, high = LOWEST // STEP, HIGHEST // STEP
    with tempfile.TemporaryDirectory() as work:
        while low < high:
            middle = (low + high) // 2
            if saves(middle * STEP, Path(work), filters):
                high = middle
            else:
                low = middle + 1
    print(f"{high * STEP} MiB with {'makedumpfile' if filters else 'a copy'}")


if __name__ == "__main__":
    main()
