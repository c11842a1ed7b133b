"""The recipe of recorded configuration: what can be checked of it without a machine."""

import re
import subprocess
from pathlib import Path

import pytest

from bootpy.errors import BootError
from qemu.corpus import record
from qemu.corpus.kernel_install import VARIANTS
from qemu.corpus.tools import script

TEXT = script()


def test_the_script_is_one() -> None:
    done = subprocess.run(["sh", "-n"], input=TEXT, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_layout_is_told_of_and_on_an_arrangement() -> None:
    functions = dict(re.findall(r"^layout_(\w+)\(\) \{ on (\w+) (?:efi|pc); \}$", TEXT, re.M))
    arrangements = set(re.findall(r"^arrange_(\w+)\(\)", TEXT, re.M))
    assert sorted(functions) == sorted(record.layouts())
    assert set(functions.values()) == arrangements
    assert set(re.findall(r"^settings_(\w+)\(\)", TEXT, re.M)) <= set(functions)


def test_an_unknown_layout_is_named_with_those_there_are() -> None:
    with pytest.raises(BootError, match="no layout nonsense") as raised:
        record.record(["plain_efi", "nonsense"])
    assert "lvm_on_raid1" in raised.value.hint


def test_a_file_system_is_described_as_bootpy_names_it(tmp_path: Path) -> None:
    folder = tmp_path / "sda2"
    folder.mkdir()
    (folder / "files").write_text("./boot/vmlinuz\n./boot/grub/grub.cfg\n")
    names = {"UUID": "u", "TYPE": "ext4", "ID_PART_ENTRY_NAME": "EFI\\x20System"}
    lines = record._volume(folder, names | {"ID_PART_ENTRY_SCHEME": "dos"})
    assert lines[0] == "[[volume]]"
    assert 'grub = "hd0,msdos2"' in lines
    assert 'partlabel = "EFI System"' in lines
    assert '    "/boot/vmlinuz",' in lines
    assert record._grub_name("dm-0", "") == ""
    assert record._grub_name("sdb1", "gpt") == "hd1,gpt1"


def test_kernel_install_is_recorded_on_file_systems_of_their_own() -> None:
    for variant in VARIANTS.values():
        assert "/efi" in variant.volumes
        assert "kernel-install add" in variant.script
