"""A Debian whose kernel apt upgrades reboots into the new one, past the firmware."""

from pathlib import Path

import pytest
from debian_guest import KEEP_JOURNAL, PATIENCE, debian_with, install, reboot

from qemu.disks.debian_server import kernel_upgrade, outdated_server
from qemu.places import BUILD


@pytest.mark.long
def test_a_kernel_that_apt_upgrades_is_the_one_that_boots(package: Path, tmp_path: Path) -> None:
    upgrade = kernel_upgrade()
    newest = upgrade[0].name.removeprefix("linux-image-").partition("_")[0]
    log = BUILD / "logs" / "debian-upgrade.log"
    system = outdated_server()
    with debian_with([package, *upgrade], tmp_path, log, system=system) as guest:
        guest.shell.run(KEEP_JOURNAL)
        install(guest, "bootpy_*_all.deb")
        old = guest.shell.run("uname -r")
        assert old != newest
        guest.shell.run("bootpy autoload enable", timeout=PATIENCE)

        install(guest, "linux-image-*.deb")
        # Its own scripts did what is to be done: nobody helped.
        said = guest.shell.run("cat /root/apt")
        assert f"update-initramfs: Generating /boot/initrd.img-{newest}" in said
        assert f"Found linux image: /boot/vmlinuz-{newest}" in said
        assert guest.shell.run("uname -r") == old

        skipped, said = reboot(guest, "shutdown -r now")
        assert skipped
        assert "loaded Debian GNU/Linux" in said
        assert guest.shell.run("uname -r") == newest
        assert f"BOOT_IMAGE=/boot/vmlinuz-{newest} " in guest.shell.run("cat /proc/cmdline")
        assert guest.shell.run("bootpy autoload status").startswith("on: ")
