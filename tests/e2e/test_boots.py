"""From power-on to a booted system, whose own /proc says how it was started."""

from collections.abc import Callable
from pathlib import Path

import pytest
from console_talk import Start

from qemu.disks import recipes
from qemu.disks.debian import debian
from qemu.disks.target import cloud_kernel
from qemu.loader import loader_machine
from qemu.machine import Bus, Firmware
from qemu.scenarios import DEBIAN, Scenario, State


def cmdline_and_version(scenario: Scenario) -> tuple[str, str]:
    shell = scenario.to(State.SHELL).shell
    return shell.run("cat /proc/cmdline"), shell.run("cat /proc/version")


@pytest.mark.parametrize(
    ("firmware", "userland"),
    [(Firmware.SEABIOS, "debian"), (Firmware.OVMF, "debian"), (Firmware.SEABIOS, "slim")],
    indirect=["userland"],
)
def test_debian_by_its_own_grub_cfg(start: Start, firmware: Firmware, userland: str) -> None:
    disk = debian()
    scenario = start(loader_machine(disk.disk, firmware=firmware, userland=userland), DEBIAN)
    cmdline, version = cmdline_and_version(scenario)
    shell = scenario.guest.shell
    written = shell.run("grep -m1 vmlinuz /boot/grub/grub.cfg").split()
    assert cmdline == f"BOOT_IMAGE={written[1]} {' '.join(written[2:])}"
    assert f"Linux version {written[1].partition('-')[2]}" in version
    assert shell.run("findmnt -no SOURCE,FSTYPE,OPTIONS /").split()[1] == "ext4"
    log = shell.run("systemctl is-system-running --wait || systemctl --failed", timeout=240)
    assert "running" in log


@pytest.mark.parametrize(
    ("disk", "words"),
    [
        (recipes.bls_esp, ["bench.entry=bls"]),
        (recipes.extlinux_ext4, ["bench.entry=extlinux"]),
        (recipes.extlinux_vfat, ["bench.entry=extlinux"]),
        (lambda: recipes.grub("xfs"), ["bench.entry=first"]),
        (lambda: recipes.grub("btrfs"), ["bench.entry=first"]),
    ],
    ids=["bls-esp", "extlinux-ext4", "extlinux-vfat", "grub-xfs", "grub-btrfs"],
)
def test_each_configuration(start: Start, disk: Callable[[], Path], words: list[str]) -> None:
    cmdline, version = cmdline_and_version(start(loader_machine(disk())))
    assert set(words) <= set(cmdline.split())
    assert cloud_kernel().version in version


@pytest.mark.parametrize(
    ("bus", "profile"),
    [
        (Bus.VIRTIO, "cloud"),
        (Bus.NVME, "cloud"),
        (Bus.AHCI, "generic"),
        (Bus.USB, "generic"),
        (Bus.SD, "generic"),
    ],
)
def test_each_bus(start: Start, bus: Bus, profile: str) -> None:
    # A busy host's clock runs while a card or stick is being found.
    words = "bootpy.wait=100"
    scenario = start(loader_machine(recipes.grub(), bus=bus, profile=profile, append=words))
    cmdline, version = cmdline_and_version(scenario)
    assert "bench.entry=first" in cmdline.split()
    assert cloud_kernel().version in version
    name = {Bus.VIRTIO: "virtio", Bus.AHCI: "ata", Bus.SD: "mmc"}.get(bus, str(bus))
    assert f"{name} disk" in scenario.guest.console.text


@pytest.mark.parametrize(
    ("userland", "memory"), [("debian", 192), ("slim", 168)], indirect=["userland"]
)
def test_least_memory(start: Start, userland: str, memory: int) -> None:
    kernel = cloud_kernel().image.stat().st_size
    assert kernel > 14_000_000
    machine = loader_machine(recipes.grub(), memory=memory, userland=userland)
    cmdline, _ = cmdline_and_version(start(machine))
    assert "bench.entry=first" in cmdline.split()


def test_no_countdown_where_none_is_wanted(start: Start, userland: str) -> None:
    words = "bootpy.timeout=0"
    scenario = start(loader_machine(recipes.grub(), append=words, userland=userland))
    cmdline, _ = cmdline_and_version(scenario)
    assert "bench.entry=first" in cmdline.split()
    assert "what to boot" not in scenario.guest.console.text


def test_options_of_the_kernel_command_line(start: Start) -> None:
    words = 'bootpy.timeout=0 bootpy.entry=Second bootpy.append="one=1 two=2"'
    cmdline, _ = cmdline_and_version(start(loader_machine(recipes.grub(), append=words)))
    assert cmdline.split()[-3:] == ["bench.entry=second", "one=1", "two=2"]
