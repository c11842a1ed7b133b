"""What becomes of the screen where a driver of the graphics card has taken it over."""

from dataclasses import replace
from pathlib import Path

import pytest
from kexec_calls import Running

from qemu.disks.kexec_tools import OURS, debian_machine, installed
from qemu.disks.target import READY
from qemu.machine import Firmware

pytestmark = pytest.mark.long

LOAD = f"{OURS} -d -l /t/vmlinuz --initrd=/t/initrd --append='console=tty0 console=ttyS0'"
DARK = "the screen stays dark until the next kernel has a driver for it: bochs-drm shows"


@pytest.mark.parametrize(
    ("firmware", "mode", "there"),
    [
        (Firmware.OVMF, "", "0 EFI VGA"),  # the driver has OVMF's mode, at the same place
        (Firmware.OVMF, "video=1024x768", ""),
        (Firmware.SEABIOS, "", ""),  # was text
    ],
)
def test_the_next_kernel_draws_on_what_is_shown(
    running: Running, tmp_path: Path, firmware: Firmware, mode: str, there: str
) -> None:
    machine = debian_machine(tmp_path, words=f"console=tty0 console=ttyS0 {mode}", graphics=True)
    guest = running(replace(machine, firmware=firmware))
    shell = installed(guest)
    assert shell.run("cat /proc/fb") == "0 bochs-drmdrmfb"
    assert (DARK in shell.run(LOAD)) == (not there)
    guest.console.line(f"{OURS} -e -x")
    guest.expect(READY, timeout=300)
    assert guest.shell.run("cat /proc/fb") == there
    console = "colour frame buffer device 160x50" if there else "colour dummy device 80x25"
    assert console in guest.shell.run("dmesg | grep Console: | tail -n 1")
