"""An arm64 machine: the loader's image, and Debian's kernel in each form of file."""

from dataclasses import replace

import pytest
from console_talk import Start, at_prompt

from bootpy.analysis import read
from qemu.architecture import Architecture
from qemu.disks.arm64 import FORMS, MODEL, grub_arm64
from qemu.disks.target import cloud_kernel
from qemu.loader import loader_machine
from qemu.machine import Firmware, Machine
from qemu.scenarios import TARGET, State
from qemu.shell import Shell


def machine(entry: str = "", firmware: Firmware = Firmware.SEABIOS) -> Machine:
    words = f'bootpy.entry="Kernel as {entry}"' if entry else ""
    # Whichever userland the other tests start: the slim one is built for amd64 alone.
    return loader_machine(
        grub_arm64(),
        architecture=Architecture.ARM64,
        userland="debian",
        append=words,
        firmware=firmware,
    )


def cmdline(word: str, file: str) -> str:
    return f"BOOT_IMAGE=/boot/{file} console=ttyAMA0 quiet bench.entry={word}"


def check(shell: Shell, word: str, file: str) -> None:
    assert shell.run("cat /proc/cmdline") == cmdline(word, file)
    assert shell.run("uname -rm") == f"{cloud_kernel('arm64').version} aarch64"
    assert shell.run("grep -c linux,booted-from-kexec /sys/firmware/fdt") == "1"
    assert shell.run("nproc") == "2"


def test_the_default_entry_by_itself(start: Start) -> None:
    scenario = start(machine())
    guest = scenario.to(State.SHELL)
    check(guest.shell, "image", FORMS["image"])
    assert "5 entries in (vda1)/boot/grub/grub.cfg" in guest.console.text
    assert "loading Kernel as image: (vda1)/boot/vmlinuz (kexec_load)\n" in guest.console.text
    # 512 MiB would be what a device tree of a file says, and more is what kexec took away.
    assert int(guest.shell.run("awk '/MemTotal/ {print $2}' /proc/meminfo")) > 900_000
    record = guest.shell.run("cat '/proc/device-tree/chosen/bootpy,timeline'; echo")
    assert "readers" in {span.stage for span in read(record).spans}
    # The next kernel got seeds, and has wiped them where anybody could read them again.
    assert "random: crng init done" in guest.shell.run("dmesg | head -5")
    assert guest.shell.run("dmesg | grep -c 'KASLR disabled'", check=False) == "0"


@pytest.mark.parametrize("form", [form for form in FORMS if form != "image"])
def test_a_kernel_inside_of_another_file(start: Start, form: str) -> None:
    scenario = start(machine(form))
    guest = scenario.to(State.SHELL)
    check(guest.shell, form, FORMS[form])
    assert f"(vda1)/boot/{FORMS[form]} (kexec_load)\n" in guest.console.text


def test_the_device_tree_of_an_entry(start: Start) -> None:
    shell = start(machine("board")).to(State.SHELL).shell
    check(shell, "board", FORMS["image"])
    assert shell.run("tr -d '\\0' < /proc/device-tree/model") == MODEL
    # Of its own 512 MiB nothing is left: how much memory there is, this machine knows.
    assert int(shell.run("awk '/MemTotal/ {print $2}' /proc/meminfo")) > 900_000


def test_loaded_and_taken_out_by_hand(start: Start) -> None:
    guest = start(machine()).to(State.RESCUE)
    at_prompt(guest, "from bootpy.kexec import load; from bootpy.kexec.plan import prepare")
    at_prompt(guest, "from bootpy.volume import Volumes; found = Volumes([*volumes.values()])")
    at_prompt(guest, "plan = prepare(entries[2], found); print(plan.way, plan.unwrapped)")
    assert "kexec_load ('zboot',)" in guest.console.text
    assert "[] True" in at_prompt(guest, "print(load.load(plan), load.loaded())")
    assert "None False" in at_prompt(guest, "print(load.unload(), load.loaded())")
    said = at_prompt(guest, "load.load(prepare(entries[2], found, call='file'))")
    assert "the running kernel has no kexec_file_load (ENOSYS)" in said
    guest.console.line("boot 2")
    guest.expect("jumping into Kernel as gzip")
    guest.expect(TARGET.prompt, timeout=240)
    check(guest.shell, "gzip", FORMS["gzip"])


def test_uefi_and_acpi_are_handed_on(start: Start) -> None:
    shell = start(machine(firmware=Firmware.OVMF)).to(State.SHELL).shell
    check(shell, "image", FORMS["image"])
    log = shell.run("dmesg | grep -iE 'efi|ACPI: Using'")
    assert "efi: EFI v2" in log
    assert "Registered efivars operations" in log
    assert "ACPI: Using GIC for interrupt routing" in log


def test_a_machine_with_a_hypervisor_of_its_own(start: Start) -> None:
    there = replace(machine(), machine="virt,virtualization=on")
    shell = start(there).to(State.SHELL).shell
    check(shell, "image", FORMS["image"])
    assert "All CPU(s) started at EL2" in shell.run("dmesg | grep EL2")
