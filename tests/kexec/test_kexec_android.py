"""Kernels and ramdisks in Android's images, taken out for kexec."""

import gzip
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_tools import boot_image, boot_image_4, fill, vendor_image_4
from kernel_images import bzimage, flat_image

from bootpy.diagnostics import Source
from bootpy.entry import Entry, File, Host
from bootpy.errors import BootError
from bootpy.kexec.machine import Machine
from bootpy.kexec.plan import prepare
from bootpy.kexec.planned import Plan
from bootpy.readers import android as reader
from bootpy.volume import FolderVolume, Volumes

pytestmark = pytest.mark.usefixtures("no_descriptor_leaks")

ARM = Machine("aarch64", total=1 << 30, available=900 << 20)
KERNEL = flat_image(b"ARM\x64", length=50_000)
RAMDISK = b"070701" + os.urandom(2002)
CONFIG = b'androidboot.hardware = "board"\n'


def volumes(folder: Path) -> Volumes:
    return Volumes([FolderVolume(str(folder), name="sda1")])


def listed(folder: Path) -> Entry:
    here = volumes(folder)
    ((entry,),) = (
        found.entries for home in here for found in reader.read(home, here, Host("efi", "aarch64"))
    )
    return entry


def contents(plan: Plan) -> tuple[bytes, bytes]:
    found = os.pread(plan.kernel, 1 << 24, 0)
    initrd = os.pread(plan.initrd, 1 << 24, 0) if plan.initrd >= 0 else b""
    plan.close()
    return found, initrd


@pytest.mark.parametrize("version", [0, 1, 2, 3])
@pytest.mark.parametrize("packed", ["", "gzip", "lz4"])
def test_kernel_and_ramdisk(tmp_path: Path, version: int, packed: str) -> None:
    more = {"dtb": b"tree"} if version == 2 else {}
    kernel = KERNEL
    if packed == "gzip":
        kernel = gzip.compress(KERNEL) + b"tree"  # a device tree may follow
    elif packed == "lz4":
        words = ["lz4", "-l", "-c"]
        kernel = subprocess.run(words, input=KERNEL, capture_output=True, check=True).stdout
    line = ("--cmdline", "console=ttyS0")
    boot_image(tmp_path / "boot.img", version, *line, kernel=kernel, ramdisk=RAMDISK, **more)
    plan = prepare(listed(tmp_path), volumes(tmp_path), machine=ARM)
    assert plan.cmdline == "console=ttyS0"
    assert plan.unwrapped == (("Android", packed) if packed else ("Android",))
    assert plan.initrd_size == len(RAMDISK) == 2008
    assert bool(plan.warnings) == bool(more)
    assert contents(plan) == (KERNEL, RAMDISK)


def test_on_a_pc(tmp_path: Path) -> None:
    boot_image(tmp_path / "boot.img", 0, kernel=bzimage(), ramdisk=RAMDISK)
    plan = prepare(listed(tmp_path), volumes(tmp_path), machine=Machine("x86_64"))
    assert (plan.format, plan.version) == ("bzImage", "6.1.0-test (nobody@nowhere) #1")
    assert contents(plan) == (bzimage(), RAMDISK)


def test_an_entry_of_another_format_gets_what_is_in_the_image(tmp_path: Path) -> None:
    words = ("--cmdline", "console=ttyS0")
    boot_image(tmp_path / "boot.img", 0, *words, kernel=KERNEL, ramdisk=RAMDISK)
    file = File("sda1", "/boot.img")
    entry = Entry("x", "X", ("X",), "bls", "linux", Source("sda1", "/x.conf"), kernel=file)
    plan = prepare(entry, volumes(tmp_path), machine=ARM)
    assert plan.cmdline == "console=ttyS0"
    assert contents(plan) == (KERNEL, RAMDISK)
    (tmp_path / "own").write_bytes(b"070701own...")
    other = entry._replace(initrds=(File("sda1", "/own"),), cmdline="quiet")
    plan = prepare(other, volumes(tmp_path), machine=ARM)
    assert plan.cmdline == "quiet"
    assert contents(plan) == (KERNEL, b"070701own...")


