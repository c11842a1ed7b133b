"""Kernel and initrds out of an ISO file, as GRUB's loopback names them."""

import os
from pathlib import Path

import pytest
from image_tools import iso
from kernel_images import bzimage

from bootpy.entry import Host
from bootpy.errors import BootError
from bootpy.kexec.machine import Machine
from bootpy.kexec.plan import prepare
from bootpy.readers.reading import read_all
from bootpy.volume import FolderVolume, Volumes

pytestmark = pytest.mark.usefixtures("no_descriptor_leaks")

PC = Machine("x86_64", total=1 << 30, available=900 << 20)
CFG = """
menuentry A {
    loopback loop /x.iso
    linux (loop)/casper/vmlinuz iso-scan/filename=/x.iso
    initrd (loop)/casper/ucode (loop)/casper/initrd
}
menuentry B {
    loopback loop /gone.iso
    linux (loop)/casper/vmlinuz
}
"""


@pytest.fixture
def stick(tmp_path: Path) -> Volumes:
    files: dict[str, str | bytes] = {
        "/casper/vmlinuz": bzimage(),
        "/casper/ucode": b"070701ucode",
        "/casper/initrd": b"070701initrd",
    }
    iso(tmp_path / "x.iso", files)
    (tmp_path / "grub.cfg").write_text(CFG)
    return Volumes([FolderVolume(str(tmp_path), name="sdb1")])


def test_what_lies_in_the_image_is_handed_over(stick: Volumes) -> None:
    (found,) = read_all(stick, Host("efi", "x86_64"), ["grub"])
    plan = prepare(found.entries[0], stick, machine=PC)
    assert plan.name == "(sdb1:/x.iso)/casper/vmlinuz"
    assert os.pread(plan.kernel, 1 << 20, 0) == bzimage()
    assert os.pread(plan.initrd, 100, 0) == b"070701ucode" + b"\0" + b"070701initrd"
    assert plan.cmdline == "BOOT_IMAGE=(loop)/casper/vmlinuz iso-scan/filename=/x.iso"
    plan.close()


def test_an_image_that_is_gone_is_named(stick: Volumes, tmp_path: Path) -> None:
    (found,) = read_all(stick, Host("efi", "x86_64"), ["grub"])
    with pytest.raises(BootError, match=r"is on sdb1:/gone\.iso, which is not here"):
        prepare(found.entries[1], stick, machine=PC)
    os.truncate(tmp_path / "x.iso", 18 * 2048)
    with pytest.raises(BootError, match="cannot be opened: the image is truncated"):
        prepare(found.entries[0], stick, machine=PC)
