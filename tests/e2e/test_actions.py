"""Entries without a kernel: what they have the machine do."""

from console_talk import PROMPT, Start, at_prompt

from qemu.disks.content import disk_of
from qemu.loader import loader_machine
from qemu.machine import Firmware, Machine
from qemu.scenarios import State

CONFIG = """
menuentry 'Off' { halt }
menuentry 'Again' { reboot }
menuentry 'Setup' { fwsetup }
"""


def machine(firmware: Firmware) -> Machine:
    disk = disk_of("actions", {"/boot/grub/grub.cfg": CONFIG})
    return loader_machine(disk, firmware=firmware)


def test_halt_switches_the_machine_off(start: Start) -> None:
    guest = start(machine(Firmware.SEABIOS)).to(State.MENU)
    guest.expect("Off")
    guest.console.send("\r")
    guest.expect("switching off")
    guest.wait_off()


def test_firmware_setup_where_there_is_no_uefi_is_explained(start: Start) -> None:
    guest = start(machine(Firmware.SEABIOS)).to(State.RESCUE)
    said = at_prompt(guest, "boot Setup")
    assert "(vda1)/boot/grub/grub.cfg:4: Setup: cannot have the firmware enter its set-up" in said
    assert "not started by UEFI firmware" in said


def test_firmware_setup_is_asked_for_through_its_variable(start: Start) -> None:
    guest = start(machine(Firmware.OVMF)).to(State.RESCUE)
    at_prompt(guest, "survey._drivers.load('efivarfs')")
    at_prompt(guest, "from bootpy.linux import efi; efi.mount_variables(); efi.ask_for_setup()")
    name = "OsIndications-8be4df61-93ca-11d2-aa0d-00e098032b8c"
    said = at_prompt(guest, f"open('/sys/firmware/efi/efivars/{name}', 'rb').read()")
    assert r"b'\x07\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00'" in said
    guest.console.line("boot Setup")
    guest.expect("the firmware was asked for its set-up")
    guest.expect("restarting")
    guest.expect(PROMPT, timeout=120)
