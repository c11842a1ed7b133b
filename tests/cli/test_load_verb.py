"""`bootpy load` and `bootpy reboot` as far as they go without loading anything."""

import argparse
import os
from pathlib import Path

import pytest
from kernel_images import bzimage
from multiboot_images import elf, header_1

from bootpy.cli import load_arguments, option_table
from bootpy.cli.load_text import plan_lines
from bootpy.cli.main import main
from bootpy.cli.volume_argument import volumes_of
from bootpy.cli.what_to_load import Chosen, chosen, named
from bootpy.entry import Host, Listing, Module
from bootpy.errors import BootError
from bootpy.kexec.choice import Situation
from bootpy.kexec.given import entry_of_files, file_here, running_cmdline, this_system
from bootpy.kexec.machine import Machine
from bootpy.kexec.plan import prepare
from bootpy.kexec.state import State
from bootpy.policy.listing import merge
from bootpy.readers.reading import read_all
from bootpy.volume import Volumes

ROOT = Path(__file__).parents[2]
EXTLINUX = f"path={ROOT}/tests/readers/data/u-boot-menu,name=sda1"


@pytest.fixture
def kernel(tmp_path: Path) -> str:
    (tmp_path / "vmlinuz").write_bytes(bzimage())
    (tmp_path / "initrd").write_bytes(b"070701" * 1000)
    return str(tmp_path / "vmlinuz")


def given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    load_arguments.add_arguments(parser)
    return parser.parse_args(words)


def listing() -> Listing:
    return merge(read_all(volumes_of([EXTLINUX]), Host("pc", "x86_64")))


def test_the_default_or_what_is_named() -> None:
    assert named(None, listing()).id == "syslinux:sda1:l0"
    assert named("3", listing()).id == "syslinux:sda1:l1"
    assert named("l1", listing()).id == "syslinux:sda1:l1"


def test_what_names_nothing() -> None:
    with pytest.raises(BootError, match="bookworm 9 names no entry that is here") as no:
        named("bookworm 9", listing())
    assert no.value.hint
    with pytest.raises(BootError, match="no entry boots by itself") as no:
        named(None, listing()._replace(default=None))
    assert "--kernel" in no.value.hint


def test_files_and_words_of_the_command_line(kernel: str) -> None:
    words = (
        "--kernel",
        kernel,
        "--initrd",
        "/a",
        "--initrd",
        "/b",
        "--append",
        "x",
        "--append",
        "y",
    )
    with chosen(given(*words, "--command-line", "root=/dev/sda1")) as found:
        assert str(found.entry.kernel) == f"(this system){kernel}"
        assert [file.path for file in found.entry.initrds] == ["/a", "/b"]
        assert (found.entry.cmdline, found.append) == ("root=/dev/sda1", "x y")
        assert list(found.origins()) == [
            f"kernel: --kernel {kernel}",
            "initrds: --initrd /a /b",
            "command line: --command-line",
            "at the end of the command line: --append x y",
        ]
    with chosen(given("--kernel", kernel, "--reuse-cmdline")) as found:
        assert "BOOT_IMAGE=" not in found.entry.cmdline
        assert found.entry.cmdline.split()[-1] == running_cmdline().split()[-1]


@pytest.mark.parametrize("verb", ["load", "reboot"])
def test_a_dry_run_tells_all(verb: str, kernel: str, capfd: pytest.CaptureFixture[str]) -> None:
    initrd = kernel.replace("vmlinuz", "initrd")
    words = ["--kernel", kernel, "--initrd", initrd, "--command-line", "root=/dev/sda1 ro"]
    status = main([verb, "--dry-run", *words, "--append", "single", "--call", "file"])
    out, err = capfd.readouterr()
    # What the kernel of this machine will refuse whatever it is given is told as well.
    assert ("would be loaded:" in out, "bootpy: " in err) == (status == 0, status == 1)
    assert f"  kernel        (this system){kernel}  6.1 kB\n" in out
    assert "bzImage, 6.1 kB, Linux 6.1.0-test\n" in out
    assert f"  initrd        (this system){initrd}  6.0 kB\n" in out
    assert "  command line  root=/dev/sda1 ro single\n" in out
    assert "has 24 bytes of at most 2016\n" in out
    assert ("\nthen: " in out) == (verb == "reboot" and status == 0)


