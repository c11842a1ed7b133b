"""The package, built twice, and its life on a real Debian: installed by apt, used, purged."""

import re
import subprocess
from pathlib import Path

from conftest import build_package
from debian_guest import PATIENCE, debian_with, install

from qemu.guest import Guest
from qemu.places import BUILD

# What apt, dpkg, the journal and the test write for themselves, and the manual's index.
ALL_FILES = (
    "find / -xdev -path /root -prune -o -path /tmp -prune -o -path /boot -prune"
    " -o -path '/var/lib/[da]p*' -prune -o -path /var/lib/systemd -prune"
    " -o -path /var/cache -prune -o -path /var/log -prune -o -print | sort"
)


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


def test_life_on_a_debian(package: Path, tmp_path: Path) -> None:
    with debian_with([package], tmp_path, BUILD / "logs/debian-package.log") as guest:
        guest.shell.run(f"{ALL_FILES} > /root/before")
        install(guest, "bootpy_*_all.deb")
        the_command_works(guest)
        purge_leaves_nothing(guest)


def the_command_works(guest: Guest) -> None:
    listed = guest.shell.run(
        "bootpy list --json > /root/listed; grep -E '^      \"(id|kind)' /root/listed"
    )
    assert listed.count('"kind": "linux"') >= 2
    assert '"id": "grub:vda2:gnulinux-simple-' in listed
    assert re.search(r"vda2 .*ext4", guest.shell.run("bootpy devices"))
    # Not all of it: what a serial console shows takes its time.
    manual = guest.shell.run("MANPAGER=cat MANWIDTH=80 man bootpy | head -5")
    assert "bootpy - find, explain and start what this machine can boot" in manual
    guest.shell.run("test -s /usr/share/doc/bootpy/list.md")


def purge_leaves_nothing(guest: Guest) -> None:
    guest.shell.run("apt-get remove -q -y bootpy > /root/apt 2>&1", timeout=PATIENCE)
    assert guest.shell.run("test ! -e /usr/bin/bootpy; echo $?") == "0"
    guest.shell.run("dpkg --purge bootpy > /root/apt 2>&1", timeout=PATIENCE)
    assert guest.shell.run("dpkg -l bootpy 2> /dev/null | grep ^.[^n]", check=False) == ""
    guest.shell.run(f"{ALL_FILES} > /root/after")
    assert guest.shell.run("diff /root/before /root/after", check=False) == ""
