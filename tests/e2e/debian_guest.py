"""A real Debian with the package installed by apt, root logged in on its console."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from qemu.disks.debian import DebianSystem
from qemu.disks.debian_server import UNPACK, packages_disk, server
from qemu.guest import Guest
from qemu.machine import Firmware, Machine
from qemu.scenarios import DEBIAN

PATIENCE = 900.0
"""Seconds that a start of the system, or an installation, may take on a busy host."""
KEEP_JOURNAL = (
    "mkdir -p /var/log/journal && systemctl restart systemd-journald && journalctl --flush"
)
"""Has the journals of earlier starts kept, which `reboot` looks at."""
# The kernel's test of its timer fails on a busy host, and hangs then or panics.
WITHOUT_TIMER_CHECK = """\
mkdir -p /etc/default/grub.d
words='console=ttyS0 no_timer_check'
echo "GRUB_CMDLINE_LINUX=\\"$words\\"" > /etc/default/grub.d/a-timer.cfg
"""
"""Has kernels leave that out from the next update-grub on."""


@contextmanager
def debian_with(
    packages: Sequence[Path],
    folder: Path,
    log: Path,
    *,
    firmware: Firmware = Firmware.SEABIOS,
    system: DebianSystem | None = None,
    extra: Sequence[str] = (),
) -> Iterator[Guest]:
    """Start a system (the server where none is given), with package files in its /root.

    SeaBIOS starts the system's own kernel each time; OVMF starts its GRUB from the disk. Either
    says so on the console: see `firmware_starts`. `extra` are QEMU's words for more hardware.
    """
    system = system or server()
    disk = packages_disk(folder / "packages.tar", packages)
    # SeaBIOS then talks to the serial line.
    machine = Machine(firmware=firmware, extra=("-machine", "graphics=off", *extra))
    if firmware is Firmware.SEABIOS:
        line = f"{system.cmdline} no_timer_check"
        machine = replace(machine, kernel=system.kernel, initrd=system.initrd, append=line)
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
    guest.expect("Password: ", timeout=PATIENCE)
    guest.console.line(DEBIAN.password or "")
    guest.expect(DEBIAN.prompt, timeout=PATIENCE)


def firmware_starts(guest: Guest) -> int:
    """Return how often the firmware has begun, since the machine was switched on."""
    said = guest.console.text
    return said.count("SeaBIOS (version") + said.count("BdsDxe: starting Boot")


def restart(guest: Guest, command: str) -> tuple[bool, str]:
    """Restart by `command`, log in; returns whether it skipped the firmware, and the console.

    AssertionError: the system did not restart, or a file system had to be repaired then.
    """
    before = guest.shell.run("cat /proc/sys/kernel/random/boot_id")
    starts, shown = firmware_starts(guest), len(guest.console.text)
    guest.console.line(command)
    log_in(guest)
    assert guest.shell.run("cat /proc/sys/kernel/random/boot_id") != before
    repaired = guest.shell.run(
        "dmesg | grep -Ei 'EXT4-fs.*(recover|orphan)|FAT-fs.*unmounted'", check=False
    )
    assert repaired == ""
    return firmware_starts(guest) == starts, guest.console.text[shown:]


def reboot(guest: Guest, command: str) -> tuple[bool, str]:
    """Restart a system with systemd; returns whether it skipped the firmware, and what was said.

    The latter is the journal of bootpy-autoload.service from before the reboot. AssertionError:
    as `restart`, or its shutdown was not in order.
    """
    skipped, _ = restart(guest, command)
    said = guest.shell.run("journalctl -b -1 --no-pager -o cat -u bootpy-autoload", check=False)
    end = guest.shell.run("journalctl -b -1 --no-pager -o cat -n 25")
    assert "Reached target final.target" in end
    return skipped, said
