"""A real Debian with the package installed by apt, root logged in on its console."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from qemu.disks.debian_server import UNPACK, packages_disk, server
from qemu.guest import Guest
from qemu.machine import Machine
from qemu.scenarios import DEBIAN

PATIENCE = 400.0
"""Seconds that a start of the system, or an installation, may take on a busy host."""


@contextmanager
def debian_with(packages: Sequence[Path], folder: Path, log: Path) -> Iterator[Guest]:
    """Start the system from its own kernel, with package files in its /root.

    SeaBIOS starts that kernel each time, and says so on the console: see `firmware_starts`.
    """
    system = server()
    disk = packages_disk(folder / "packages.tar", packages)
    machine = Machine(
        kernel=system.kernel,
        initrd=system.initrd,
        append=system.cmdline,
        # SeaBIOS then talks to the serial line.
        extra=("-machine", "graphics=off"),
    )
    machine = machine.with_disk(system.disk).with_disk(disk)
    with machine.start(log=log) as guest:
        log_in(guest)
        guest.shell.run(UNPACK)
        yield guest


def install(guest: Guest, pattern: str) -> None:
    """Have apt install package files that lie in /root."""
    guest.shell.run(
        f"DEBIAN_FRONTEND=noninteractive apt-get install -q -y /root/{pattern} > /root/apt 2>&1"
        " || { tail -n 40 /root/apt; false; }",
        timeout=PATIENCE * 2,
    )


def log_in(guest: Guest) -> None:
    """Wait until the system is up, and log in as root."""
    guest.expect(DEBIAN.up, timeout=PATIENCE)
    guest.console.line("root")
    guest.expect("Password: ")
    guest.console.line(DEBIAN.password or "")
    guest.expect(DEBIAN.prompt)


def firmware_starts(guest: Guest) -> int:
    """Return how often the firmware has begun, since the machine was switched on."""
    return guest.console.text.count("SeaBIOS (version")


def reboot(guest: Guest, command: str) -> tuple[bool, str]:
    """Reboot by `command`, log in; returns whether it skipped the firmware, and what was said.

    The latter is the journal of bootpy-autoload.service from before the reboot. AssertionError:
    the system did not reboot, or its shutdown was not in order.
    """
    before = guest.shell.run("cat /proc/sys/kernel/random/boot_id")
    starts = firmware_starts(guest)
    guest.console.line(command)
    log_in(guest)
    assert guest.shell.run("cat /proc/sys/kernel/random/boot_id") != before
    said = guest.shell.run("journalctl -b -1 --no-pager -o cat -u bootpy-autoload", check=False)
    repaired = guest.shell.run(
        "dmesg | grep -Ei 'EXT4-fs.*(recover|orphan)|FAT-fs.*unmounted'", check=False
    )
    assert repaired == ""
    end = guest.shell.run("journalctl -b -1 --no-pager -o cat -n 25")
    assert "Reached target final.target" in end
    return firmware_starts(guest) == starts, said
