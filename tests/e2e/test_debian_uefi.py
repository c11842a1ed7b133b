"""A Debian that UEFI firmware started reboots past it, and still reads and writes its variables."""

import re
from pathlib import Path

import pytest
import uefi_variables
from debian_guest import KEEP_JOURNAL, PATIENCE, debian_with, install, reboot

from qemu.guest import Guest
from qemu.machine import Firmware
from qemu.places import BUILD


@pytest.mark.long
def test_reboots_past_uefi_firmware(package: Path, tmp_path: Path) -> None:
    log = BUILD / "logs" / "debian-uefi.log"
    with debian_with([package], tmp_path, log, firmware=Firmware.OVMF) as guest:
        guest.shell.run(KEEP_JOURNAL)
        install(guest, "bootpy_*_all.deb")
        uefi_variables.write(guest, "by-the-first")
        by_kexec_file_load(guest)
        by_kexec_load_as_the_system_shuts_down(guest)
        the_long_way(guest)


def by_kexec_file_load(guest: Guest) -> None:
    before = uefi_variables.times_firmware_ran(guest)
    said = len(guest.console.text)
    skipped, _ = reboot(guest, "bootpy reboot --call file")
    assert skipped
    assert ": kexec_file_load: as asked for\n" in guest.console.text[said:]
    variables_outlived(guest, before)
    replaced(guest, "by-the-first", "after-file")


def by_kexec_load_as_the_system_shuts_down(guest: Guest) -> None:
    guest.shell.run("bootpy autoload enable", timeout=PATIENCE)
    before = uefi_variables.times_firmware_ran(guest)
    skipped, said = reboot(guest, "shutdown -r now")
    assert skipped
    assert re.search("^loaded Debian .*: kexec_load$", said, re.MULTILINE)
    assert "not handed over" not in said
    variables_outlived(guest, before)
    replaced(guest, "after-file", "after-load")


def the_long_way(guest: Guest) -> None:
    """What is counted does count: the firmware runs, and has what was written after kexec."""
    before = uefi_variables.times_firmware_ran(guest)
    skipped, _ = reboot(guest, "bootpy reboot --firmware")
    assert not skipped
    assert uefi_variables.times_firmware_ran(guest) == before + 1
    assert uefi_variables.read(guest) == "after-load"


def variables_outlived(guest: Guest, firmware_ran: int) -> None:
    """The runtime services are there and answer; the firmware has not run again."""
    found = guest.shell.run("ls /sys/firmware/efi").split()
    assert {"config_table", "efivars", "fw_vendor", "runtime", "runtime-map"} <= set(found)
    names = uefi_variables.names(guest)
    assert uefi_variables.OURS in names
    assert "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c" in names
    assert uefi_variables.times_firmware_ran(guest) == firmware_ran


def replaced(guest: Guest, old: str, new: str) -> None:
    """A variable from before the jump is read and deleted, and one written in its place."""
    assert uefi_variables.read(guest) == old
    uefi_variables.delete(guest)
    assert uefi_variables.OURS not in uefi_variables.names(guest)
    uefi_variables.write(guest, new)
    assert uefi_variables.OURS in uefi_variables.names(guest)
    assert uefi_variables.read(guest) == new
