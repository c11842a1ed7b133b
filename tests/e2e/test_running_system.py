"""A real Debian that loads kernels and reboots into them, past its firmware or through it."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from qemu.disks.debian import PASSWORD, DebianSystem, debian
from qemu.disks.installed import INSTALL, with_bootpy
from qemu.disks.sysvinit import sysvinit
from qemu.guest import Guest
from qemu.machine import Machine
from qemu.places import BUILD

FIRMWARE = "SeaBIOS (version"
# SeaBIOS then says its name on the serial line, each time that it runs.
ON_SERIAL_LINE = ("-machine", "graphics=off")

# A busy host emulates slowly.
PATIENCE = 600


class Running:
    """A machine whose firmware starts Debian's kernel with `words` on its command line."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        self.run = guest.shell.run

    def log_in(self) -> None:
        self.guest.expect(r"debian login: ?", timeout=PATIENCE)
        self.guest.console.line("root")
        self.guest.expect("Password: ", timeout=PATIENCE)
        self.guest.console.line(PASSWORD)
        self.guest.expect(r"root@debian:[^\r\n]*# ", timeout=PATIENCE)

    def bootpy(self, words: str, status: int = 0) -> str:
        said = self.run(f"bootpy {words}; echo status $?", timeout=PATIENCE)
        said, _, ended = said.rpartition("status ")
        assert int(ended) == status, said
        return said

    def boot_id(self) -> str:
        return self.run("cat /proc/sys/kernel/random/boot_id")

    def cmdline(self) -> str:
        return self.run("cat /proc/cmdline")

    def times_through_firmware(self) -> int:
        return self.guest.console.text.count(FIRMWARE)


def machine_of(system: DebianSystem, work: Path, words: str = "") -> Machine:
    """The machine with bootpy to be installed; `words` for its kernel."""
    machine = Machine(
        kernel=system.kernel,
        initrd=system.initrd,
        append=f"{system.cmdline} no_timer_check through=firmware {words}".strip(),
        extra=ON_SERIAL_LINE,
    )
    return with_bootpy(machine.with_disk(system.disk), work)


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def started(machine: Machine, running: ExitStack, name: str) -> Running:
    log = BUILD / "logs" / f"{name}.log"
    return Running(running.enter_context(machine.start(log=log)))


def test_systemd(tmp_path: Path, running: ExitStack) -> None:
    system = started(machine_of(debian(), tmp_path), running, "running-system-systemd")
    system.log_in()
    system.run(f"{INSTALL}; mkdir -p /var/log/journal; journalctl --flush", timeout=PATIENCE)
    first = system.boot_id()
    assert "through=firmware" in system.cmdline().split()
    grub = system.run("grep -m1 vmlinuz /boot/grub/grub.cfg").split()
    by_grub = f"BOOT_IMAGE={grub[1]} {' '.join(grub[2:])}"

    # Load, look, unload.
    assert "nothing is loaded" in system.bootpy("status", status=1)
    told = system.bootpy("load --dry-run --append 'a b'")
    assert f"command line  {by_grub} a b\n" in told
    assert "loaded Debian GNU/Linux (grub:vda2:" in system.bootpy("load")
    found = json.loads(system.bootpy("status --json"))
    assert found["reboot"] == {"loaded": True, "loads_left": None}
    said = system.bootpy("exec", status=1)
    assert "cut off whoever writes to / (/dev/vda2, ext4)" in said
    assert system.bootpy("unload") == "unloaded\n"
    assert not json.loads(system.bootpy("status --json", status=1))["reboot"]["loaded"]

    # What cannot be loaded reboots nothing.
    system.run("head -c 5000000 /vmlinuz > /root/half")
    said = system.bootpy("reboot --kernel /root/half", status=1)
    assert "/root/half is truncated: it has 5000000 bytes" in said
    assert "nothing is shut down" in said
    said = system.bootpy("reboot nonsense", status=1)
    assert "nonsense names no entry that is here" in said
    assert system.boot_id() == first

    # By kexec into what GRUB would boot.
    system.guest.console.line("bootpy reboot --append through=kexec")
    system.log_in()
    second = system.boot_id()
    assert second != first
    assert system.cmdline() == f"{by_grub} through=kexec"
    assert system.times_through_firmware() == 1
    system.bootpy("status", status=1)
    # What the system before wrote last: it came to the end of its shutdown.
    ends = "Reached target umount.target|Starting systemd-kexec.service|Journal stopped"
    before = system.run(f"journalctl -b -1 -n 200 -o cat | grep -oE '{ends}'", timeout=PATIENCE)
    assert before.splitlines() == ends.split("|")
    assert "recovery" not in system.run("dmesg | grep -i ext4")

    # A loaded kernel does not keep --firmware from going the long way.
    system.bootpy("load")
    system.guest.console.line("bootpy reboot --firmware")
    system.log_in()
    assert "through=firmware" in system.cmdline().split()
    assert system.times_through_firmware() == 2