def vendor_set(folder: Path, ramdisks: list[tuple[str, int, bytes]], config: bytes) -> None:
    (folder / "boot.img").write_bytes(boot_image_4(KERNEL, b"", "bootconfig"))
    (folder / "init_boot.img").write_bytes(boot_image_4(b"", RAMDISK))
    (folder / "vendor_boot.img").write_bytes(vendor_image_4(ramdisks, config))


def test_vendor_ramdisks_come_first_and_the_bootconfig_last(tmp_path: Path) -> None:
    ramdisks = [
        ("", 1, b"070701platform!!"),
        ("recovery", 2, b"070701recovery!!"),
        ("dlkm", 3, b"070701dlkm!!"),
    ]
    vendor_set(tmp_path, ramdisks, CONFIG)
    plan = prepare(listed(tmp_path), volumes(tmp_path), machine=ARM)
    assert plan.warnings == ()
    size = plan.initrd_size
    kernel, initrd = contents(plan)
    assert kernel == KERNEL
    archives = b"070701platform!!" + b"070701dlkm!!" + RAMDISK
    assert initrd.startswith(archives)
    assert size == len(initrd)
    # As the kernel reads it: from the end of the initrd (init/main.c, get_boot_config_from_initrd).
    assert initrd.endswith(b"#BOOTCONFIG\n")
    length, total = (int.from_bytes(initrd[at : at + 4], "little") for at in (-20, -16))
    text = initrd[-20 - length : -20]
    assert text.rstrip(b"\0") == CONFIG
    assert total == sum(text)
    assert len(initrd) == len(archives) + length + 20
    assert len(initrd) % 4 == 0


def test_without_a_bootconfig(tmp_path: Path) -> None:
    vendor_set(tmp_path, [("", 1, b"070701platform!!")], b"")
    plan = prepare(listed(tmp_path), volumes(tmp_path), machine=ARM)
    assert contents(plan) == (KERNEL, b"070701platform!!" + RAMDISK)


def test_refusals(tmp_path: Path) -> None:
    path = boot_image(tmp_path / "boot.img", 0, kernel=KERNEL, ramdisk=RAMDISK)
    entry = listed(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:20_000])
    with pytest.raises(BootError, match="boot image of Android: it is truncated"):
        prepare(entry, volumes(tmp_path), machine=ARM)
    path.write_bytes(boot_image_4(b"", RAMDISK))
    with pytest.raises(BootError, match="an Android boot image without a kernel"):
        prepare(entry, volumes(tmp_path), machine=ARM)
    path.write_bytes(whole)
    fill(tmp_path, {"none.img": boot_image_4(KERNEL, b""), "vendor.img": vendor_image_4([])})
    other = entry._replace(initrds=(File("sda1", "/none.img"),))
    with pytest.raises(BootError, match="has no ramdisk"):
        prepare(other, volumes(tmp_path), machine=ARM)
    other = entry._replace(kernel=File("sda1", "/vendor.img"))
    with pytest.raises(BootError, match="but a vendor_boot image of Android"):
        prepare(other, volumes(tmp_path), machine=ARM)


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 4096), st.binary(max_size=4)), max_size=10
    )
)
def test_damage_gives_nothing_but_a_boot_error(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    vendor_set(folder, [("a", 1, b"070701a!"), ("b", 3, b"070701b!")], CONFIG)
    entry = listed(folder)
    names = ("boot.img", "init_boot.img", "vendor_boot.img")
    for number, place, new in changes:
        content = bytearray((folder / names[number]).read_bytes())
        # The header, and in the vendor's image the table that follows behind the ramdisks.
        at = place if place < 2200 or number < 2 else place + 4096
        content[at : at + len(new)] = new
        (folder / names[number]).write_bytes(content)
    here = volumes(folder)
    for home in here:
        assert reader.read(home, here, Host("efi", "aarch64"))
    with suppress(BootError):
        prepare(entry, here, machine=ARM).close()
    shutil.rmtree(folder)
