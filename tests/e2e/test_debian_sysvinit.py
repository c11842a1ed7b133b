"""The package on a Debian that sysvinit runs: installed by apt, its two scripts in their places."""

from pathlib import Path

import pytest
from debian_guest import PATIENCE, debian_with, install, restart

from qemu.disks.sysvinit import sysvinit_server
from qemu.guest import Guest
from qemu.places import BUILD


@pytest.mark.long
def test_reboots_under_sysvinit(package: Path, tmp_path: Path) -> None:
    log = BUILD / "logs" / "debian-sysvinit.log"
    with debian_with([package], tmp_path, log, system=sysvinit_server()) as guest:
        assert guest.shell.run("cat /proc/1/comm; test ! -e /run/systemd/system") == "init"
        install(guest, "bootpy_*_all.deb")
        off_until_it_is_enabled(guest)
        once_by_the_command(guest)
        by_the_systems_own_command(guest)
        once_the_long_way(guest)
        purge_takes_it_out(guest)


def off_until_it_is_enabled(guest: Guest) -> None:
    assert guest.shell.run("bootpy autoload status; echo $?").endswith("\n1")
    assert not guest.shell.run("ls /etc/rc[2-5].d | grep S..bootpy-autoload", check=False)


def once_by_the_command(guest: Guest) -> None:
    skipped, said = restart(guest, "bootpy reboot")
    assert skipped
    in_order(said, "loaded Debian GNU/Linux", *SCRIPTS, "bootpy: jumping into the loaded kernel")
    assert "still mounted" not in said
    booted_by_grubs_entry(guest)


def by_the_systems_own_command(guest: Guest) -> None:
    said = guest.shell.run("bootpy autoload enable", timeout=PATIENCE)
    assert said.startswith("on: reboots skip the firmware\n")
    skipped, said = restart(guest, "shutdown -r now")
    assert skipped
    in_order(said, LOADING, "\nloaded Debian GNU/Linux", *SCRIPTS, "Jumping into the loaded kernel")
    booted_by_grubs_entry(guest)
    # Enabled for good: it is on in the system that has come up, too.
    assert guest.shell.run("bootpy autoload status").startswith("on: ")


def once_the_long_way(guest: Guest) -> None:
    skipped, said = restart(guest, "bootpy reboot --firmware")
    assert not skipped
    in_order(said, LOADING, "\nloading nothing: this reboot was asked to go through", *SCRIPTS)
    assert "Jumping" not in said
    # What it was asked is forgotten: the one after it skips the firmware again.
    assert "once the long way" not in guest.shell.run("bootpy autoload status")


def purge_takes_it_out(guest: Guest) -> None:
    guest.shell.run("apt-get purge -q -y bootpy > /root/apt 2>&1", timeout=PATIENCE)
    assert guest.shell.run("ls /etc/rc?.d /etc/init.d | grep bootpy", check=False) == ""


LOADING = "Loading the kernel for the reboot.\n"
SCRIPTS = ("Stopping enhanced syslogd: rsyslogd", "Unmounting local filesystems")
"""What scripts of runlevel 6 say, in their order."""


def in_order(said: str, *texts: str) -> None:
    """Expect texts on the console, one after the other."""
    places = [said.find(text) for text in texts]
    assert -1 not in places, texts[places.index(-1)]
    assert places == sorted(places), said


def booted_by_grubs_entry(guest: Guest) -> None:
    """The command line is the one in grub.cfg, not the one that the firmware was given."""
    entry = guest.shell.run("grep -m1 vmlinuz /boot/grub/grub.cfg").split()
    assert guest.shell.run("cat /proc/cmdline") == f"BOOT_IMAGE={entry[1]} {' '.join(entry[2:])}"