@pytest.mark.long
def test_sysvinit(tmp_path: Path, running: ExitStack) -> None:
    system = started(machine_of(sysvinit(), tmp_path), running, "running-system-sysvinit")
    system.log_in()
    system.run(INSTALL, timeout=PATIENCE)
    first = system.boot_id()
    system.run("echo kept > /root/kept")
    words = "--kernel /boot/vmlinuz-* --initrd /boot/initrd.img-* --reuse-cmdline"
    assert "sysvinit's scripts of runlevel 6" in system.bootpy(f"reboot --dry-run {words}")

    system.guest.console.line(f"bootpy reboot {words} --append through=kexec")
    said = system.guest.expect(r"(?s)\A(.*?)jumping into the loaded kernel", timeout=PATIENCE)[1]
    # Its own scripts did it, one after the other.
    order = ("Stopping enhanced syslogd: rsyslogd", "Unmounting temp", "Deactivating swap")
    assert sorted(order, key=said.index) == list(order)
    assert "still mounted" not in said
    system.log_in()
    assert system.boot_id() != first
    assert system.cmdline().split()[-1] == "through=kexec"
    assert system.times_through_firmware() == 1
    assert system.run("cat /root/kept") == "kept"
    assert "recovery" not in system.run("dmesg | grep -i ext4")

    system.guest.console.line("bootpy reboot --firmware")
    system.guest.expect(re.escape(FIRMWARE), timeout=PATIENCE)


@pytest.mark.long
def test_without_an_init_system(tmp_path: Path, running: ExitStack) -> None:
    """A shell as process 1: bootpy itself stops what runs and unmounts."""
    alone = machine_of(debian(), tmp_path, "init=/bin/bash")
    system = started(alone, running, "running-system-alone")
    shell = r"root@[^\r\n]*# "
    system.guest.expect(shell, timeout=PATIENCE)
    system.run(
        "export PATH=/usr/sbin:/usr/bin:/sbin:/bin; mount -o remount,rw /; "
        f"mount -t tmpfs none /run; mount /dev/vda1 /boot/efi; {INSTALL}",
        timeout=PATIENCE,
    )
    # Who writes until the end, and who does not end by himself.
    system.run("(trap '' TERM; while :; do date > /boot/efi/date; done) > /dev/null 2>&1 &")
    system.run("echo kept > /root/kept")
    first = system.boot_id()

    system.guest.console.line("bootpy reboot --append 'through=kexec init=/bin/bash'")
    jumping = r"(?s)\A(.*?)jumping into the loaded kernel"
    said = system.guest.expect(jumping, timeout=PATIENCE)[1]
    assert "SIGKILL to" in said
    assert "still" not in said
    system.guest.expect(shell, timeout=PATIENCE)
    assert system.boot_id() != first
    assert "through=kexec" in system.cmdline().split()
    assert system.times_through_firmware() == 1
    # Both file systems were clean: one needed no recovery, the other has no mark of being in use.
    assert "recovery" not in system.run("dmesg | grep -i ext4")
    system.run("mount /dev/vda1 /boot/efi")
    assert "fsck" not in system.run("dmesg | grep -i fat; true")
    assert system.run("cat /root/kept") == "kept"

    # Nothing can be written to any more: `exec` jumps without being forced.
    system.run("umount /boot/efi; mount -t tmpfs none /run; mount -t proc none /proc; true")
    words = "--kernel /vmlinuz --initrd /initrd.img --reuse-cmdline"
    second = system.boot_id()
    system.bootpy(f"load {words} --append through=exec")
    system.guest.console.line("bootpy exec")
    said = system.guest.expect(r"(?s)\A(.*?)jumping into the loaded kernel", timeout=PATIENCE)[1]
    assert "writing out what is not on the disks yet (sync)" in said
    system.guest.expect(shell, timeout=PATIENCE)
    assert system.boot_id() != second
    assert system.cmdline().split()[-1] == "through=exec"
    assert system.times_through_firmware() == 1
