"""Files of the running system as an entry, and what of its command line is used again."""

from pathlib import Path

import pytest
from kernel_images import bzimage

from bootpy.errors import BootError
from bootpy.kexec.given import entry_of_files, reused, this_system
from bootpy.kexec.machine import Machine
from bootpy.kexec.plan import prepare
from bootpy.kexec.writers import refuse_open_for_writing
from bootpy.volume import Volumes

PC = Machine("x86_64", total=1 << 30, available=900 << 20)


@pytest.mark.parametrize(
    ("cmdline", "kept"),
    [
        ("BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 ro", "root=/dev/sda1 ro"),
        ("root=/dev/sda1 BOOT_IMAGE=(hd0,gpt2)/vmlinuz", "root=/dev/sda1"),
        ("", ""),
        ("crashkernel=128M quiet", "crashkernel=128M quiet"),
        # Quotes stay, and what is within them is one word.
        ('dyndbg="file a +p; BOOT_IMAGE=x" ro', 'dyndbg="file a +p; BOOT_IMAGE=x" ro'),
        ('BOOT_IMAGE="/a b" ro', "ro"),
        ('a="unended BOOT_IMAGE=x', 'a="unended BOOT_IMAGE=x'),
        ("NO_BOOT_IMAGE=x", "NO_BOOT_IMAGE=x"),
    ],
)
def test_reused_as_kexec_tools_does(cmdline: str, kept: str) -> None:
    assert reused(cmdline) == kept


def test_files_make_an_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vmlinuz").write_bytes(bzimage())
    (tmp_path / "one").write_bytes(b"070701" + b"x" * 3)
    (tmp_path / "two").write_bytes(b"070701")
    (tmp_path / "link").symlink_to("one")
    monkeypatch.chdir(tmp_path)
    entry = entry_of_files("vmlinuz", ["link", str(tmp_path / "two")], "root=/dev/sda1")
    plan = prepare(entry, Volumes([this_system()]), "single", PC)
    try:
        assert plan.name == f"(this system){tmp_path}/vmlinuz"
        assert plan.cmdline == "root=/dev/sda1 single"
        # The first of 9 bytes is filled up to a multiple of four.
        assert plan.initrd_size == 20
    finally:
        plan.close()


def test_a_file_that_is_being_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vmlinuz").write_bytes(bzimage())
    initrd = tmp_path / "initrd"
    initrd.write_bytes(b"070701")
    entry = entry_of_files(str(tmp_path / "vmlinuz"), [str(initrd)])
    volumes = Volumes([this_system()])
    refuse_open_for_writing(entry, volumes)
    with initrd.open("ab"), pytest.raises(BootError, match=r"initrd .* is open for writing"):
        refuse_open_for_writing(entry, volumes)
    with initrd.open("rb"):
        refuse_open_for_writing(entry, volumes)
    with (tmp_path / "vmlinuz").open("ab"), pytest.raises(BootError, match="kernel"):
        refuse_open_for_writing(entry, volumes)
