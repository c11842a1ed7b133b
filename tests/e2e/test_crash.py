"""A real Debian whose kernel panics: its memory and log are on the disk, and it is up again."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from debian_guest import WITHOUT_TIMER_CHECK, debian_with
from debian_guest import install as install_packages
from kexec_calls import Running

from qemu.disks.crashing import (
    CAPTURING,
    LVM,
    PATIENCE,
    crash,
    crashing_machine,
    install,
    ready_alone,
)
from qemu.guest import Guest
from qemu.machine import Disk
from qemu.places import BUILD
from qemu.scenarios import DEBIAN

KEPT = 256 << 20
MARK = "about to crash, on purpose"

# Run in the machine, by its own Python: what pyelftools sees of a dump.
LOOK = """\
import sys
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import NoteSegment
elf = ELFFile(open(sys.argv[1], 'rb'))
notes = [n for s in elf.iter_segments() if isinstance(s, NoteSegment) for n in s.iter_notes()]
names = [n['n_name'] for n in notes]
info = next(n['n_desc'] for n in notes if n['n_name'] == 'VMCOREINFO')
print(elf['e_type'], elf['e_machine'], names.count('CORE'), 'OSRELEASE=' in str(info))
parts = [s for s in elf.iter_segments() if s['p_type'] == 'PT_LOAD']
print(sum(s['p_filesz'] for s in parts))
# The kernel's own code is in it by both of its addresses.
print(sum(s['p_filesz'] for s in parts if s['p_vaddr'] < 0xffffffff80000000))
"""


def log_in(guest: Guest) -> None:
    """Log in, whatever the console has said of a panic before."""
    guest.expect(DEBIAN.up, timeout=PATIENCE, panics=True)
    guest.console.line("root")
    guest.expect("Password: ", timeout=PATIENCE)
    guest.console.line(DEBIAN.password or "")
    guest.expect(DEBIAN.prompt, timeout=PATIENCE)


def bootpy(guest: Guest, words: str, status: int = 0) -> str:
    said = guest.shell.run(f"bootpy crash {words}; echo status $?", timeout=PATIENCE)
    said, _, ended = said.rpartition("status ")
    assert int(ended) == status, said
    return said


def told(guest: Guest, status: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(bootpy(guest, "status --json", status))
    return answer


def configured(guest: Guest, text: str) -> None:
    guest.shell.run(f"mkdir -p /etc/bootpy; echo '{text}' > /etc/bootpy/crash.toml")


def saved(guest: Guest) -> str:
    """Return the folder of the newest dump, after all that belongs to it was looked at."""
    folder = guest.shell.run("ls -d /var/crash/* | tail -n 1")
    date = folder.rpartition("/")[2]
    names = guest.shell.run(f"ls {folder}").split()
    assert names == [f"dmesg.{date}", f"dump.{date}", f"log.{date}"]
    assert guest.shell.run(f"stat -c %a {folder} {folder}/*").split() == ["700", *["600"] * 3]
    return folder


def log_is_whole(guest: Guest, folder: str) -> None:
    """The text is what dmesg showed before the crash, the panic behind it; and makedumpfile's."""
    same = "head -n $(wc -l < /root/dmesg) {0}/dmesg.* | diff - /root/dmesg"
    assert guest.shell.run(same.format(folder), check=False) == ""
    panic = guest.shell.run(f"grep -c 'not syncing: sysrq triggered crash' {folder}/dmesg.*")
    assert int(panic) == 1
    guest.shell.run(f"makedumpfile --dump-dmesg -f {folder}/dump.* /root/theirs > /root/out 2>&1")
    assert guest.shell.run(f"diff /root/theirs {folder}/dmesg.*", check=False) == ""


def looked(guest: Guest, folder: str) -> tuple[str, int, int]:
    """Return what pyelftools sees of a dump, how many bytes are in it, and how much memory is."""
    guest.shell.run(f"cat > /root/look.py << 'END'\n{LOOK}END\n")
    elf, size, memory = guest.shell.run(f"python3 /root/look.py {folder}/dump.*").splitlines()
    return elf, int(size), int(memory)


def plug_in(guest: Guest, size: int) -> None:
    """Plug memory into the running machine, and switch it on."""
    guest.qmp("object-add", qom_type="memory-backend-ram", id="more", size=size)
    guest.qmp("device_add", driver="pc-dimm", id="dimm", memdev="more")
    new = "grep -lx offline /sys/devices/system/memory/*/state"
    guest.shell.run(f"until {new}; do sleep 1; done", timeout=PATIENCE)
    guest.shell.run(f"for block in $({new}); do echo online > $block; done")


