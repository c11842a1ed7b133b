"""Unified kernel images and systemd's Boot Loader Interface, on machines of both kinds."""

from pathlib import Path

import pytest
from console_talk import PROMPT, Start, at_prompt
from kernel_images import portable
from unified_images import OSREL, made_by_objcopy

from qemu.disks import recipes
from qemu.disks.content import Content, disk_of
from qemu.disks.target import cloud_kernel, target_initrd
from qemu.loader import loader_machine
from qemu.machine import Firmware
from qemu.scenarios import State

_CMDLINE = "console=ttyS0 quiet bench.entry="


def uki_disk(folder: Path) -> Path:
    """An ESP with an image of Debian's stub, a counted one with profiles, and companions."""
    usual = [
        (".osrel", OSREL),
        (".cmdline", f"{_CMDLINE}stub\n".encode()),
        (".initrd", target_initrd().read_bytes()),
        (".linux", cloud_kernel().image.read_bytes()),
    ]
    made_by_objcopy(folder / "stub.efi", usual)
    profiles = [
        (".profile", b"ID=main\nTITLE=Main\n"),
        (".profile", b"ID=other\nTITLE=Other\n"),
        (".cmdline", f"{_CMDLINE}other".encode()),
    ]
    files: dict[str, Content] = {
        "/loader/loader.conf": "timeout 2\ndefault two.efi@other\n",
        "/EFI/Linux/stub.efi": folder / "stub.efi",
        "/EFI/Linux/two+3.efi": portable([*usual, *profiles]),
        "/EFI/Linux/two.efi.extra.d/more.addon.efi": portable([(".cmdline", b"from.addon=1")]),
        "/EFI/Linux/two.efi.extra.d/key.cred": "secret",
        "/loader/credentials/all.cred": "everybody's",
    }
    return disk_of("uki", files, filesystem="vfat", esp=True)


@pytest.mark.parametrize("firmware", list(Firmware))
def test_a_profile_boots_with_its_companions(
    start: Start, tmp_path: Path, firmware: Firmware
) -> None:
    scenario = start(loader_machine(uki_disk(tmp_path), firmware=firmware))
    shell = scenario.to(State.SHELL).shell
    assert shell.run("cat /proc/cmdline") == f"{_CMDLINE}other from.addon=1"
    assert shell.run("cat /.extra/profile").split() == ["ID=other", "TITLE=Other"]
    assert shell.run("cat /.extra/credentials/key.cred") == "secret"
    assert shell.run("cat /.extra/global_credentials/all.cred") == "everybody's"
    assert shell.run("stat -c %a /.extra/credentials /.extra/credentials/key.cred").split() == [
        "500",
        "400",
    ]


def test_an_image_of_debian_s_stub_boots(start: Start, tmp_path: Path) -> None:
    machine = loader_machine(uki_disk(tmp_path), append="bootpy.entry=stub.efi")
    shell = start(machine).to(State.SHELL).shell
    assert shell.run("cat /proc/cmdline") == f"{_CMDLINE}stub"
    assert "PRETTY_NAME" in shell.run("cat /.extra/os-release")


def bls_disk() -> Path:
    version = cloud_kernel().version
    entries: dict[str, Content] = {
        f"/loader/entries/{name}.conf": (
            f"title {name}\nlinux /vmlinuz-{version}\ninitrd /initrd.img-{version}\n"
            f"options {_CMDLINE}{name}\n"
        )
        for name in ("first", "second")
    }
    conf: dict[str, Content] = {"/loader/loader.conf": "timeout 2\ndefault first.conf\n"}
    files = recipes.target_files("/") | entries | conf
    return disk_of("bls-one-shot", files, filesystem="vfat", esp=True)


def test_a_one_shot_entry_boots_once(start: Start) -> None:
    scenario = start(loader_machine(bls_disk(), firmware=Firmware.OVMF))
    guest = scenario.to(State.RESCUE)
    at_prompt(guest, "from bootpy.linux import efi; text = 'second.conf\\0'.encode('utf-16-le')")
    said = at_prompt(guest, "efi.write('LoaderEntryOneShot', efi.LOADER, text, kept=True)")
    assert "Error" not in said
    guest.console.line("reboot")
    guest.expect("restarting")
    guest.expect(PROMPT, timeout=120)
    guest.console.line("boot")
    guest.expect("jumping into second", timeout=120)
    scenario.state = State.JUMPED
    assert "bench.entry=second" in scenario.to(State.SHELL).shell.run("cat /proc/cmdline").split()
    guest.reset()
    guest.expect(PROMPT, timeout=120)
    names = at_prompt(guest, "import os; os.listdir('/sys/firmware/efi/efivars')")
    assert "OsIndications" in names or "BootOrder" in names
    assert "LoaderEntryOneShot" not in names
    assert "first" in at_prompt(guest, "survey.listing.default")
