"""Boot Loader Specification entries: keys, files, menus of one and of two volumes."""

from pathlib import Path

import pytest
from boot_trees import EFI, tree

from bootpy.diagnostics import Source
from bootpy.entry import Configuration, File, Host, Tries
from bootpy.readers.bls import entry_files, parse, read
from bootpy.readers.bls_fields import Field
from bootpy.volume import FolderVolume, Volumes

DATA = Path(__file__).parent / "data"


def one(volume: FolderVolume, host: Host = EFI) -> Configuration:
    (found,) = read(volume, Volumes([volume]), host)
    return found


def entry_tree(folder: Path, text: str | bytes, name: str = "a.conf") -> FolderVolume:
    return tree(folder, {f"loader/entries/{name}": text, "vmlinuz": "k", "initrd": "i"})


def test_what_kernel_install_wrote() -> None:
    volume = FolderVolume(str(DATA / "kernel-install"), name="vda1")
    found = one(volume)
    new, old = found.entries
    assert not found.diagnostics
    assert (found.default, found.timeout) == (new.id, None)
    assert (new.default, old.default) == (True, False)
    assert new.version == "6.1.0-10-amd64"
    assert new.tries == Tries(3, 0)
    assert new.id == "bls:vda1:debian-6.1.0-10-amd64"
    assert new.source == Source("vda1", "/loader/entries/debian-6.1.0-10-amd64+3.conf")
    assert new.kernel == File("vda1", "/debian/6.1.0-10-amd64/linux", exists=True)
    assert new.initrds == (
        File("vda1", "/debian/6.1.0-10-amd64/initrd.img-6.1.0-10-amd64", exists=True),
    )
    assert new.cmdline == "root=UUID=6bdb0a5a-1f5c-4c3c-9d35-0123456789ab ro quiet"
    assert new.cmdline_added == r"initrd=\debian\6.1.0-10-amd64\initrd.img-6.1.0-10-amd64"
    assert old.tries is None
    # Equal titles are told apart by the version, as systemd-boot does.
    assert new.title == "Debian GNU/Linux 12 (bookworm) (6.1.0-10-amd64)"
    (write,) = found.writes
    assert write.path == new.source.path
    assert write.variables == (("name", "debian-6.1.0-10-amd64+2-1.conf"),)


def test_every_key(tmp_path: Path) -> None:
    text = (
        "# comment\r\n\n"
        "title\t\tA  title\r\n"
        "version 6.1\n"
        "machine-id 4098b3f648d74c13b1f04ccfba7798e8\n"
        "sort-key debian\n"
        "linux /vmlinuz\n"
        "initrd ucode.img\n"
        "initrd\t/initrd\n"
        "options root=/dev/sda2  quiet \n"
        'options\tdyndbg="file a.c +p"\n'
        "devicetree /board.dtb\n"
        "devicetree-overlay /a.dtbo  b.dtbo\n"
        "architecture X64\n"
        "extra /x.addon.efi\n"
    )
    files: dict[str, str | bytes] = {"loader/entries/a.conf": text}
    names = ("vmlinuz", "ucode.img", "initrd", "board.dtb", "a.dtbo", "b.dtbo", "x.addon.efi")
    files |= dict.fromkeys(names, "x")
    found = one(tree(tmp_path, files))
    (entry,) = found.entries
    assert not found.diagnostics
    assert (entry.title, entry.path, entry.version) == ("A  title", ("A  title",), "6.1")
    assert entry.kind == "linux"
    assert [file.path for file in entry.initrds] == ["/ucode.img", "/initrd"]
    assert entry.cmdline == 'root=/dev/sda2  quiet dyndbg="file a.c +p"'
    assert entry.cmdline_added == r"initrd=ucode.img initrd=\initrd"
    assert entry.devicetree == File("sda1", "/board.dtb", exists=True)
    assert [file.path for file in entry.overlays] == ["/a.dtbo", "/b.dtbo"]
    assert entry.architecture == "X64"
    assert [file.path for file in entry.extras] == ["/x.addon.efi"]