def crashed_and_back(guest: Guest) -> str:
    """Have it crash; return what the capture kernel said. The machine is up again afterwards."""
    before = guest.shell.run("cat /proc/sys/kernel/random/boot_id")
    guest.shell.run(f"echo '{MARK}' > /dev/kmsg; sleep 1; dmesg > /root/dmesg")
    crash(guest)
    said = guest.expect(r"(?s)(.*?)rebooting\r", timeout=PATIENCE, panics=True)[1]
    log_in(guest)
    assert guest.shell.run("cat /proc/sys/kernel/random/boot_id") != before
    return said


def test_a_crash_is_saved_and_the_machine_is_up_again(running: Running, tmp_path: Path) -> None:
    guest = running(crashing_machine(tmp_path, "256M"))
    log_in(guest)
    install(guest)
    state = told(guest, status=1)
    assert (state["loaded"], state["reserved"]) == (False, KEPT)
    assert state["crashkernel"] == "crashkernel=256M"
    assert 64 << 20 < state["sizes"]["least"] < KEPT
    assert state["place"]["device"] == "vda2"
    assert state["makedumpfile"] == "/usr/bin/makedumpfile"
    assert "nothing is loaded: bootpy crash load" in state["advice"]

    said = bootpy(guest, "load")
    assert re.search(r"loaded /boot/vmlinuz-\S+ with an image of \d", said)
    assert "a crash is saved to /var/crash of the ext4 on vda2, UUID " in said
    assert told(guest)["loaded"]
    assert bootpy(guest, "unload") == "unloaded\n"
    assert bootpy(guest, "unload") == "nothing was loaded\n"

    # Copied as it is: an ELF core with each processor's registers.
    configured(guest, "makedumpfile = false")
    bootpy(guest, "load")
    said = crashed_and_back(guest)
    assert MARK in said
    assert "Kernel panic - not syncing: sysrq triggered crash" in said
    assert "registers of 2 processors" in said
    folder = saved(guest)
    elf, size, _ = looked(guest, folder)
    assert elf == "ET_CORE EM_X86_64 2 True"
    apparent, taken = map(int, guest.shell.run(f"stat -c '%s %b' {folder}/dump.*").split())
    assert size <= apparent < size + (1 << 20)
    assert taken * 512 < apparent / 2
    log_is_whole(guest, folder)
    copied = taken * 512

    # Filtered and compressed.
    guest.shell.run(f"rm -r {folder}")
    configured(guest, "level = 31")
    bootpy(guest, "load")
    assert "Copying data: " in crashed_and_back(guest)
    folder = saved(guest)
    taken = int(guest.shell.run(f"stat -c %b {folder}/dump.*")) * 512
    assert taken < copied / 2
    log_is_whole(guest, folder)
    assert f"saved dump.{folder.rpartition('/')[2]}: " in guest.shell.run(
        f"grep -v '  | ' {folder}/log.*"
    )
    assert told(guest, status=1)["dumps"] == [folder.rpartition("/")[2]]
    # The file system was left in order.
    assert guest.shell.run("dmesg | grep -i 'ext4-fs.*error'", check=False) == ""


