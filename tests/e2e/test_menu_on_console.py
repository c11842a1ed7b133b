"""A person at the serial console: choosing, editing, plugging in."""

from console_talk import Start

from qemu.disks import recipes
from qemu.disks.content import disk_of
from qemu.loader import loader_machine
from qemu.machine import Bus
from qemu.scenarios import State


def test_another_entry_with_an_edited_command_line(start: Start, userland: str) -> None:
    scenario = start(loader_machine(recipes.grub(), userland=userland))
    guest = scenario.to(State.MENU)
    guest.expect("Second")
    guest.console.send("j")
    guest.console.send("e")
    guest.expect("bench.entry=second")
    guest.console.send("\x05 typed=yes\r")
    guest.expect(r"jumping into Second", timeout=120)
    scenario.state = State.JUMPED
    words = scenario.to(State.SHELL).shell.run("cat /proc/cmdline").split()
    assert words[-2:] == ["bench.entry=second", "typed=yes"]


def test_a_disk_plugged_in_later_joins_the_menu(start: Start) -> None:
    late = disk_of(
        "late",
        recipes.target_files()
        | {"/boot/grub/grub.cfg": "set timeout=9\n" + recipes.grub_entry("Late")},
    )
    scenario = start(loader_machine(recipes.grub(), profile="generic"))
    guest = scenario.to(State.MENU)
    guest.expect("Second")
    guest.hotplug(late, Bus.USB)
    guest.expect("Late", timeout=120)
    guest.console.send("3\r")
    guest.expect(r"jumping into Late", timeout=120)
    scenario.state = State.JUMPED
    shell = scenario.to(State.SHELL).shell
    assert "bench.entry=late" in shell.run("cat /proc/cmdline").split()


def test_a_disk_plugged_in_later_boots_where_nothing_else_does(start: Start) -> None:
    scenario = start(loader_machine(recipes.empty(), append="bootpy.wait=100"))
    guest = scenario.to(State.LOADER)
    guest.expect("nothing to boot yet: waiting up to 100 s", timeout=120)
    guest.hotplug(recipes.grub(), Bus.VIRTIO)
    shell = scenario.to(State.SHELL).shell
    assert "bench.entry=first" in shell.run("cat /proc/cmdline").split()
