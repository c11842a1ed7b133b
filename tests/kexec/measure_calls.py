"""What a boot takes with each system call that loads: `python -m tests.kexec.measure_calls`.

Millions of guest instructions (QEMU's -icount, one processor), as QEMU has counted them when
a line has come to the console: what the guest does until then is in them too, so that two
runs may differ by some millions.
"""

import re
from dataclasses import replace

from initramfs.progress import say, step
from qemu.disks import recipes
from qemu.disks.target import READY
from qemu.guest import Guest
from qemu.loader import loader_machine
from qemu.machine import Firmware

STAGES = {
    "kernel to /init": "Run /init as init process",
    "to the load": r"loading First:",
    "load": r"jumping into First",
    "to the target's /init": "Run /init as init process",
    "to its shell": READY,
}


def counted(guest: Guest) -> int:
    """Return how many instructions the guest has executed."""
    return int(guest.qmp("query-replay")["icount"])


def measure(call: str, firmware: Firmware) -> dict[str, float]:
    """Boot once, and return the millions of instructions of each stage."""
    words = f'bootpy.timeout=0 bootpy.kexec={call} bootpy.append="loglevel=7"'
    machine = loader_machine(recipes.grub(), firmware=firmware, append=words, cpus=1)
    append = machine.append.replace("quiet loglevel=4", "loglevel=7")
    found = {}
    with replace(machine, append=append, counted=True).start() as guest:
        before = 0
        for stage, line in STAGES.items():
            guest.expect(line, timeout=600)
            now = counted(guest)
            found[stage], before = (now - before) / 1e6, now
        said = re.search(r"loading First: [^\n]*", guest.console.text)
        assert said
        say(f"  {said[0]}")
    return found


def main() -> None:
    """Measure both calls on SeaBIOS, and print a table."""
    found = {}
    for call in ("load", "file"):
        with step(f"Counting the instructions of a boot, bootpy.kexec={call}"):
            found[call] = measure(call, Firmware.SEABIOS)
    say(f"| call | {' | '.join(STAGES)} |")
    for call, stages in found.items():
        say(f"| {call} | {' | '.join(f'{count:.0f}' for count in stages.values())} |")


if __name__ == "__main__":
    main()