@pytest.mark.long
def test_what_cannot_be_saved_is_said(running: Running, tmp_path: Path) -> None:
    guest = running(crashing_machine(tmp_path, "256M", alone=True))
    ready_alone(guest)

    # A makedumpfile that fails: a copy in its place.
    guest.shell.run("mv /usr/bin/makedumpfile /root/; cp /bin/false /usr/bin/makedumpfile")
    bootpy(guest, "load")
    crash(guest)
    said = guest.expect(r"(?s)(.*?)rebooting\r", timeout=PATIENCE, panics=True)[1]
    assert "error: copying instead: makedumpfile ended with status 1: it said nothing" in said
    assert re.search(r"saved dump\.\d+: ", said)

    # A full disk: the log is there, the dump is not, and what was written of it is gone.
    ready_alone(guest)
    guest.shell.run("rm -r /var/crash/*; cp /root/makedumpfile /usr/bin/")
    guest.shell.run("fallocate -l $(($(stat -f -c %a*%S /)-100000000)) /root/full; df /")
    configured(guest, "makedumpfile = false\npause = 1")
    bootpy(guest, "load")
    crash(guest)
    said = guest.expect(r"(?s)(.*?)rebooting\r", timeout=PATIENCE, panics=True)[1]
    assert re.search(r"saved dmesg\.\d+: \d+ messages", said)
    assert "error: the memory cannot be saved: No space left on device" in said
    assert "no dump was saved, or not all of it: reboot in 1 s" in said
    ready_alone(guest)
    names = guest.shell.run("ls /var/crash/*").split()
    assert [name.partition(".")[0] for name in names] == ["dmesg", "log"]
    assert "No space left" in guest.shell.run("grep -v '  | ' /var/crash/*/log.*")

    # A disk that is another one by then, and a person who looks into it.
    guest.shell.run("rm -r /root/full /var/crash/*; mount /dev/vda1 /boot/efi")
    configured(guest, 'to = "/boot/efi/crash"\nwait = 1\nfailed = "prompt"')
    assert "/crash of the vfat on vda1, UUID B007-E5B0" in bootpy(guest, "load")
    guest.shell.run("umount /boot/efi; mkfs.vfat -i 12345678 /dev/vda1")
    crash(guest)
    said = guest.expect(r"(?s)(.*?)>>> ", timeout=PATIENCE, panics=True)[1]
    assert "no vfat with UUID B007-E5B0 appeared within 1 s; there are: " in said
    assert "/dev/vda2 (ext4)" in said
    guest.console.line("print(6 * 7, os.path.exists('/proc/vmcore'))")
    guest.expect("42 True", timeout=PATIENCE)
    guest.console.send("\x04")
    guest.expect("rebooting\r", timeout=PATIENCE)


@pytest.mark.long
def test_a_logical_volume_is_found_again(running: Running, tmp_path: Path) -> None:
    """It lies on two disks, in stripes."""
    disks = [tmp_path / name for name in ("one.raw", "two.raw")]
    machine = crashing_machine(tmp_path, "256M", alone=True, more=LVM)
    for disk in disks:
        with disk.open("wb") as file:
            file.truncate(256 << 20)
        machine = replace(machine, disks=(*machine.disks, Disk(disk, snapshot=False, format="raw")))
    guest = running(machine)
    ready_alone(guest)
    run = guest.shell.run
    config = "--config 'activation{udev_sync=0 udev_rules=0 verify_udev_operations=0}'"
    run(f"modprobe dm-mod; mkdir -p /mnt/crash; pvcreate {config} /dev/vde /dev/vdf")
    run(f"vgcreate {config} vault /dev/vde /dev/vdf")
    run(f"lvcreate {config} -Zn -Wn -i 2 -l 100%FREE -n dumps vault", timeout=PATIENCE)
    run("mkfs.ext4 -q /dev/mapper/vault-dumps && mount /dev/mapper/vault-dumps /mnt")
    configured(guest, 'to = "/mnt/crash"')
    assert "a crash is saved to /crash of the ext4 on dm-0, UUID " in bootpy(guest, "load")
    crash(guest)
    said = guest.expect(r"(?s)(.*?)rebooting\r", timeout=PATIENCE, panics=True)[1]
    assert re.search(r"saving to /crash on /dev/dm-\d+ \(ext4\)", said)
    assert re.search(r"saved dump\.\d+: ", said)
    ready_alone(guest)
    run(f"modprobe dm-mod; vgchange {config} -ay; mount /dev/mapper/vault-dumps /mnt")
    names = run("ls /mnt/crash/*").split()
    assert [name.partition(".")[0] for name in names] == ["dmesg", "dump", "log"]


def reloads_for_what_changes(guest: Guest) -> None:
    """A processor goes and comes, and memory comes: the capture kernel is to know."""
    count = "journalctl -u bootpy-crash -o cat | grep -c ^Reloaded"
    wait = f"until [ $({count}) -ge {{}} ]; do :; done"
    assert guest.shell.run(count, check=False) == "0"
    guest.shell.run("echo 0 > /sys/devices/system/cpu/cpu1/online")
    guest.shell.run(wait.format(1), timeout=PATIENCE)
    guest.shell.run("echo 1 > /sys/devices/system/cpu/cpu1/online")
    guest.shell.run(wait.format(2), timeout=PATIENCE)
    plug_in(guest, 128 << 20)
    guest.shell.run(wait.format(3), timeout=PATIENCE)
    assert told(guest)["loaded"]