def test_parse_keeps_order_and_says_lines() -> None:
    fields, said = parse("\n options a\nfoo\tb c\nTitle x\nlinux\n", Source("v", "/e.conf"))
    assert fields == [Field("options", "a", 2), Field("foo", "b c", 3), Field("Title", "x", 4)]
    assert [(one.level, one.source) for one in said] == [
        ("info", Source("v", "/e.conf", 3)),
        ("info", Source("v", "/e.conf", 4)),
        ("info", Source("v", "/e.conf", 5)),
    ]
    assert "title" in said[1].hint


@pytest.mark.parametrize(
    ("line", "cmdline"),
    [
        ('options "root=/dev/sda1 quiet"', "root=/dev/sda1 quiet"),
        ('options "a b" c "d"', '"a b" c "d"'),
        (r"options a\x20b", r"a\x20b"),
        ("options", ""),
        ("options \u00a0a", "\u00a0a"),
    ],
)
def test_options_are_handed_over_as_written(tmp_path: Path, line: str, cmdline: str) -> None:
    (entry,) = one(entry_tree(tmp_path, f"linux /vmlinuz\n{line}\n")).entries
    assert entry.cmdline == cmdline


@pytest.mark.parametrize(
    ("line", "kind", "kernel"),
    [
        ("efi /EFI/tool.efi", "efi", File("sda1", "/EFI/tool.efi", exists=True)),
        ("uki /EFI/Linux/a.efi", "uki", File("sda1", "/EFI/Linux/a.efi", exists=True)),
        (r"efi \EFI\tool.efi", "efi", File("sda1", "/EFI/tool.efi", exists=True)),
        ("uki-url http://h/a.efi", "uki", File(None, None, url="http://h/a.efi")),
        ("uki-url :a.efi", "unsupported", None),
        ("linux ../..//./vmlinuz", "linux", File("sda1", "/vmlinuz", exists=True)),
    ],
)
def test_what_an_entry_starts(tmp_path: Path, line: str, kind: str, kernel: File | None) -> None:
    files: dict[str, str | bytes] = {"loader/entries/a.conf": f"{line}\nprofile 2\n"}
    files |= {"EFI/tool.efi": "x", "EFI/Linux/a.efi": "x", "vmlinuz": "x"}
    (entry,) = one(tree(tmp_path, files)).entries
    assert (entry.kind, entry.kernel, entry.profile) == (kind, kernel, 2)


def test_two_things_to_start_are_shown_but_not_booted(tmp_path: Path) -> None:
    found = one(entry_tree(tmp_path, "linux /vmlinuz\nefi /x.efi\n"))
    assert found.entries[0].kind == "unsupported"
    assert [(said.level, said.source and said.source.line) for said in found.diagnostics] == [
        ("error", 1)
    ]


def test_nothing_to_start_loses_that_entry_only(tmp_path: Path) -> None:
    volume = tree(
        tmp_path,
        {
            "loader/entries/a.conf": "title A\noptions x\n",
            "loader/entries/b.conf": b"\xff\xfe\x00\x00garbage",
            "loader/entries/c.conf": "linux /vmlinuz\n",
            "vmlinuz": "k",
        },
    )
    (tmp_path / "loader/entries/d.conf").mkdir()
    found = one(volume)
    assert [entry.title for entry in found.entries] == ["c.conf"]
    lost = {said.source.path for said in found.diagnostics if said.source and said.level == "error"}
    assert lost == {"/loader/entries/a.conf", "/loader/entries/b.conf"}


def test_missing_files_keep_the_entry(tmp_path: Path) -> None:
    found = one(entry_tree(tmp_path, "title T\nlinux /gone\ninitrd /initrd\ninitrd /loader\n"))
    (entry,) = found.entries
    assert entry.kernel == File("sda1", "/gone", exists=False)
    assert [file.exists for file in entry.initrds] == [True, False]
    assert entry.default
    said = [(one.level, one.source and one.source.line, one.message) for one in found.diagnostics]
    assert said == [
        ("error", 2, "kernel /gone is not on volume sda1"),
        ("error", 4, "initrd /loader is a folder"),
    ]
    assert all(one.hint for one in found.diagnostics)