@pytest.mark.skipif(os.uname().machine == "aarch64", reason="there it is handed over")
@pytest.mark.parametrize("words", [["load", "--dry-run"], ["load"], ["reboot", "--dry-run"]])
def test_a_device_tree_where_none_is_handed_over(
    words: list[str], kernel: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--kernel", kernel, "--dtb", f"{kernel}.dtb"]) == 1
    assert (
        f"the device tree {kernel}.dtb cannot be handed over: that is done on aarch64 only\n"
        in capfd.readouterr().err
    )


def test_firmware_needs_no_kernel(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["reboot", "--firmware", "--dry-run"]) == 0
    assert "firmware" in capfd.readouterr().out
    assert main(["reboot", "--firmware", "--kernel", "/k"]) == 1
    assert "the boot loader chooses" in capfd.readouterr().err


@pytest.mark.parametrize("verb", ["load", "reboot"])
def test_a_file_that_is_not_there(verb: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--dry-run", "--kernel", "/nowhere/vmlinuz"]) == 1
    assert "kernel (this system)/nowhere/vmlinuz does not exist" in capfd.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["load", "2", "--kernel", "/k"],
        ["load", "--kernel", "/k", "--command-line", "a", "--reuse-cmdline"],
        ["load", "--call", "both"],
        ["reboot", "--watchdog", "bite"],
        ["exec", "--call", "load"],
    ],
)
def test_what_does_not_go_together(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert "error: " in capfd.readouterr().err


def test_the_manual_has_every_option() -> None:
    table = option_table.table("reboot", "load", "exec", "status")
    assert "| `--call auto\\|load\\|file` | reboot, load |" in table
    assert "| `--no-ifdown` | reboot, exec |" in table
    assert table in (ROOT / "docs/reboot.md").read_text()


def test_a_dry_run_of_a_multiboot_kernel_tells_of_its_modules(tmp_path: Path) -> None:
    (tmp_path / "xen").write_bytes(elf(header_1(3)))
    (tmp_path / "initrd").write_bytes(b"070701" * 1000)
    modules = (Module(file_here(f"{tmp_path}/initrd"), "a b"), Module(file_here(f"{tmp_path}/xen")))
    entry = entry_of_files(f"{tmp_path}/xen", cmdline="console=com1")
    entry = entry._replace(kind="multiboot", format="grub", modules=modules)
    found = Chosen(entry, Volumes([this_system()]))
    machine = Machine("x86_64", 1 << 30, 1 << 30, Situation("x86_64"))
    plan = prepare(entry, found.volumes, machine=machine)
    lines = [line.strip() for line in plan_lines(found, plan, State(supported=True))]
    plan.close()
    assert lines[0].split() == ["call", "kexec_load"]
    at = lines.index(f"module        (this system){tmp_path}/initrd  6.0 kB")
    assert lines[at + 1 : at + 5] == [
        "a b",
        f"module        (this system){tmp_path}/xen  12.3 kB",
        "(no arguments)",
        "loader's name bootpy in the place of GRUB 2",
    ]
    assert "command line  console=com1" in lines
    assert "kernel and modules fit the memory" in lines
    assert not any("initrd" in line for line in lines if line.startswith("initrd"))


def test_a_multiboot_kernel_of_this_system_with_its_modules(tmp_path: Path) -> None:
    (tmp_path / "xen").write_bytes(elf(header_1(3)))
    (tmp_path / "vmlinuz").write_bytes(bzimage())
    words = ["--kernel", f"{tmp_path}/xen", "--module", f"{tmp_path}/vmlinuz root=/dev/sda1 ro"]
    with chosen(given(*words, "--module", f"{tmp_path}/initrd", "--append", "dom0=pvh")) as found:
        assert found.entry.kind == "multiboot"
        assert found.entry.modules == (
            Module(file_here(f"{tmp_path}/vmlinuz"), "root=/dev/sda1 ro"),
            Module(file_here(f"{tmp_path}/initrd"), ""),
        )
        assert f"modules: {' '.join(words[2:])} --module {tmp_path}/initrd" in found.origins()
    with pytest.raises(BootError, match="vmlinuz is no Multiboot kernel, and takes no modules"):
        chosen(given("--kernel", f"{tmp_path}/vmlinuz", "--module", "/initrd")).__enter__()
