"""The capture kernel's command line, made of the running one's."""

import pytest

from bootpy.crash.loading import command_line, running_kernel
from bootpy.crash.place import DiskPlace
from bootpy.crash.settings import Settings
from bootpy.errors import BootError

PLACE = DiskPlace("ext4", "uuid", "/var/crash", "no-such-device")
ADDED = (
    "reset_devices nr_cpus=1 irqpoll acpi_no_memhotplug cgroup_disable=memory numa=off"
    " transparent_hugepage=never novmcoredd panic=10 usbcore.nousb"
)


@pytest.mark.parametrize(
    ("running", "kept"),
    [
        (
            "BOOT_IMAGE=/boot/vmlinuz-6.1 root=UUID=1 ro console=tty0 console=ttyS0 quiet"
            " crashkernel=256M",
            "root=UUID=1 ro console=tty0 console=ttyS0 quiet",
        ),
        (
            "hugepagesz=1G hugepages=64 default_hugepagesz=1G mem=4G log_buf_len=16M cma=64M"
            " hugetlb_cma=1G panic=0 nr_cpus=64 rdinit=/x slub_debug=FZ swiotlb=65536 a",
            "a",
        ),
        (
            r'a="b crashkernel=1" memmap=1G$2G acpi=off',
            r'a="b crashkernel=1" memmap=1G$2G acpi=off',
        ),
    ],
)
def test_words(running: str, kept: str) -> None:
    assert command_line(Settings(), PLACE, running) == f"{kept} {ADDED}"


def test_the_administrators_words_come_last() -> None:
    line = command_line(Settings(append="nr_cpus=2  loglevel=7"), PLACE, "a")
    assert line == f"a {ADDED} nr_cpus=2 loglevel=7"


def test_a_kernel_that_is_not_there_is_told(tmp_path: object) -> None:
    with pytest.raises(BootError, match=r"is not in /boot, nor in /lib/modules"):
        running_kernel(str(tmp_path))
