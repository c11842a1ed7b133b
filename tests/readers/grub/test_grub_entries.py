"""What entries, menus and defaults come to."""

from pathlib import Path

import pytest

from bootpy.entry import Configuration, Entry, File, Host
from bootpy.readers.grub.reader import find, read
from bootpy.volume import FolderVolume, Volumes

EFI, PC = Host("efi", "x86_64"), Host("pc", "x86_64")


def read_text(
    folder: Path, text: str, *others: FolderVolume, host: Host = EFI, grub: str = ""
) -> Configuration:
    folder.mkdir(exist_ok=True)
    (folder / "grub.cfg").write_text(text)
    volume = FolderVolume(str(folder), name="sda1", uuid="aaaa", grub=grub)
    (configuration,) = read(volume, Volumes([volume, *others]), host)
    return configuration


def entry(folder: Path, body: str, *others: FolderVolume, host: Host = EFI) -> Entry:
    (only,) = read_text(
        folder, "menuentry E {\n" + body + "\n}\n", *others, host=host, grub="hd0,gpt1"
    ).entries
    return only


@pytest.mark.parametrize(
    ("written", "cmdline"),
    [
        ("a  b\tc", "a b c"),
        ("'a b' c", '"a b" c'),
        ("x=\"a b\"", '"x=a b"'),
        (r"""a\"b 'c"d' e\'f""", r"""a\"b c\"d e\'f"""),
        (r"'a\b'", r"a\\b"),
        (r"inst.stage2=hd:LABEL=Fedora\x20Live", r"inst.stage2=hd:LABEL=Fedora\x20Live"),
        ("''", ""),
        ("$nothing a", "a"),
        ("dyndbg=\\\"file x +p\\\"", r"""dyndbg=\"file x +p\""""),
    ],
)  # fmt: skip
def test_cmdline_as_the_kernel_gets_it(tmp_path: Path, written: str, cmdline: str) -> None:
    assert entry(tmp_path, f"linux /k {written}").cmdline == cmdline


def test_files_by_device(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("")
    found = entry(tmp_path, "linux (hd0,gpt1)/k\ninitrd (hd0,1)/k (sda1)/k ($root)/no (hd7,gpt2)/i")
    assert found.kernel == File("sda1", "/k", exists=True)
    assert found.cmdline_added == "BOOT_IMAGE=(hd0,gpt1)/k"
    assert found.initrds == (
        File("sda1", "/k", exists=True),
        File("sda1", "/k", exists=True),
        File("sda1", "/no", exists=False),
        File(None, "/i", wanted="hd7,gpt2"),
    )


def test_files_by_url(tmp_path: Path) -> None:
    found = entry(tmp_path, "linux (http,192.0.2.1:8080)/k\ninitrd (tftp,boot.example)/i")
    assert found.kernel is not None
    assert found.kernel.url == "http://192.0.2.1:8080/k"
    assert found.kernel.resolved
    assert found.initrds[0].url == "tftp://boot.example/i"


@pytest.mark.parametrize(
    ("search", "volume"),
    [
        ("search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt2 BBBB", "sdb1"),
        ("search --label --set root DATA", "sdb1"),
        ("search --file --set /only-here", "sdb1"),
        ("search -s -f /both --hint sdb1", "sdb1"),
        ("search -s -f /both", "sda1"),
        ("search.fs_uuid bbbb root hd0,gpt9", "sdb1"),
        ("search.fs_label DATA root", "sdb1"),
        ("search.file /only-here root", "sdb1"),
        ("search --set=other --label DATA\nset root=$other", "sdb1"),
    ],
)
def test_search(tmp_path: Path, search: str, volume: str) -> None:
    second = tmp_path / "b"
    second.mkdir()
    (second / "only-here").write_text("")
    (second / "both").write_text("")
    (tmp_path / "a").mkdir()
    (tmp_path / "a/both").write_text("")
    other = FolderVolume(str(second), name="sdb1", uuid="bbbb", label="DATA")
    kernel = entry(tmp_path / "a", f"{search}\nlinux /k", other).kernel
    assert kernel is not None
    assert kernel.volume == volume


@pytest.mark.parametrize(
    ("search", "wanted"),
    [
        ("search --fs-uuid --set=root cccc", "UUID=cccc"),
        ("set root='hd0,gpt2'\nsearch --fs-uuid --set=root cccc", "UUID=cccc"),
        ("search --label --set=root BACKUP", "LABEL=BACKUP"),
        ("search --file --set=root /nowhere", "/nowhere"),
        ("set root=hd3,msdos1", "hd3,msdos1"),
        ("search --label --set=root X\nset root=hd3,1", "hd3,1"),
    ],
)
def test_what_is_not_there_is_wanted(tmp_path: Path, search: str, wanted: str) -> None:
    found = entry(tmp_path, f"{search}\nlinux /k\ninitrd /i")
    assert found.kernel == File(None, "/k", wanted=wanted)
    assert found.initrds == (File(None, "/i", wanted=wanted),)
    assert found.kind == "linux"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("chainloader /EFI/Microsoft/Boot/bootmgfw.efi", "efi"),
        ("chainloader +1", "unsupported"),
        ("reboot", "action"),
        ("halt", "action"),
        ("fwsetup", "action"),
        ("exit", "local"),
        ("true", "unsupported"),
        ("multiboot /xen", "multiboot"),
        ("multiboot2 /xen", "multiboot2"),
        ("xen_hypervisor /xen", "multiboot2"),
        ("linux16 /k", "linux"),
        ("linuxefi /k\ninitrdefi /i", "linux"),
        ("kfreebsd /k", "unsupported"),
    ],
)
def test_kinds(tmp_path: Path, body: str, kind: str) -> None:
    assert entry(tmp_path, body).kind == kind