def waits_for_the_network(guest: Guest, loaded: str) -> None:
    """For a server that does, which takes its time, and for a disk does not."""
    online = "systemctl is-active network-online.target"
    slow = (
        "[Unit]\\nBefore=network-online.target\\n[Service]\\nType=oneshot\\n"
        "ExecStart=/bin/sleep 3\\n[Install]\\nWantedBy=network-online.target\\n"
    )
    guest.shell.run(f"printf '{slow}' > /etc/systemd/system/slow-network.service")
    guest.shell.run("systemctl enable -q slow-network", timeout=PATIENCE)
    guest.console.line("bootpy reboot")
    log_in(guest)
    guest.shell.run(loaded, timeout=PATIENCE)
    assert guest.shell.run(online, check=False) == "inactive"

    # Nobody answers there; that is asked for when the network is up.
    configured(guest, 'to = "ssh:10.9.8.1:/srv"')
    guest.console.line("bootpy reboot")
    log_in(guest)
    ended = "until systemctl is-failed -q bootpy-crash; do sleep 1; done"
    guest.shell.run(ended, timeout=PATIENCE)
    assert guest.shell.run(online) == "active"
    moments = [
        int(guest.shell.run(f"systemctl show -P {moment}TimestampMonotonic {unit}"))
        for moment, unit in (
            ("ActiveEnter", "network-online.target"),
            ("InactiveExit", "bootpy-crash.service"),
        )
    ]
    assert 0 < moments[0] <= moments[1]
    configured(guest, "")


@pytest.mark.long
def test_enabled_it_lasts_until_it_is_disabled(package: Path, tmp_path: Path) -> None:
    log, room = BUILD / "logs/crash-package.log", ("-m", "slots=1,maxmem=2G")
    with debian_with([package], tmp_path, log, extra=room) as guest:
        install_packages(guest, "bootpy_*_all.deb")
        guest.shell.run(WITHOUT_TIMER_CHECK)
        state = told(guest, status=1)
        assert (state["reserved"], state["crashkernel"]) == (0, "")
        word = f"crashkernel={state['sizes']['recommended'] >> 20}M"
        assert f"boot with {word} on the kernel command line" in state["advice"]
        said = bootpy(guest, "load", status=1)
        assert "no memory is kept for a capture kernel" in said
        assert "the crash would not be saved" in bootpy(guest, "test --yes", status=1)

        said = bootpy(guest, "enable")
        file = "/etc/default/grub.d/bootpy-crash.cfg"
        assert f"wrote {file}, and grub.cfg anew: {word} from the next boot on" in said
        assert "enabled: after the next reboot a crash is saved to /var/crash of the ext4" in said

        # What GRUB would boot now, by kexec: SeaBIOS was given another command line.
        guest.console.line("bootpy reboot")
        log_in(guest)
        assert guest.shell.run("cat /proc/cmdline").split()[-1] == word
        loaded = "until systemctl is-active -q bootpy-crash; do sleep 1; done"
        guest.shell.run(loaded, timeout=PATIENCE)
        assert told(guest)["loaded"]

        reloads_for_what_changes(guest)

        # Asked for, and refused by what is no terminal.
        said = bootpy(guest, "test < /dev/null", status=1)
        assert "This system stops at once" in said
        assert "nothing was done" in said
        guest.console.line("bootpy crash test")
        guest.expect('Type "crash" to go on: ', timeout=PATIENCE)
        guest.console.line("crash")
        guest.expect(CAPTURING, timeout=PATIENCE, panics=True)
        log_in(guest)
        folder = saved(guest)
        said = guest.shell.run(f"grep -v '  | ' {folder}/log.*")
        assert "copied: 100 %" in said
        # What was plugged in is in it; what is kept for the capture kernel is not.
        assert "could not be read" not in said
        memory = (1024 + 128 << 20) - state["sizes"]["recommended"]
        assert memory - (8 << 20) < looked(guest, folder)[2] < memory

        waits_for_the_network(guest, loaded)
        said = bootpy(guest, "disable")
        assert f"removed {file}, and wrote grub.cfg anew" in said
        guest.shell.run(f"test ! -e {file}; ! grep crashkernel /boot/grub/grub.cfg")
        assert guest.shell.run("systemctl is-enabled bootpy-crash", check=False) == "disabled"
        # Enabled or not, it goes with the package; dumps stay.
        bootpy(guest, "enable")
        guest.shell.run("apt-get purge -q -y bootpy > /root/apt 2>&1", timeout=PATIENCE)
        guest.shell.run(f"test ! -e {file} -a -e {folder}; ! grep crashkernel /boot/grub/grub.cfg")
