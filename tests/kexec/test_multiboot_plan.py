"""Plans for Multiboot kernels: files opened and unpacked, strings as their loaders have them."""

import gzip
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from kernel_images import bzimage, memory_file
from multiboot_images import elf, header_1, header_2, tag

from bootpy.diagnostics import Source
from bootpy.entry import Entry, File, Kind, Module
from bootpy.errors import BootError
from bootpy.kexec.choice import Situation
from bootpy.kexec.machine import Machine
from bootpy.kexec.multiboot.kind import kind_of
from bootpy.kexec.plan import prepare
from bootpy.kexec.planned import Plan
from bootpy.volume import FolderVolume, Volumes

pytestmark = pytest.mark.usefixtures("no_descriptor_leaks")

PC = Machine("x86_64", total=1 << 30, available=900 << 20, seen=Situation("x86_64"))
XEN = bytearray(elf(header_1(3)))
XEN[0x1100:0x1110] = b"..\0no-real-mode\0"
CPIO = b"070701" * 700


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kernel").write_bytes(elf(header_1(3)))
    (tmp_path / "kernel2").write_bytes(elf(header_2(tag(1, 4, 6))))
    (tmp_path / "xen.gz").write_bytes(gzip.compress(bytes(XEN)))
    (tmp_path / "vmlinuz").write_bytes(bzimage())
    (tmp_path / "initrd.gz").write_bytes(gzip.compress(CPIO))
    (tmp_path / "empty").touch()
    return tmp_path


def entry(
    kernel: str, *modules: Module, kind: Kind = "multiboot", form: str = "grub", **more: Any
) -> Entry:
    return Entry(
        *("x", "Xen", ("Xen",), form, kind),
        Source("sda2", "/grub.cfg", 7),
        kernel=File("sda2", kernel),
        modules=modules,
        **more,
    )


def module(path: str, cmdline: str = "", *, as_it_is: bool = False) -> Module:
    return Module(File("sda2", path), cmdline, as_it_is)


def planned(folder: Path, which: Entry, append: str = "", machine: Machine = PC) -> Plan:
    """Prepare and close."""
    plan = prepare(which, Volumes([FolderVolume(str(folder), name="sda2")]), append, machine)
    plan.close()
    return plan


def refusal(folder: Path, which: Entry, machine: Machine = PC) -> str:
    with pytest.raises(BootError) as refused:
        planned(folder, which, machine=machine)
    assert refused.value.hint
    return refused.value.message


@pytest.mark.parametrize(("kernel", "kind"), [("/kernel", "multiboot"), ("/kernel2", "multiboot2")])
def test_a_kernel(folder: Path, kernel: str, kind: Kind) -> None:
    plan = planned(folder, entry(kernel, kind=kind, cmdline="a=b"), "c")
    assert (plan.format, plan.cmdline, plan.calls, plan.initrd) == (kind, "a=b c", ("load",), -1)
    assert (plan.kernel_size, plan.memory) == (0x3000, 0x3000)
    assert not plan.modules
    assert not plan.warnings


def test_modules_are_unpacked_unless_they_are_to_be_left_as_they_are(folder: Path) -> None:
    which = entry(
        "/kernel",
        module("/vmlinuz", "root=x"),
        module("/initrd.gz"),
        module("/initrd.gz", as_it_is=True),
    )
    plan = prepare(which, Volumes([FolderVolume(str(folder), name="sda2")]), machine=PC)
    contents = [os.pread(part.fd, 1 << 20, part.offset) for part, _ in plan.modules]
    plan.close()
    packed = (folder / "initrd.gz").read_bytes()
    assert contents == [bzimage(), CPIO, packed]
    assert [part.size for part, _ in plan.modules] == [len(one) for one in contents]
    assert plan.initrd_size == sum(map(len, contents))
    assert [part.name for part, _ in plan.modules][:2] == ["(sda2)/vmlinuz", "(sda2)/initrd.gz"]


@pytest.mark.parametrize(
    ("form", "texts"),
    [
        ("grub", ["a=b", "root=x", ""]),
        ("grub-legacy", ["/kernel a=b", "/vmlinuz root=x", "/initrd.gz"]),
        ("syslinux", ["/kernel a=b", "/vmlinuz root=x", "/initrd.gz"]),
    ],
)
def test_only_grub_2_leaves_out_the_names_of_files(
    folder: Path, form: str, texts: list[str]
) -> None:
    modules = module("/vmlinuz", "root=x"), module("/initrd.gz")
    plan = planned(folder, entry("/kernel", *modules, form=form, cmdline="a=b"))
    assert [plan.cmdline, *(text for _, text in plan.modules)] == texts
    # As Xen tells them apart: loader_is_grub2 in its arch/x86/setup.c.
    _, grub, version = plan.loader.partition("GRUB ")
    assert bool(grub and not version.startswith("0")) == (form == "grub")