def test_xen_with_its_modules(tmp_path: Path) -> None:
    found = entry(
        tmp_path, "multiboot2 /xen.gz dom0_mem=1G\nmodule2 /k root=x ro\nmodule2 --nounzip /i"
    )
    assert found.cmdline == "dom0_mem=1G"
    assert [(module.file.path, *module[1:]) for module in found.modules] == [
        ("/k", "root=x ro", False),
        ("/i", "", True),
    ]


def test_a_submenu_knows_exported_variables_only(tmp_path: Path) -> None:
    text = (
        "a=1; export b; b=2\n"
        "menuentry T { linux /k a=$a b=$b }\n"
        "submenu S { c=3\n menuentry I { linux /k a=$a b=$b c=$c chosen=$chosen } }\n"
        "a=late\n"
    )
    entries = read_text(tmp_path, text).entries
    assert [one.cmdline for one in entries] == ["a=late b=2", "a= b=2 c=3 chosen=S>I"]


def test_ids_are_unique_and_titles_without_hot_key_marks(tmp_path: Path) -> None:
    text = "menuentry '^Same' --id x {\ntrue\n}\n" * 3 + "menuentry 'a>b' {\ntrue\n}\n"
    entries = read_text(tmp_path, text).entries
    assert [one.id for one in entries] == [
        "grub:sda1:x", "grub:sda1:x#2", "grub:sda1:x#3", "grub:sda1:a>>b",
    ]  # fmt: skip
    assert [one.title for one in entries] == ["Same", "Same", "Same", "a>b"]


MENU = """
menuentry 'One' --id one { linux /1 }
submenu 'More' --id more {
    menuentry 'Two' --id two { linux /2 }
    menuentry 'Three' --id three { linux /3 }
}
menuentry 'Four words long' --class x --hotkey=f { linux /4 }
"""


@pytest.mark.parametrize(
    ("default", "kernel"),
    [
        ("0", "/1"), ("2", "/4"), ("one", "/1"), ("One", "/1"), ("'Four words long'", "/4"),
        ("1", "/2"), ("'1>1'", "/3"), ("'more>three'", "/3"), ("'More>Three'", "/3"),
        ("'more>1'", "/3"), ("99", "/1"), ("nonsense", "/1"), ("", "/1"),
    ],
)  # fmt: skip
def test_default(tmp_path: Path, default: str, kernel: str) -> None:
    configuration = read_text(tmp_path, MENU + f"set default={default}\n")
    (chosen,) = [one for one in configuration.entries if one.default]
    assert chosen.id == configuration.default
    assert chosen.kernel is not None
    assert chosen.kernel.path == kernel


@pytest.mark.parametrize(
    ("line", "timeout"),
    [
        ("", -1), ("set timeout=5", 5), ("set timeout=0", 0), ("set timeout=-1", -1),
        ("set timeout=", -1), ("timeout=0x10", 16), ("set timeout=7s", 7),
        ("set timeout_style=hidden; set timeout=3", 3),
    ],
)  # fmt: skip
def test_timeout(tmp_path: Path, line: str, timeout: float) -> None:
    assert read_text(tmp_path, MENU + line + "\n").timeout == timeout


def test_fallback(tmp_path: Path) -> None:
    configuration = read_text(tmp_path, MENU + "set fallback='2 1'\n")
    assert configuration.fallbacks == ("grub:sda1:Four words long", "grub:sda1:more>two")


