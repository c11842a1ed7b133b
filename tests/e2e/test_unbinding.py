"""A driver lets go of its devices before the jump, and the next kernel finds them."""

from console_talk import Start

from qemu.disks.debian import debian
from qemu.loader import loader_machine
from qemu.scenarios import DEBIAN, State


def test_a_disk_that_its_driver_has_let_go_of_is_found_again(start: Start) -> None:
    append = "bootpy.unbind=virtio-pci bootpy.timeout=1"
    scenario = start(loader_machine(debian().disk, append=append), DEBIAN)
    guest = scenario.to(State.LOADER)
    guest.expect(r"unbinding 0000:00:0\w\.0 \(virtio-pci\): as asked", timeout=120)
    shell = scenario.to(State.SHELL).shell
    assert "/dev/vda2" in shell.run("findmnt -no SOURCE /")
