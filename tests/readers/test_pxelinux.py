"""PXELINUX: which of a server's files are read, what names in them mean, and what boots."""

from pathlib import Path

import pytest
from boot_trees import EFI, tree

from bootpy.entry import Configuration, File
from bootpy.policy.listing import merge
from bootpy.readers.reading import read_all
from bootpy.readers.syslinux.pxelinux import FOLDERS, MOST, read
from bootpy.volume import FolderVolume, Volumes

MENU = "DEFAULT one\nLABEL one\nKERNEL k\nAPPEND initrd=i\nLABEL two\nLOCALBOOT 0\n"


def server(folder: Path, files: dict[str, str | bytes]) -> list[Configuration]:
    volume = tree(folder, {"k": "kernel", "i": "initrd", **files})
    return read(volume, Volumes([volume]), EFI)


def test_the_default(tmp_path: Path) -> None:
    (found,) = server(tmp_path, {"pxelinux.cfg/default": MENU})
    assert (found.format, found.default) == ("pxelinux", "pxelinux:sda1:one")
    one, two = found.entries
    assert (one.format, one.kind, two.kind) == ("pxelinux", "linux", "local")
    assert one.kernel == File("sda1", "/k", exists=True)
    assert one.initrds == (File("sda1", "/i", exists=True),)
    assert one.cmdline_added == "BOOT_IMAGE=k"


def test_below_boot_names_are_taken_from_there(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"boot/pxelinux.cfg/default": MENU, "boot/k": "", "boot/i": ""}
    (found,) = server(tmp_path, files)
    assert found.entries[0].kernel == File("sda1", "/boot/k", exists=True)


ADDRESS = "01-88-99-aa-bb-cc-dd"
UUID = "b8945908-d6a6-41a9-611d-74a6ab80b83d"


def test_the_order_of_a_client_s_questions(tmp_path: Path) -> None:
    names = ["C0A8", "C0A8025B", "default", ADDRESS, UUID, "C", "default-arm-bcm283x"]
    others = ["c0a8", "default~", "README", "boot.msg", "C0A8025B0", ".hidden", "default.bak"]
    found = server(tmp_path, {f"pxelinux.cfg/{name}": MENU for name in names + others})
    assert [one.source.path.rpartition("/")[2] for one in found] == [
        "default",
        UUID,
        ADDRESS,
        "C0A8025B",
        "C0A8",
        "C",
        "default-arm-bcm283x",
    ]


def test_what_is_for_one_machine_boots_nothing_by_itself(tmp_path: Path) -> None:
    local = "DEFAULT local\nLABEL local\nLOCALBOOT 0\n"
    volume = tree(
        tmp_path,
        {"pxelinux.cfg/default": local, f"pxelinux.cfg/{ADDRESS}": MENU, "k": "", "i": ""},
    )
    listing = merge(read_all(Volumes([volume]), EFI))
    assert [entry.title for entry in listing.entries] == ["local", "one", "two"]
    assert listing.default == "pxelinux:sda1:local"
    assert [entry.default for entry in listing.entries] == [True, False, False]
    (alone,) = server(tmp_path / "b", {f"pxelinux.cfg/{UUID}": MENU})
    assert (alone.default, len(alone.entries)) == (None, 2)
    assert [(said.level, bool(said.hint)) for said in alone.diagnostics] == [("info", True)]


def test_a_server_of_very_many_machines(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"pxelinux.cfg/{number:08X}": MENU for number in range(MOST)}
    found = server(tmp_path, {**files, "pxelinux.cfg/default": MENU})
    assert len(found) == MOST
    assert found[0].source.path == "/pxelinux.cfg/default"
    assert "1 more" in found[0].diagnostics[-1].message


@pytest.mark.parametrize(
    ("name", "path", "url"),
    [
        ("images/k", "/boot/images/k", None),
        ("/images/k", "/boot/images/k", None),
        ("/top/k", "/top/k", None),
        ("/nowhere/k", "/boot/nowhere/k", None),
        ("./k", "/boot/k", None),
        ("::/top/k", "/top/k", None),
        ("::images/k", "/boot/images/k", None),
        ("::gone", "/gone", None),
        ("192.168.2.3::boot/k", None, "tftp://192.168.2.3/boot/k"),
        ("tftp.example.org::/boot/k", None, "tftp://tftp.example.org/boot/k"),
        ("http://h/k", None, "http://h/k"),
        ("HTTP://h/k", None, "HTTP://h/k"),
        (r"images\k", "/boot/images/k", None),
        ("../../../k", "/k", None),
    ],
)
def test_what_a_name_means(tmp_path: Path, name: str, path: str | None, url: str | None) -> None:
    text = f"LABEL a\nLINUX {name}\nINITRD {name}\n"
    files: dict[str, str | bytes] = {"boot/images/k": "", "top/k": "", "boot/k": ""}
    (found,) = server(tmp_path, {**files, "boot/pxelinux.cfg/default": text})
    (entry,) = found.entries
    assert entry.kernel is not None
    assert (entry.kernel.path, entry.kernel.url) == (path, url)
    assert entry.initrds == (entry.kernel,)
    assert entry.kernel.resolved


def test_includes_and_configurations_of_other_folders(tmp_path: Path) -> None:
    (found,) = server(
        tmp_path,
        {
            "pxelinux.cfg/default": (
                "UI menu.c32\nINCLUDE pxelinux.cfg/more\nINCLUDE 10.0.0.1::gone\n"
                "LABEL sub\nMENU LABEL Debian\nCONFIG ::debian/pxelinux.cfg/default\n"
                "APPEND debian/\nLABEL far\nCONFIG http://h/menu\n"
            ),
            "pxelinux.cfg/more": "LABEL more\nLINUX k\n",
            "debian/pxelinux.cfg/default": "DEFAULT d\nLABEL d\nLINUX linux\n",
            "debian/linux": "kernel",
        },
    )
    assert [entry.path for entry in found.entries] == [("more",), ("Debian", "d")]
    assert found.entries[1].kernel == File("sda1", "/debian/linux", exists=True)
    assert [(said.level, said.source and said.source.line) for said in found.diagnostics] == [
        ("warning", 3),
        ("error", 9),
    ]


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        ("1", ["ip="]),
        ("3", ["ip=", "BOOTIF="]),
        ("0x6", ["BOOTIF=", "SYSUUID="]),
        ("010", ["CPU="]),
        ("0", []),
    ],
)
def test_what_the_network_would_have_added(tmp_path: Path, mask: str, told: list[str]) -> None:
    text = f"LABEL a\nLINUX k\nIPAPPEND {mask}\n"
    (found,) = server(tmp_path, {"pxelinux.cfg/default": text})
    said = [one for one in found.diagnostics if "would be added" in one.message]
    assert [one.message.split(" of the")[0] for one in said] == ([", ".join(told)] if told else [])
    assert found.entries[0].cmdline_added == "BOOT_IMAGE=k"


def test_two_servers_trees_on_one_disk(tmp_path: Path) -> None:
    found = server(tmp_path, {f"{folder}/default": MENU for folder in FOLDERS})
    assert [one.source.path for one in found] == [f"{folder}/default" for folder in FOLDERS]


def test_a_file_in_the_folder_s_place(tmp_path: Path) -> None:
    assert server(tmp_path, {"pxelinux.cfg": MENU}) == []
    volume = FolderVolume(str(tmp_path / "nothing"), name="x")
    assert read(volume, Volumes([volume]), EFI) == []