def test_an_entry_without_its_kernel_is_no_default_beside_others(tmp_path: Path) -> None:
    volume = tree(
        tmp_path,
        {
            "loader/entries/b.conf": "linux /gone\n",
            "loader/entries/a.conf": "linux /vmlinuz\n",
            "vmlinuz": "k",
        },
    )
    found = one(volume)
    assert [entry.title for entry in found.entries] == ["b.conf", "a.conf"]
    assert found.default == "bls:sda1:a"


@pytest.mark.parametrize(
    ("architecture", "machine", "listed"),
    [
        ("x64", "x86_64", True),
        ("X64", "x86_64", True),
        ("aa64", "x86_64", False),
        ("AA64", "aarch64", True),
        ("IA32", "i686", True),
        ("ia32", "x86_64", False),
        ("ARM", "armv7l", True),
        ("riscv64", "riscv64", True),
        ("ppc64le", "ppc64le", True),
    ],
)
def test_entries_for_other_architectures(
    tmp_path: Path, architecture: str, machine: str, listed: bool
) -> None:
    volume = entry_tree(tmp_path, f"linux /vmlinuz\narchitecture {architecture}\n")
    found = one(volume, Host("efi", machine))
    assert bool(found.entries) == listed
    if not listed:
        (said,) = found.diagnostics
        assert said.level == "info"
        assert said.source == Source("sda1", "/loader/entries/a.conf", 2)


def test_every_architecture_key_counts(tmp_path: Path) -> None:
    volume = entry_tree(tmp_path, "architecture aa64\nlinux /vmlinuz\narchitecture x64\n")
    assert not one(volume).entries


def test_variables_of_grub_are_pointed_out(tmp_path: Path) -> None:
    text = "linux /vmlinuz\ninitrd /initrd $tuned_initrd\noptions $kernelopts quiet\n"
    found = one(entry_tree(tmp_path, text))
    (entry,) = found.entries
    assert [file.path for file in entry.initrds] == ["/initrd"]
    assert entry.cmdline == "$kernelopts quiet"
    assert {said.source.line for said in found.diagnostics if said.source} == {2, 3}


def test_text_that_is_not_quite_utf_8(tmp_path: Path) -> None:
    found = one(entry_tree(tmp_path, b"\xef\xbb\xbftitle \xc4rger\nlinux /vmlinuz\n\0options x"))
    (entry,) = found.entries
    assert (entry.title, entry.cmdline) == ("�rger", "")
    assert {(said.level, said.source and said.source.line) for said in found.diagnostics} == {
        ("warning", 1),
        ("warning", 3),
    }


def test_which_files_are_entries(tmp_path: Path) -> None:
    names = ("b.conf", "A.CONF", ".hidden.conf", "auto-windows.conf", "c.conf.bak", "d")
    volume = tree(tmp_path, {f"loader/entries/{name}": "x" for name in names})
    assert entry_files(volume, "/loader/entries") == ["A.CONF", "b.conf"]


def test_both_folders_of_a_volume(tmp_path: Path) -> None:
    volume = tree(
        tmp_path,
        {
            "loader/entries/a.conf": "linux /k\n",
            "boot/loader/entries/b.conf": "linux /boot/k\n",
            "boot/loader/loader.conf": "timeout 4\n",
            "k": "",
            "boot/k": "",
        },
    )
    found = read(volume, Volumes([volume]), EFI)
    assert [(one.source.path, one.default, one.timeout) for one in found] == [
        ("/loader", "bls:sda1:a", None),
        ("/boot/loader/loader.conf", "bls:sda1:b", 4.0),
    ]


def two_volumes(tmp_path: Path, names: tuple[str, str]) -> tuple[FolderVolume, FolderVolume]:
    esp = tree(
        tmp_path / "esp",
        {
            "loader/loader.conf": "default old*\ntimeout 2\n",
            "loader/entries/new.conf": "title new\nlinux /k\nsort-key a\n",
            "k": "",
        },
        name=names[0],
    )
    boot = tree(
        tmp_path / "boot",
        {"loader/entries/old.conf": "title old\nlinux /k\nsort-key a\n", "k": ""},
        name=names[1],
    )
    return esp, boot


