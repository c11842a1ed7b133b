"""Commands beside the language: what they answer, and what entries make of them."""

import struct
from pathlib import Path

import pytest
from boot_trees import EFI, PC, tree

from bootpy.entry import Configuration, Entry, Host
from bootpy.readers.grub import desk
from bootpy.readers.grub.reader import read
from bootpy.volume import Volumes

FILES: dict[str, str | bytes] = {
    "f": "x\n",
    "g": "x\n",
    "longer": "xy\n",
    "s": "echo sourced\nset v=1\n",
    "boot/grub/grubenv": "# GRUB Environment Block\nsaved_entry=two\n" + "#" * 983,
}


def printed(folder: Path, script: str, host: Host = EFI) -> str:
    volume = tree(folder, FILES, name="sda1")
    volume.uuid, volume.label, volume.grub = "ab-12", "ROOT", "hd0,gpt2"
    volume.partuuid = "6bdb0a5a-1f5c-4c3c-9d35-2f1f7f3f6a10"
    other = tree(folder / "other", {"f": ""}, name="sdb1")
    done = desk.run(script.encode(), "s", Volumes([volume, other]), host)
    assert done.problems == ()
    return done.printed.decode()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("probe -u sda1", "ab-120\n"),
        ("probe --label (hd0,gpt2)", "ROOT0\n"),
        ("probe --part-uuid --set=x sda1", "0\n"),
        ("probe --partmap sda1", "gpt0\n"),
        ("probe --partmap sdb1", "none0\n"),
        ("probe -d sda1", "efidisk0\n"),
        ("probe --fs sda1", "8\n"),
        ("probe -u sdb1", "24\n"),
        ("probe sda1", "18\n"),
        ("probe -u nodisk", "12\n"),
        ("search -f /f", " hd0,gpt2 sdb10\n"),
        ("search -f /longer", " hd0,gpt20\n"),
        ("search -f /none", "5\n"),
        ("search /f", "17\n"),
        ("search.file /longer", " hd0,gpt20\n"),
        ("search.fs_label ROOT v --hint hd7; echo -n $v", "hd0,gpt20\n"),
        ("cmp /f /g", "Compare file `/f' with `/g':\nThe files are identical.\n0\n"),
        ("cmp /f /longer", "Compare file `/f' with `/longer':\n"
         "Files differ in size: 2 [/f], 3 [/longer]\n0\n"),
        ("md5sum /f", "401b30e3b8b5d629635a5c613cdb7919  /f\n0\n"),
        ("crc /f", "46ea081f  /f\n0\n"),
        ("hashsum -h sha1 /none", "5\n"),
        ("smbios --type 0 --get-string 5 --set=x", "5\n"),
        ("read x; echo -n \"<$x>\"", "<>0\n"),
        ("sleep", "18\n"),
        ("sleep x", "0\n"),
        ("load_env; echo -n $saved_entry; false", "two1\n"),
        ("load_env other; echo -n \"$saved_entry\"", "0\n"),
        ("list_env", "saved_entry=two\n0\n"),
        ("source /none", "0\n"),
        ("configfile /s; echo -n \"$v\"", "sourced\n0\n"),
        ("source /s; echo -n $v", "sourced\n10\n"),
        ("legacy_source /none", "5\n"),
        ("syslinux_configfile", "18\n"),
        ("menuentry { true; }", "27\n"),
        ("menuentry x", "18\n"),
        ("echo -u", "Usage: echo [-e|-n] STRING\n0\n"),
        ("tr -D a b ab", "bb\n0\n"),
        ("tr \u00e9 ab \u00e9", "ab\n0\n"),
        ("gettext hi", "hi\n0\n"),
    ],
)  # fmt: skip
def test_answers(tmp_path: Path, script: str, expected: str) -> None:
    assert printed(tmp_path, script + "; echo $?") == expected


def configuration(folder: Path, text: str, files: dict[str, str | bytes]) -> Configuration:
    volume = tree(folder, {"grub.cfg": text, **files}, name="sda1")
    return read(volume, Volumes([volume]), EFI)[0]


def entry(folder: Path, body: str, files: dict[str, str | bytes] | None = None) -> Entry:
    (only,) = configuration(folder, "menuentry E {\n" + body + "\n}\n", files or {}).entries
    return only


def test_a_file_that_is_to_be_wrapped(tmp_path: Path) -> None:
    text = "menuentry E {\nlinux /k\ninitrd newc:etc/key:/key /i\n}\n"
    found = configuration(tmp_path, text, {"k": "", "key": "", "i": ""})
    initrds = [(file.path, file.archived_as) for file in found.entries[0].initrds]
    assert initrds == [("/key", "etc/key"), ("/i", "")]
    assert found.diagnostics == ()


@pytest.mark.parametrize("last", ["exit", "halt", "reboot", "boot"])
def test_nothing_runs_after_the_machine_is_left(tmp_path: Path, last: str) -> None:
    found = entry(tmp_path, f"linux /a\n{last}\nlinux /b")
    assert found.kernel is None or found.kernel.path == "/a"


def test_an_exit_in_the_file_costs_no_entry(tmp_path: Path) -> None:
    text = "menuentry A { linux /a }\nexit\nmenuentry B { linux /b }\n"
    assert [one.title for one in configuration(tmp_path, text, {}).entries] == ["A", "B"]


def program(*sections: str) -> bytes:
    """A PE file for x86-64 with these sections, and nothing in them."""
    headers = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, len(sections), 0, 0, 0, 0, 0)
    for name in sections:
        headers += struct.pack("<8sIIIIIIHHI", name.encode(), 0, 0, 0, 0, 0, 0, 0, 0, 0)
    return b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + headers


UKI = program(".linux", ".cmdline")
OTHER = program(".text")


