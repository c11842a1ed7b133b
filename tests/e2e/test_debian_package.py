"""The package, built twice, and its life on a real Debian: installed by apt, used, purged.

Reboots by the system's own commands skip the firmware in between, or do not.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import build_package
from debian_guest import KEEP_JOURNAL, PATIENCE, debian_with, install, reboot

from qemu.guest import Guest
from qemu.places import BUILD

# What apt, dpkg, the journal and the test write for themselves, and the manual's index.
ALL_FILES = (
    "find / -xdev -path /root -prune -o -path /tmp -prune -o -path /boot -prune"
    " -o -path '/var/lib/[da]p*' -prune -o -path /var/lib/systemd -prune"
    " -o -path /var/cache -prune -o -path /var/log -prune -o -path /var/tmp -prune -o -print | sort"
)
# What an upgrade does in the end: a newer kernel is in /boot, and grub.cfg is written anew.
UPGRADE = """\
old=$(uname -r) new=6.1.0-999-cloud-amd64
for name in vmlinuz initrd.img; do cp /boot/$name-$old /boot/$name-$new; done
update-grub
"""
BREAK = "cd /boot; mv {0} whole && head -c 1000000 whole > {0}"
HANG = """\
unit=/run/systemd/system/bootpy-autoload.service.d
mkdir -p $unit && cd $unit
printf '[Service]\\nTimeoutStopSec=3\\nExecStop=\\nExecStop=/bin/sleep infinity\\n' > hang.conf
systemctl daemon-reload
"""


def test_two_builds_are_the_same_to_the_byte(package: Path, tmp_path: Path) -> None:
    again = build_package(
        tmp_path, umask=0o077, env={"PATH": "/usr/bin:/bin", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    )
    assert again.name == package.name
    assert again.read_bytes() == package.read_bytes()


def test_nothing_of_the_workplace_is_in_it(package: Path) -> None:
    contents = subprocess.run(
        ["dpkg-deb", "--contents", package], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert all(line.split()[1] == "root/root" for line in contents)
    assert not [line for line in contents if "__pycache__" in line or "tests" in line]


@contextmanager
def installed(package: Path, folder: Path, name: str) -> Iterator[Guest]:
    """A Debian with the package on it, which remembers what was there before."""
    with debian_with([package], folder, BUILD / "logs" / f"{name}.log") as guest:
        guest.shell.run(KEEP_JOURNAL)
        guest.shell.run(f"{ALL_FILES} > /root/before")
        install(guest, "bootpy_*_all.deb")
        yield guest


def test_life_on_a_debian(package: Path, tmp_path: Path) -> None:
    with installed(package, tmp_path, "debian-package") as guest:
        the_command_works(guest)
        purge_leaves_nothing(guest)


@pytest.mark.long
def test_reboots_by_the_systems_own_commands(package: Path, tmp_path: Path) -> None:
    with installed(package, tmp_path, "debian-reboots") as guest:
        autoload_is_off_until_it_is_enabled(guest)
        a_newer_kernel_is_the_one_that_boots(guest)
        a_broken_entry_is_followed_by_an_ordinary_reboot(guest)
        once_the_long_way(guest)
        a_load_that_hangs_is_ended(guest)
        settings_of_kexec_tools_are_heeded(guest)
        purge_leaves_nothing(guest)


def the_command_works(guest: Guest) -> None:
    listed = guest.shell.run(
        "bootpy list --json > /root/listed; grep -E '^      \"(id|kind)' /root/listed"
    )
    assert listed.count('"kind": "linux"') >= 2
    assert '"id": "grub:vda2:gnulinux-simple-' in listed
    assert re.search(r"vda2 .*ext4", guest.shell.run("bootpy devices"))
    guest.shell.run("ln -s /usr/lib/bootpy/kexec /usr/local/sbin/kexec")
    assert guest.shell.run("kexec -S; echo $?").endswith("0")  # nothing is loaded
    guest.shell.run(
        "kexec -l /boot/vmlinuz-$(uname -r) --initrd=/boot/initrd.img-$(uname -r) --reuse-cmdline",
        timeout=PATIENCE,
    )
    assert guest.shell.run("kexec -S; kexec -u; cat /sys/kernel/kexec_loaded").endswith("0")
    guest.shell.run("rm /usr/local/sbin/kexec")
    # Not all of it: what a serial console shows takes its time.
    manual = guest.shell.run("MANPAGER=cat MANWIDTH=80 man bootpy | head -5")
    assert "bootpy - find, explain and start what this machine can boot" in manual
    guest.shell.run("test -s /usr/share/doc/bootpy/list.md")


def autoload_is_off_until_it_is_enabled(guest: Guest) -> None:
    assert guest.shell.run("bootpy autoload status; echo $?").endswith("\n1")
    assert guest.shell.run("systemctl show -P Id reboot.target") == "reboot.target"
    said = guest.shell.run("bootpy autoload enable", timeout=PATIENCE)
    assert said.startswith("on: reboots skip the firmware\n")
    assert "what the boot loader would boot by then" in said
    assert guest.shell.run("bootpy autoload status") == said
    for name in ("reboot", "ctrl-alt-del", "runlevel6"):
        assert guest.shell.run(f"systemctl show -P Id {name}.target") == "kexec.target"


def a_newer_kernel_is_the_one_that_boots(guest: Guest) -> None:
    guest.shell.run(f"({UPGRADE}) > /root/upgrade 2>&1", timeout=PATIENCE)
    skipped, said = reboot(guest, "shutdown -r now")
    assert skipped
    assert "loaded Debian GNU/Linux" in said
    # What grub.cfg has since then; SeaBIOS was given another line.
    assert "BOOT_IMAGE=/boot/vmlinuz-6.1.0-999-cloud-amd64 " in guest.shell.run("cat /proc/cmdline")
    assert guest.shell.run("bootpy autoload status").startswith("on: ")


def a_broken_entry_is_followed_by_an_ordinary_reboot(guest: Guest) -> None:
    guest.shell.run(BREAK.format("vmlinuz-6.1.0-999-cloud-amd64"))
    skipped, said = reboot(guest, "systemctl reboot")
    assert not skipped
    assert re.search(r"vmlinuz-6\.1\.0-999-cloud-amd64(?s:.*)hint: ", said)
    assert "an ordinary reboot follows" in said
    guest.shell.run("rm /boot/whole /boot/*-999-*; update-grub 2> /root/upgrade", timeout=PATIENCE)


def once_the_long_way(guest: Guest) -> None:
    guest.shell.run("mkdir -p /run/bootpy && touch /run/bootpy/firmware-reboot")
    skipped, said = reboot(guest, "reboot")
    assert not skipped
    assert "asked to go through the firmware" in said
    assert "once the long way" not in guest.shell.run("bootpy autoload status")


def a_load_that_hangs_is_ended(guest: Guest) -> None:
    guest.shell.run(HANG, timeout=PATIENCE)
    skipped, said = reboot(guest, "reboot")
    assert not skipped
    assert "timed out" in said.lower()


def settings_of_kexec_tools_are_heeded(guest: Guest) -> None:
    guest.shell.run(
        "printf 'KERNEL_IMAGE=/boot/vmlinuz-%s\\nINITRD=/boot/initrd.img-%s\\nAPPEND=\"%s\"\\n'"
        " $(uname -r) $(uname -r) '$(cat /proc/cmdline) chosen' > /etc/default/kexec"
    )
    assert "--kernel=/boot/vmlinuz-" in guest.shell.run("bootpy autoload status")
    skipped, _ = reboot(guest, "reboot")
    assert skipped
    assert guest.shell.run("cat /proc/cmdline").endswith(" chosen")
    guest.shell.run("rm /etc/default/kexec")


def purge_leaves_nothing(guest: Guest) -> None:
    guest.shell.run("apt-get remove -q -y bootpy > /root/apt 2>&1", timeout=PATIENCE)
    assert guest.shell.run("test ! -e /usr/bin/bootpy; echo $?") == "0"
    # What was enabled does not outlive it.
    assert guest.shell.run("systemctl show -P Id reboot.target") == "reboot.target"
    guest.shell.run("dpkg --purge bootpy > /root/apt 2>&1", timeout=PATIENCE)
    assert guest.shell.run("dpkg -l bootpy 2> /dev/null | grep ^.[^n]", check=False) == ""
    guest.shell.run(f"{ALL_FILES} > /root/after")
    assert guest.shell.run("diff /root/before /root/after", check=False) == ""