@pytest.mark.parametrize("names", [("sda1", "sda2"), ("nvme0n1p1", "nvme0n1p3"), ("esp", "boot")])
def test_esp_and_xbootldr_are_one_menu(tmp_path: Path, names: tuple[str, str]) -> None:
    esp, boot = two_volumes(tmp_path, names)
    for order in ([esp, boot], [boot, esp]):
        volumes = Volumes(order)
        (found,) = read(esp, volumes, EFI)
        assert read(boot, volumes, EFI) == []
        assert [entry.title for entry in found.entries] == ["old", "new"]
        assert found.default == f"bls:{names[1]}:old"
        assert found.entries[0].kernel == File(names[1], "/k", exists=True)
        assert found.source == Source(names[0], "/loader/loader.conf")


def test_another_disk_s_entries_are_a_menu_of_their_own(tmp_path: Path) -> None:
    esp, other = two_volumes(tmp_path, ("sda1", "sdb2"))
    volumes = Volumes([esp, other])
    (of_esp,) = read(esp, volumes, EFI)
    (of_other,) = read(other, volumes, EFI)
    assert of_esp.default == "bls:sda1:new"
    assert of_other.default == "bls:sdb2:old"


def test_titles_are_told_apart(tmp_path: Path) -> None:
    machines = ("1" * 32, "2" * 32)
    entries = {
        "a": "title T\nversion 1\n",
        "b": "title T\nversion 2\n",
        "c": f"title U\nversion 1\nmachine-id {machines[0]}\n",
        "d": f"title U\nversion 1\nmachine-id {machines[1]}\n",
        "e": "title V\n",
        "f": "title V\n",
        "g": "title W\nversion 1\n",
    }
    files: dict[str, str | bytes] = {
        f"loader/entries/{name}.conf": f"{text}linux /k\n" for name, text in entries.items()
    }
    found = one(tree(tmp_path, {**files, "k": ""}))
    assert [entry.title for entry in reversed(found.entries)] == [
        "T (1)",
        "T (2)",
        "U (1) (11111111)",
        "U (1) (22222222)",
        "V (e.conf)",
        "V (f.conf)",
        "W",
    ]


def test_an_entry_without_a_title_shows_its_file_name(tmp_path: Path) -> None:
    (entry,) = one(entry_tree(tmp_path, "linux /vmlinuz\n", "deb-6.1+2-1.conf")).entries
    assert entry.title == "deb-6.1.conf"


def test_names_that_differ_by_counters_alone(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = dict.fromkeys(
        ("loader/entries/d+3.conf", "loader/entries/d.conf"), "title T\nlinux /k\n"
    )
    found = one(tree(tmp_path, {**files, "k": ""}))
    assert len({entry.title for entry in found.entries}) == 2


def test_other_semantics_are_pointed_out(tmp_path: Path) -> None:
    volume = entry_tree(tmp_path, "linux /vmlinuz\n")
    marker = tmp_path / "loader/entries.srel"
    marker.write_text("type1\n")
    assert not one(volume).diagnostics
    marker.write_text("something-else\n")
    (said,) = one(volume).diagnostics
    assert (said.level, said.source) == ("warning", Source("sda1", "/loader/entries.srel", 1))


def test_a_volume_without_entries_has_no_configuration(tmp_path: Path) -> None:
    volume = tree(tmp_path, {"loader/random-seed": "x"})
    assert read(volume, Volumes([volume]), EFI) == []


def test_one_folder_under_two_names_is_read_once(tmp_path: Path) -> None:
    volume = tree(tmp_path, {"/loader.1/entries/a.conf": "title a\nlinux /k\n", "/k": ""})
    (tmp_path / "loader").symlink_to("loader.1")
    (tmp_path / "boot").symlink_to(".")
    found = read(volume, Volumes([volume]), EFI)
    assert [entry.source.path for one in found for entry in one.entries] == [
        "/loader/entries/a.conf"
    ]


def test_two_folders_that_differ_are_both_read(tmp_path: Path) -> None:
    entries: dict[str, str | bytes] = {
        f"{folder}/loader/entries/a.conf": f"title {folder}\nlinux /k\n" for folder in ("", "/boot")
    }
    entries["/k"] = ""
    volume = tree(tmp_path, entries)
    found = read(volume, Volumes([volume]), EFI)
    assert len(found) == 2
