"""The loader with a kernel of its own: one file, started by BIOS and by UEFI.

That kernel takes long to compile: it is taken where it was built already (make test KERNEL=own).
"""

from pathlib import Path

import pytest
from console_talk import Start

from initramfs.build import build
from initramfs.debian import Archive, default_cache
from initramfs.kernel import KernelOf
from initramfs.loader_kernel.kernel import LoaderKernel
from initramfs.profile import Profile
from qemu.disks import recipes
from qemu.disks.content import disk_of
from qemu.disks.debian import debian
from qemu.disks.target import cloud_kernel
from qemu.loader import loader_machine
from qemu.machine import Bus, Disk, Firmware, Machine
from qemu.places import BUILD
from qemu.scenarios import DEBIAN, Scenario, State


@pytest.fixture(autouse=True, scope="module")
def built() -> None:
    plan = Profile.named("cloud")
    if not LoaderKernel(Archive(default_cache()), plan.loader_kernel).is_built():
        pytest.skip("the loader's own kernel is not built: make test KERNEL=own")


def check_booted(scenario: Scenario) -> None:
    shell = scenario.to(State.SHELL).shell
    assert "bench.entry=first" in shell.run("cat /proc/cmdline").split()
    assert cloud_kernel().version in shell.run("cat /proc/version")
    before = scenario.guest.console.text
    for trouble in ("warning", "cannot", "Traceback"):
        assert trouble not in before


@pytest.mark.parametrize("bus", list(Bus))
def test_one_file_starts_and_boots_from_each_bus(start: Start, bus: Bus) -> None:
    machine = loader_machine(recipes.grub(), bus=bus, kernel=KernelOf.OWN, append="bootpy.wait=100")
    assert machine.initrd is None
    scenario = start(machine)
    check_booted(scenario)
    name = {Bus.AHCI: "ata", Bus.SD: "mmc"}.get(bus, str(bus))
    assert f"{name} disk" in scenario.guest.console.text


def test_debian_by_its_own_grub_cfg_to_the_login(start: Start) -> None:
    """systemd comes up whole, its devices too: what the loader's kernel left is in order."""
    disk = debian().disk
    scenario = start(loader_machine(disk, kernel=KernelOf.OWN), DEBIAN)
    shell = scenario.to(State.SHELL).shell
    written = shell.run("grep -m1 vmlinuz /boot/grub/grub.cfg").split()
    assert shell.run("cat /proc/cmdline") == f"BOOT_IMAGE={written[1]} {' '.join(written[2:])}"
    log = shell.run("systemctl is-system-running --wait || systemctl --failed", timeout=240)
    assert "running" in log


def test_as_an_efi_application_without_a_command_line(start: Start) -> None:
    """UEFI starts BOOTX64.EFI from a FAT disk: nothing but the file itself is given."""
    image = build(
        output=BUILD / "image" / "serial-own",
        kernel=KernelOf.OWN,
        command_line="console=tty0 console=ttyS0 quiet no_timer_check",
    )
    files: dict[str, str | Path] = {"/EFI/BOOT/BOOTX64.EFI": image.kernel}
    stick = disk_of("own-kernel", files, filesystem="vfat", esp=True)
    machine = Machine(disks=(Disk(stick, Bus.USB), Disk(recipes.grub())), firmware=Firmware.OVMF)
    assert machine.kernel is None
    check_booted(start(machine))


@pytest.mark.parametrize(
    ("userland", "memory"), [("debian", 144), ("slim", 128)], indirect=["userland"]
)
def test_least_memory(start: Start, userland: str, memory: int) -> None:
    machine = loader_machine(recipes.grub(), kernel=KernelOf.OWN, memory=memory, userland=userland)
    check_booted(start(machine))
