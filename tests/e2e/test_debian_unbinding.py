"""A driver lets go of its device on systemd's own way down, and the next kernel finds it."""

from pathlib import Path

import pytest
from debian_guest import PATIENCE, WITHOUT_TIMER_CHECK, debian_with, install, restart

from qemu.guest import Guest
from qemu.places import BUILD

# Beside ours systemd-shutdown runs this one, which looks a moment later at what is left, and at
# what / is by then.
LOOK = """\
cat > /lib/systemd/system-shutdown/look <<'EOF'
#!/bin/sh
[ "$1" = kexec ] || exit 0
sleep 5
bound=$(echo /sys/bus/pci/drivers/nvme/*:*:*)
echo "<6>look: bound $bound, / $(grep -c ' / .* ro,' /proc/mounts)" > /dev/kmsg
EOF
chmod 755 /lib/systemd/system-shutdown/look
"""
# As an administrator would.
GRUB = """\
words='bootpy.unbind=nvme'
echo "GRUB_CMDLINE_LINUX_DEFAULT=\\"$words\\"" > /etc/default/grub.d/unbind.cfg
update-grub > /root/grub 2>&1
"""
LEFT = "look: bound /sys/bus/pci/drivers/nvme/*:*:*, / 1"
# What the kernel logs is to be seen.
ALOUD = "dmesg -n 8; "
CONTROLLER = "ls /sys/bus/pci/drivers/nvme | grep :"


@pytest.mark.long
def test_devices_are_let_go_of_on_systemds_way_down(package: Path, tmp_path: Path) -> None:
    log = BUILD / "logs" / "debian-unbinding.log"
    disk = tmp_path / "nvme.raw"
    disk.write_bytes(bytes(1 << 20))
    nvme = (
        "-drive",
        f"file={disk},if=none,id=one,format=raw",
        "-device",
        "nvme,drive=one,serial=1",
    )
    with debian_with([package], tmp_path, log, extra=nvme) as guest:
        install(guest, "bootpy_*_all.deb")
        guest.shell.run(LOOK)
        device = guest.shell.run(CONTROLLER)
        told = f"bootpy: unbinding {device} (nvme): as asked"
        with_systemctl(guest, told)
        assert guest.shell.run(CONTROLLER) == device
        asked_for_good(guest, told)
        assert guest.shell.run(CONTROLLER) == device
        nothing_where_none_is_asked_for(guest, device)


def with_systemctl(guest: Guest, told: str) -> None:
    guest.shell.run(WITHOUT_TIMER_CHECK + GRUB, timeout=PATIENCE)
    guest.shell.run("bootpy load --unbind nvme", timeout=PATIENCE)
    skipped, said = restart(guest, ALOUD + "systemctl kexec")
    assert skipped
    assert told in said
    assert "stays bound" not in said
    assert LEFT in said


def asked_for_good(guest: Guest, told: str) -> None:
    """By bootpy.unbind= on the command line, where reboots go this way by themselves."""
    assert "bootpy.unbind=nvme" in guest.shell.run("cat /proc/cmdline").split()
    guest.shell.run("bootpy autoload enable; test ! -e /run/bootpy/unbind", timeout=PATIENCE)
    skipped, said = restart(guest, ALOUD + "shutdown -r now")
    assert skipped
    assert told in said
    assert LEFT in said


def nothing_where_none_is_asked_for(guest: Guest, device: str) -> None:
    skipped, said = restart(guest, ALOUD + "bootpy reboot --unbind none")
    assert skipped
    assert "unbinding" not in said
    assert f"look: bound /sys/bus/pci/drivers/nvme/{device}, / 1" in said