def test_chainloader_to_a_unified_kernel_image(tmp_path: Path) -> None:
    found = entry(tmp_path, "chainloader /EFI/Linux/u.efi quiet", {"EFI/Linux/u.efi": UKI})
    assert (found.kind, found.cmdline) == ("uki", "quiet")


def test_chainloader_to_a_kernel(tmp_path: Path) -> None:
    kernel = OTHER.ljust(0x202, b"\0") + b"HdrS"
    files: dict[str, str | bytes] = {"vmlinuz.efi": kernel, "i": ""}
    found = entry(tmp_path, "chainloader /vmlinuz.efi root=x initrd=\\\\i ro", files)
    assert (found.kind, found.cmdline) == ("linux", "root=x ro")
    assert [file.path for file in found.initrds] == ["/i"]


@pytest.mark.parametrize("target", ["EFI/fedora/shimx64.efi", "EFI/fedora/grubx64.efi"])
def test_chainloader_to_another_grub_shows_its_menu(tmp_path: Path, target: str) -> None:
    files: dict[str, str | bytes] = {
        target: OTHER,
        "EFI/fedora/grub.cfg": "set timeout=1\nmenuentry F { linux $prefix/k x=$outer }\n",
    }
    text = f"set outer=1\nmenuentry 'To Fedora' {{ chainloader /{target} }}\n"
    (found,) = configuration(tmp_path, text, files).entries
    assert found.path == ("To Fedora", "F")
    assert found.kernel is not None
    assert found.kernel.path == "/EFI/fedora/k"
    assert found.cmdline == "x="


def test_chainloader_to_systemd_boot_shows_its_entries(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "EFI/systemd/systemd-bootx64.efi": OTHER,
        "loader/entries/a.conf": "title A\nlinux /a\n",
    }
    found = entry(tmp_path, "chainloader /EFI/systemd/systemd-bootx64.efi", files)
    assert (found.path, found.format) == (("E", "A"), "bls")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("/EFI/Microsoft/Boot/bootmgfw.efi", "starts the Windows boot manager"),
        ("/EFI/x/grubx64.efi", "no grub.cfg is beside it"),
        ("/EFI/tools/thing.efi", "starts the EFI program /EFI/tools/thing.efi"),
        ("/EFI/loop/grubx64.efi", "leads back to this menu"),
    ],
)
def test_chainloader_to_what_only_firmware_starts(tmp_path: Path, target: str, why: str) -> None:
    text = f"menuentry E {{\nchainloader {target}\n}}\n"
    files: dict[str, str | bytes] = {target: OTHER, "EFI/loop/grub.cfg": text}
    found = configuration(tmp_path, text, files)
    assert [one.kind for one in found.entries] == ["efi"]
    assert any(why in one.message for one in found.diagnostics)


@pytest.mark.parametrize("body", ["chainloader +1", "chainloader (hd0,1)+1", "ntldr /bootmgr"])
def test_boot_sectors_stay_unsupported(tmp_path: Path, body: str) -> None:
    volume = tree(tmp_path, {"grub.cfg": f"menuentry E {{\n{body}\n}}\n"}, name="sda1")
    (found,) = read(volume, Volumes([volume]), PC)
    assert found.entries[0].kind == "unsupported"
    assert found.diagnostics


@pytest.mark.parametrize("command", ["syslinux_configfile", "extract_syslinux_entries_configfile"])
def test_a_syslinux_menu_is_shown_in_the_entry(tmp_path: Path, command: str) -> None:
    files: dict[str, str | bytes] = {
        "isolinux/isolinux.cfg": "default b\nlabel a\nkernel /a\nlabel b\nkernel /b\nappend q\n"
    }
    found = configuration(tmp_path, f"menuentry E {{ {command} /isolinux/isolinux.cfg }}\n", files)
    assert [one.path for one in found.entries] == [("E", "a"), ("E", "b")]
    assert found.entries[1].cmdline == "q"
    assert found.default == found.entries[1].id


def test_a_syslinux_menu_joins_the_current_one(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"isolinux/isolinux.cfg": "label a\nkernel /a\n"}
    text = "menuentry E { linux /k }\nsyslinux_source /isolinux/isolinux.cfg\n"
    found = configuration(tmp_path, text, files)
    assert [one.path for one in found.entries] == [("E",), ("a",)]
    assert found.default == found.entries[0].id


@pytest.mark.parametrize(
    ("options", "kinds"),
    [("--hotkey=a", 1), ("--users root", 1), ("--unrestricted", 1), ("--class a --class b", 1)],
)
def test_options_of_entries(tmp_path: Path, options: str, kinds: int) -> None:
    text = f"menuentry E {options} --id e {{ linux /k }}\n"
    found = configuration(tmp_path, text, {})
    assert [one.id for one in found.entries] == ["grub:sda1:e"] * kinds


def test_a_hidden_entry_is_listed(tmp_path: Path) -> None:
    found = configuration(tmp_path, "hiddenentry E --hotkey=h { linux /k }\n", {})
    assert [one.kind for one in found.entries] == ["linux"]


def test_the_saved_and_the_next_entry(tmp_path: Path) -> None:
    environment = "# GRUB Environment Block\nsaved_entry=a\nnext_entry=b\n"
    text = (
        "load_env\nset default=$saved_entry\n"
        "if [ $next_entry ]; then\n"
        "  set default=$next_entry; set next_entry=; save_env next_entry\n"
        "fi\n"
        "menuentry A --id a { linux /a }\nmenuentry B --id b { linux /b }\n"
    )
    found = configuration(tmp_path, text, {"grubenv": environment.ljust(1024, "#")})
    assert found.default == "grub:sda1:b"
    assert found.writes[0].variables == (("next_entry", ""),)