def test_xen_is_kept_from_calling_the_bios(folder: Path) -> None:
    plan = planned(folder, entry("/xen.gz", cmdline="placeholder console=com1 -- quiet"))
    assert plan.cmdline == "no-real-mode placeholder console=com1 -- quiet"
    assert plan.unwrapped == ("gzip",)
    said = planned(folder, entry("/xen.gz", cmdline="console=vga no-real-mode"))
    assert said.cmdline == "console=vga no-real-mode"
    legacy = planned(folder, entry("/xen.gz", form="grub-legacy"))
    assert legacy.cmdline == "/xen.gz no-real-mode"


@pytest.mark.parametrize(
    ("which", "message"),
    [
        (entry("/kernel", kind="multiboot2"), "no header of multiboot2, but one of multiboot"),
        (entry("/kernel2"), "no header of multiboot, but one of multiboot2"),
        (entry("/vmlinuz"), "(sda2)/vmlinuz has no header of multiboot where it would have to be"),
        (entry("/empty"), "(sda2)/empty is empty (0 bytes)"),
        (entry("/none"), "kernel (sda2)/none does not exist"),
        (entry("/kernel", module("/none")), "module (sda2)/none does not exist"),
        (entry("/kernel", module("/empty")), "module (sda2)/empty is empty (0 bytes)"),
        (entry("/kernel", cmdline="a\0b"), "has a NUL character"),
        (entry("/kernel", module("/vmlinuz", "a\0b")), "(sda2)/vmlinuz has a NUL character"),
        (
            entry("/kernel", initrds=(File("sda2", "/initrd.gz"),)),
            "is a Multiboot kernel, and takes no initrd (here (sda2)/initrd.gz)",
        ),
    ],
)
def test_refusals(folder: Path, which: Entry, message: str) -> None:
    assert message in refusal(folder, which)


@pytest.mark.parametrize(
    ("machine", "message"),
    [
        (Machine("aarch64"), "Multiboot kernels are for PCs, and this machine is aarch64"),
        (
            PC._replace(seen=Situation("x86_64", lockdown="integrity")),
            "this kernel is locked down (integrity)",
        ),
        (PC._replace(seen=Situation("x86_64", memory_map=False)), "CONFIG_FIRMWARE_MEMMAP"),
        (
            PC._replace(seen=Situation("x86_64", flags=frozenset({"hypervisor", "sev"}))),
            "the memory of this virtual machine is encrypted",
        ),
        (PC._replace(total=1 << 20), "kexec takes at most half of this machine's"),
    ],
)
def test_machines_that_cannot(folder: Path, machine: Machine, message: str) -> None:
    assert message in refusal(folder, entry("/kernel"), machine)


def test_an_image_without_what_starts_such_kernels(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bootpy.kexec.multiboot.plan", None)
    message = refusal(folder, entry("/kernel"))
    assert message == (
        "(sda2)/kernel is a Multiboot kernel, and this image was built without what starts one"
    )


def test_a_damaged_module_leaves_nothing_open(folder: Path) -> None:
    (folder / "cut.gz").write_bytes(gzip.compress(os.urandom(5000))[:3000])
    assert "cut.gz is truncated" in refusal(folder, entry("/kernel", module("/cut.gz")))


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (elf(header_1()), "multiboot"),
        (elf(header_2()), "multiboot2"),
        (gzip.compress(elf(header_2()), mtime=0), "multiboot2"),
        (elf(header_1(), wide=True), "linux"),
        (elf(header_2(), wide=True), "multiboot2"),
        (elf(header_2(tag(99))), "linux"),
        (bzimage(), "linux"),
        (gzip.compress(bzimage(), mtime=0), "linux"),
        (gzip.compress(bzimage(), mtime=0)[:20], "linux"),
        (b"\x1f\x8bnothing", "linux"),
        (b"", "linux"),
    ],
)
def test_the_kind_that_a_file_says_it_is(image: bytes, kind: Kind) -> None:
    fd = memory_file(image)
    assert kind_of(fd, "k") == kind
    os.close(fd)