def test_a_password_keeps_the_default_from_booting_by_itself(tmp_path: Path) -> None:
    text = (
        "set superusers=root\nmenuentry A { linux /a }\nmenuentry B --unrestricted { linux /b }\n"
    )
    assert read_text(tmp_path, text).default is None
    assert read_text(tmp_path, text + "set default=1\n").default == "grub:sda1:B"


def test_an_entry_that_shows_another_configuration(tmp_path: Path) -> None:
    (tmp_path / "other.cfg").write_text(
        "menuentry A { linux /a }\nmenuentry B { linux /b }\nset default=1\n"
    )
    text = "menuentry 'Other' --id o {\n\tconfigfile /other.cfg\n}\n"
    configuration = read_text(tmp_path, text)
    assert [one.path for one in configuration.entries] == [("Other", "A"), ("Other", "B")]
    assert configuration.default == "grub:sda1:o>B"
    assert configuration.entries[0].source.path == "/other.cfg"


def test_platform(tmp_path: Path) -> None:
    body = "if [ $grub_platform = efi ]; then linux /efi; else linux /pc; fi"
    for host, path in ((EFI, "/efi"), (PC, "/pc")):
        kernel = entry(tmp_path, body, host=host).kernel
        assert kernel is not None
        assert kernel.path == path


def test_what_would_be_written(tmp_path: Path) -> None:
    (tmp_path / "grubenv").write_text("# GRUB Environment Block\na=1\\\\2\n" + "#" * 980)
    text = (
        "load_env\nset b=x$a\nsave_env a b\nset b=y\nsave_env b\n"
        "save_env --file /missing a\nmenuentry E { linux /k; set c=z; save_env c }\n"
    )
    (write,) = read_text(tmp_path, text).writes
    assert write.path == "/grubenv"
    assert dict(write.variables) == {"a": "1\\2", "b": "y", "c": "z"}


def test_blscfg(tmp_path: Path) -> None:
    (tmp_path / "loader/entries").mkdir(parents=True)
    (tmp_path / "grubenv").write_text("# GRUB Environment Block\nkernelopts=root=x ro\n")
    for version in ("6.5.6", "6.10.1"):
        (tmp_path / f"k-{version}").write_text("")
        (tmp_path / f"i-{version}").write_text("")
        (tmp_path / f"loader/entries/id-{version}.conf").write_text(
            f"title Fedora {version}\nversion {version}\nlinux /k-{version}\n"
            f"initrd /i-{version} $tuned_initrd\noptions $kernelopts quiet\n"
            "grub_users $grub_users\n"
        )
    text = "load_env\nset default=id-6.5.6\nset superusers=root\nblscfg\nmenuentry L { linux /l }\n"
    configuration = read_text(tmp_path, text)
    assert [one.title for one in configuration.entries] == ["Fedora 6.10.1", "Fedora 6.5.6", "L"]
    first, second, _ = configuration.entries
    assert first.format == "bls"
    assert first.source.path == "/loader/entries/id-6.10.1.conf"
    assert first.cmdline == "root=x ro quiet"
    assert first.cmdline_added == "BOOT_IMAGE=(sda1)/k-6.10.1"
    assert first.initrds == (File("sda1", "/i-6.10.1", exists=True),)
    assert first.version == "6.10.1"
    assert configuration.default == second.id == "grub:sda1:id-6.5.6"


def test_places(tmp_path: Path) -> None:
    for folder in ("EFI/fedora", "EFI/BOOT", "boot/grub2", "grub"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "grub.cfg").write_text(f"# {folder}\n")
    (tmp_path / "boot/grub").symlink_to("grub2")
    volume = FolderVolume(str(tmp_path), name="x", ignores_case=True)
    assert find(volume) == [
        "/grub/grub.cfg",
        "/boot/grub/grub.cfg",
        "/boot/grub2/grub.cfg",
        "/EFI/BOOT/grub.cfg",
        "/EFI/fedora/grub.cfg",
    ]
    sources = [one.source.path for one in read(volume, Volumes([volume]), EFI)]
    assert "/boot/grub2/grub.cfg" not in sources
    assert len(sources) == 4


@pytest.mark.parametrize("subvolume", ["@", "@rootfs"])
def test_the_root_on_a_btrfs_subvolume(tmp_path: Path, subvolume: str) -> None:
    boot = tmp_path / subvolume / "boot"
    (boot / "grub").mkdir(parents=True)
    (boot / "grub/grub.cfg").write_text(f"menuentry a {{ linux /{subvolume}/boot/k; }}")
    (boot / "k").touch()
    volume = FolderVolume(str(tmp_path), name="sda1")
    (found,) = read(volume, Volumes([volume]), EFI)
    assert [str(entry.kernel) for entry in found.entries] == [f"(sda1)/{subvolume}/boot/k"]
