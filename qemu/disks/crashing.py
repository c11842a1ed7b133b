"""A real Debian that is to crash, with bootpy and makedumpfile to be installed from its disks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qemu.disks.debian_server import server
from qemu.disks.installed import bootpy_archive, packages_archive
from qemu.guest import Guest
from qemu.machine import Disk, Machine

MAKEDUMPFILE = ("libdw1", "libelf1", "liblzo2-2", "makedumpfile")

SERVICES = (
    "libbsd0",
    "libcbor0.8",
    "libcom-err2",
    "libdevmapper1.02.1",
    "libedit2",
    "libevent-core-2.1-7",
    "libfido2-1",
    "libgssapi-krb5-2",
    "libk5crypto3",
    "libkeyutils1",
    "libkrb5-3",
    "libkrb5support0",
    "libmd0",
    "libnfsidmap1",
    "libnsl2",
    "libsqlite3-0",
    "libssl3",
    "libtirpc-common",
    "libtirpc3",
    "libwrap0",
    "nfs-common",
    "nfs-kernel-server",
    "openssh-client",
    "openssh-server",
)
"""Packages of a server, and of who logs in there, with what of their libraries is missing."""

LVM = (
    "dmsetup",
    "libaio1",
    "libbsd0",
    "libdevmapper-event1.02.1",
    "libdevmapper1.02.1",
    "libedit2",
    "libmd0",
    "libreadline8",
    "lvm2",
    "readline-common",
)
"""Packages with which logical volumes are made."""

CAPTURING = "this is the capture kernel"
"""What the console shows when the capture kernel runs."""

PATIENCE = 400.0
"""Seconds that each step may take on a busy host."""

_INSTALL = (
    "for disk in vdb vdc vdd; do [ ! -e /dev/$disk ] || "
    "tar -x -f /dev/$disk -C / --keep-directory-symlink || exit; done; ldconfig"
)
_ALONE = (
    "export PATH=/usr/sbin:/usr/bin:/sbin:/bin; mount -t tmpfs none /run; mount -t proc proc /proc"
)
_SHELL = r"root@[^\r\n]*# "


def crashing_machine(
    work: Path, kept: str, *, alone: bool = False, filters: bool = True, more: Sequence[str] = ()
) -> Machine:
    """Return the machine: `kept` is the value of crashkernel=.

    `alone` has it start a shell and nothing else; `filters` has makedumpfile on a further disk,
    and `more` is further packages. `work` is a folder for bootpy's own archive.
    """
    system = server()
    words = f"{system.cmdline.replace(' ro ', ' rw ')} no_timer_check crashkernel={kept}"
    machine = Machine(
        kernel=system.kernel,
        initrd=system.initrd,
        append=f"{words} init=/bin/bash" if alone else words,
        # SeaBIOS then talks to the serial line.
        extra=("-machine", "graphics=off"),
    ).with_disk(system.disk)
    archives = [bootpy_archive(work / "bootpy.tar")]
    if filters:
        archives.append(packages_archive("makedumpfile", MAKEDUMPFILE, ("usr/share",)))
    if more:
        left_out = ("usr/share/doc", "usr/share/man", "lib/systemd", "etc/init.d")
        archives.append(packages_archive(f"crashing-{more[0]}", more, left_out))
    disks = (*machine.disks, *(Disk(path, format="raw") for path in archives))
    return replace(machine, disks=disks)


def wired(machine: Machine, socket: Path, number: int) -> Machine:
    """Return a machine with a network card, wired to one other machine: number 1 or 2 of both.

    Number 1 has to run first.
    """
    way = f"stream,id=net,server={'on' if number == 1 else 'off'}"
    card = f"virtio-net-pci,netdev=net,mac=52:54:00:00:00:0{number}"
    words = ("-netdev", f"{way},addr.type=unix,addr.path={socket}", "-device", card)
    return replace(machine, extra=(*machine.extra, *words))


def ready_alone(guest: Guest) -> None:
    """Bring an `alone` machine to its shell, with everything installed."""
    guest.expect(_SHELL, timeout=PATIENCE, panics=True)
    guest.shell.run(f"{_ALONE}; {_INSTALL}", timeout=PATIENCE)


def install(guest: Guest) -> None:
    """Install what is on the disks of a machine where root is logged in."""
    guest.shell.run(_INSTALL, timeout=PATIENCE)


def crash(guest: Guest) -> None:
    """Have the kernel panic, and wait for the capture kernel. ConsoleError: it did not come."""
    guest.console.line("sync; echo c > /proc/sysrq-trigger")
    guest.expect(CAPTURING, timeout=PATIENCE, panics=True)
