"""A Debian that sysvinit runs panics, and the dump is there when it is up again."""

from pathlib import Path

import pytest
from debian_guest import WITHOUT_TIMER_CHECK, debian_with, install
from test_crash import bootpy, crashed_and_back, log_in, told

from qemu.disks.sysvinit import sysvinit_server
from qemu.places import BUILD


@pytest.mark.long
def test_a_crash_under_sysvinit_is_saved(package: Path, tmp_path: Path) -> None:
    log = BUILD / "logs/crash-sysvinit.log"
    with debian_with([package], tmp_path, log, system=sysvinit_server()) as guest:
        run = guest.shell.run
        install(guest, "bootpy_*_all.deb")
        assert not run("ls /etc/rc[2-5].d | grep S..bootpy-crash", check=False)
        run(WITHOUT_TIMER_CHECK)
        said = bootpy(guest, "enable")
        assert "enabled: after the next reboot a crash is saved to /var/crash of the ext4" in said
        assert len(run("ls -d /etc/rc[2-5].d/S*bootpy-crash").split()) == 4

        # What GRUB would boot now, by kexec: SeaBIOS was given another command line.
        guest.console.line("bootpy reboot")
        guest.expect("Loading the capture kernel", timeout=400)
        log_in(guest)
        assert "crashkernel=" in run("cat /proc/cmdline")
        assert told(guest)["loaded"]
        assert run("/etc/init.d/bootpy-crash status > /dev/null; echo $?") == "0"

        said = crashed_and_back(guest)
        assert "Kernel panic - not syncing: sysrq triggered crash" in said
        folder = run("ls -d /var/crash/*")
        date = folder.rpartition("/")[2]
        assert run(f"ls {folder}").split() == [f"dmesg.{date}", f"dump.{date}", f"log.{date}"]
        assert run(f"grep -c 'not syncing: sysrq triggered crash' {folder}/dmesg.*") == "1"
        # A core as the kernel gave it: there is no makedumpfile.
        assert run(f"head -c 4 {folder}/dump.* | tail -c 3") == "ELF"

        # SeaBIOS started it, without memory for another one: the script has nothing to do.
        assert run("/etc/init.d/bootpy-crash start; cat /sys/kernel/kexec_crash_loaded") == "0"
        bootpy(guest, "disable")
        assert not run("ls /etc/rc[2-5].d | grep S..bootpy-crash", check=False)
        bootpy(guest, "enable")
        run("apt-get purge -q -y bootpy > /root/apt 2>&1", timeout=400)
        assert run("ls /etc/rc?.d /etc/init.d | grep bootpy", check=False) == ""
        run(f"test -e {folder}; ! grep crashkernel /boot/grub/grub.cfg")
