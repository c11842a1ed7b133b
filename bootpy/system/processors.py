"""Processors that are switched off, brought back before a jump.

One that is off waits in code of the running kernel, which the next kernel overwrites: a stray
interrupt then has it run anything. Kernels bring their processors together by themselves from
where they are on (machine_shutdown), and move to the first one (migrate_to_reboot_cpu of
kernel/reboot.c, since Linux 3.14). Source: Documentation/admin-guide/cputopology.rst and
Documentation/core-api/cpu_hotplug.rst.
"""

import os

from bootpy.kexec.choice import first_line

_CPUS = "sys/devices/system/cpu"


def switched_off(root: str = "/") -> list[int]:
    """Return the numbers of the processors that are present and off."""
    present = _numbers(first_line(os.path.join(root, _CPUS, "present")))
    return sorted(present - _numbers(first_line(os.path.join(root, _CPUS, "online"))))


def switch_on(number: int, root: str = "/") -> None:
    """Switch a processor on. OSError: it cannot be (threads that `nosmt` forbids, say)."""
    with open(os.path.join(root, _CPUS, f"cpu{number}/online"), "w", encoding="ascii") as file:
        file.write("1")


def _numbers(text: str) -> set[int]:
    """Read the kernel's form of a list of processors: "0-3,5"."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found
