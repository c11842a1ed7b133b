"""SYSLINUX's own programs, and what its rarer directives make of an entry."""

import tempfile
import time
from pathlib import Path

import pytest
from boot_trees import EFI, tree
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bootpy.diagnostics import Source
from bootpy.entry import Configuration, Entry, File, Host, Module, Origin
from bootpy.policy.listing import merge
from bootpy.readers.reading import stands
from bootpy.readers.syslinux import pxelinux
from bootpy.readers.syslinux.menus import DEEPEST_MENU
from bootpy.readers.syslinux.reader import FOLDERS, read
from bootpy.readers.table import ROWS
from bootpy.volume import FolderVolume, Volumes

OLD = Host("pc", "i686")


def of(
    folder: Path,
    text: str,
    *names: str,
    host: Host = EFI,
    path: str = "syslinux/syslinux.cfg",
    **files: str,
) -> Configuration:
    more: dict[str, str | bytes] = {f"syslinux/{name}": "x" for name in ("k", *names)}
    more |= {f"syslinux/{name.replace('__', '.')}": text for name, text in files.items()}
    volume = tree(folder, {**more, path: text})
    (found,) = read(volume, Volumes([volume]), host)
    return found


def remarks(found: Configuration) -> list[tuple[str, int]]:
    """The level and line of each diagnostic that has a line."""
    return [
        (one.level, one.source.line)
        for one in found.diagnostics
        if one.source is not None and one.source.line is not None
    ]


def only(found: Configuration) -> Entry:
    (entry,) = found.entries
    return entry


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ("", "local"),
        ("boot", "local"),
        ("boot 0", "local"),
        ("hd0", "local"),
        ("hd0 0", "local"),
        ("hd0,0", "local"),
        ("hd1", "local"),
        ("hd1 swap", "local"),
        ("mbr:0x12345678", "local"),
        ("mbr=0x12345678", "local"),
        ("boot 2", "unsupported"),
        ("hd0 1", "unsupported"),
        ("hd0,1", "unsupported"),
        ("fd0", "unsupported"),
        ("fs", "unsupported"),
        ("guid:0fc63daf-8483-4772-8e79-3d69d8477de4", "unsupported"),
        ("label:Windows", "unsupported"),
        ("hd0 1 ntldr=/bootmgr", "unsupported"),
        ("file=/grub2.bin seg=0x800", "unsupported"),
        ("hd0 file=/x", "unsupported"),
        ("boot freedos=/kernel.sys", "unsupported"),
    ],
)
@pytest.mark.parametrize("directive", ["COM32 chain.c32", "KERNEL /x/chain.c32", "COM32 chain"])
def test_chain(tmp_path: Path, directive: str, arguments: str, kind: str) -> None:
    found = of(tmp_path, f"LABEL a\n{directive}\nAPPEND {arguments or '-'}\n")
    assert only(found).kind == kind
    assert remarks(found) == ([("warning", 2)] if kind == "unsupported" else [])
    inline = of(tmp_path / "b", f"LABEL a\n{directive} {arguments}\n")
    assert only(inline).kind == kind


@pytest.mark.parametrize(
    ("text", "names", "kind", "kernel"),
    [
        ("KERNEL hdt", ("hdt.c32",), "unsupported", "hdt.c32"),
        ("KERNEL hdt", ("hdt", "hdt.c32"), "linux", "hdt"),
        ("KERNEL dos", ("dos.bss",), "unsupported", "dos.bss"),
        ("COM32 reboot", (), "action", None),
        ("KERNEL reboot", ("reboot.c32",), "action", None),
        ("KERNEL poweroff.com", (), "action", None),
        ("COM32 mboot\nAPPEND k", (), "multiboot", "k"),
        ("KERNEL ipxe.lkrn", (), "linux", "ipxe.lkrn"),
        ("KERNEL undionly.kpxe", (), "unsupported", "undionly.kpxe"),
        ("PXE pxelinux.0", (), "unsupported", "pxelinux.0"),
        ("KERNEL memtest", ("memtest",), "linux", "memtest"),
        ("LINUX memtest.bin", ("memtest.bin",), "linux", "memtest.bin"),
        ("KERNEL memtest.bin", ("memtest.bin",), "unsupported", "memtest.bin"),
        ("LINUX shellx64.efi", ("shellx64.efi",), "efi", "shellx64.efi"),
        ("LINUX vmlinuz.efi", ("vmlinuz.efi",), "linux", "vmlinuz.efi"),
        ("LINUX x.efi\nINITRD k", ("x.efi",), "linux", "x.efi"),
        ("LINUX image.itb", ("image.itb",), "fit", "image.itb"),
        ("LINUX fitImage", ("fitImage",), "fit", "fitImage"),
        ("LINUX image.ub", ("image.ub",), "fit", "image.ub"),
        ("LINUX outfit", ("outfit",), "linux", "outfit"),
        ("FDIMAGE dos.ima", ("dos.ima",), "unsupported", "dos.ima"),
        ("BSS dos", ("dos",), "unsupported", "dos"),
    ],
)
def test_what_a_program_is(
    tmp_path: Path, text: str, names: tuple[str, ...], kind: str, kernel: str | None
) -> None:
    entry = only(of(tmp_path, f"LABEL a\n{text}\n", *names))
    assert entry.kind == kind
    path = entry.kernel.path if entry.kernel else None
    assert path == (f"/syslinux/{kernel}" if kernel else None)


def test_images_for_memdisk_are_told(tmp_path: Path) -> None:
    text = (
        "LABEL iso\nLINUX memdisk\nINITRD cd.iso\nAPPEND iso raw\n"
        "LABEL dos\nKERNEL memdisk\nAPPEND initrd=dos.img\n"
        "LABEL none\nKERNEL memdisk\n"
    )
    found = of(tmp_path, text, "memdisk", "cd.iso")
    assert [entry.kind for entry in found.entries] == ["unsupported"] * 3
    assert [[file.path for file in entry.initrds] for entry in found.entries] == [
        ["/syslinux/cd.iso"],
        ["/syslinux/dos.img"],
        [],
    ]
    assert remarks(found) == [("warning", 2), ("error", 7), ("warning", 6), ("warning", 9)]
    assert "/boot/iso" in found.diagnostics[0].hint


def test_mboot_with_options_and_no_modules(tmp_path: Path) -> None:
    text = "LABEL a\nCOM32 mboot.c32 -aout k console=com1\nAPPEND --- mod  a b ---\n"
    entry = only(of(tmp_path, text, "mod"))
    assert (entry.kind, entry.cmdline) == ("multiboot", "console=com1")
    assert entry.modules == (Module(File("sda1", "/syslinux/mod", exists=True), "a b"),)


@pytest.mark.parametrize(
    ("text", "initrds"),
    [
        ("APPEND initrd=a ro initrd=b,c", ["b", "c"]),
        ("APPEND initrd=a\nINITRD b", ["b"]),
        ("INITRD a\nINITRD b", ["b"]),
        ("INITRD a , b,,c", ["a", "b", "c"]),
        ("APPEND initrd=", []),
    ],
)
def test_the_last_initrd_counts(tmp_path: Path, text: str, initrds: list[str]) -> None:
    entry = only(of(tmp_path, f"LABEL a\nLINUX k\n{text}\n", "a", "b", "c"))
    assert [file.path for file in entry.initrds] == [f"/syslinux/{name}" for name in initrds]


CPU = "LABEL big\nLINUX k\nAPPEND 64\nLABEL small\nLINUX k\nAPPEND 32\n"


@pytest.mark.parametrize(
    ("text", "host", "cmdline"),
    [
        ("COM32 ifcpu64.c32\nAPPEND big -- small", EFI, "64"),
        ("COM32 ifcpu64.c32\nAPPEND big -- small", OLD, "32"),
        ("COM32 ifcpu64.c32\nAPPEND big quiet -- pae -- small", EFI, "64 quiet"),
        ("KERNEL ifcpu64.c32 big -- small", OLD, "32"),
        ("COM32 ifcpu.c32\nAPPEND 64 pae -- big -- small", EFI, "64"),
        ("COM32 ifcpu.c32\nAPPEND hvm -- big -- small", EFI, "32"),
        ("COM32 ifcpu.c32\nAPPEND pae -- big -- small", OLD, "32"),
        ("COM32 whichsys.c32\nAPPEND -pxe- gone -sys- big ro -iso- small", EFI, "64 ro"),
        ("COM32 whichsys.c32\nAPPEND -iso- small -pxe- gone", EFI, "32"),
    ],
)
def test_programs_that_choose(tmp_path: Path, text: str, host: Host, cmdline: str) -> None:
    found = of(tmp_path, f"DEFAULT a\nLABEL a\nMENU LABEL ^Choose\n{text}\n{CPU}", host=host)
    entry = found.entries[0]
    assert (entry.title, entry.kind, entry.cmdline) == ("Choose", "linux", cmdline)
    assert entry.source.line == 2
    assert found.default == entry.id == "syslinux:sda1:a"
    assert not found.diagnostics


def test_a_program_that_chooses_nothing(tmp_path: Path) -> None:
    for number, words in enumerate(("gone -- gone", "", "a -- a")):
        text = f"LABEL a\nCOM32 ifcpu64.c32\nAPPEND {words}\nLABEL b\nLINUX k\n"
        found = of(tmp_path / str(number), text)
        titles = [entry.title for entry in found.entries]
        # A label that chooses itself never ends in the loader; here it is what it is.
        assert titles[-1] == "b"
        assert found.diagnostics


def test_a_default_that_chooses(tmp_path: Path) -> None:
    found = of(tmp_path, f"DEFAULT ifcpu64.c32 big -- small\n{CPU}", host=OLD)
    chosen = next(entry for entry in found.entries if entry.id == found.default)
    assert (chosen.title, chosen.cmdline) == ("small", "32")
    assert [entry.title for entry in found.entries] == ["big", "small"]


def test_sysappend(tmp_path: Path) -> None:
    text = "SYSAPPEND 0x40003\nLABEL a\nLINUX k\nLABEL b\nLINUX k\nSYSAPPEND 4\n"
    tree(tmp_path, {"syslinux/syslinux.cfg": text, "syslinux/k": ""})
    volume = FolderVolume(str(tmp_path), name="sda1", uuid="DA1A-0B2E")
    (found,) = read(volume, Volumes([volume]), EFI)
    a, b = found.entries
    assert a.cmdline_added == "BOOT_IMAGE=k FSUUID=DA1A-0B2E"
    assert b.cmdline_added == "BOOT_IMAGE=k"
    assert [(one.level, one.source) for one in found.diagnostics[:1]] == [
        ("info", Source("sda1", "/syslinux/syslinux.cfg", 6))
    ]


def test_onerror_is_what_is_tried_next(tmp_path: Path) -> None:
    text = "DEFAULT one\nONERROR two three\nLABEL one\nLINUX k\nLABEL two\nLINUX k\n"
    found = of(tmp_path, text)
    assert (found.default, found.fallbacks) == ("syslinux:sda1:one", ("syslinux:sda1:two",))
    assert merge([found]).fallbacks == ("syslinux:sda1:two",)
    assert of(tmp_path / "b", text.replace("two three", "gone")).fallbacks == ()


TWO = "LABEL one\nLINUX k\nLABEL two\nLINUX k\n"


@pytest.mark.parametrize(
    ("head", "chosen"),
    [
        # The menu marks a label, and takes neither its arguments nor a file.
        ("UI menu.c32\nDEFAULT two single\n", "two"),
        ("UI menu.c32\nDEFAULT k quiet\n", "one"),
        ("UI menu.c32\nONTIMEOUT two single\n", "two single"),
        ("UI gfxboot bootlogo message\nDEFAULT two\n", "two"),
        ("UI gfxboot.c32 bootlogo\n", "one"),
        ("DEFAULT k quiet\n", "k quiet"),
        ("IMPLICIT 0\nDEFAULT k quiet\n", None),
        ("DEFAULT menu\n", "one"),
        ("DEFAULT boot/vesamenu.c32 ~\n", "one"),
    ],
)
def test_defaults_with_and_without_a_menu(tmp_path: Path, head: str, chosen: str | None) -> None:
    found = of(tmp_path, head + TWO)
    titles = [entry.title for entry in found.entries if entry.default]
    assert titles == ([chosen] if chosen else [])


def test_a_submenu_that_is_the_default(tmp_path: Path) -> None:
    text = (
        "UI menu.c32\nLABEL one\nLINUX k\n"
        "MENU BEGIN\nMENU TITLE Sub\nMENU TITLE Ignored\nMENU DEFAULT\n"
        "LABEL a\nLINUX k\nLABEL b\nMENU DEFAULT\nLINUX k\nMENU END\n"
    )
    found = of(tmp_path, text)
    assert [entry.path for entry in found.entries if entry.default] == [("Sub", "b")]
    assert [entry.path for entry in found.entries] == [("one",), ("Sub", "a"), ("Sub", "b")]
    started = of(tmp_path / "b", text.replace("MENU DEFAULT\nLABEL", "MENU START\nLABEL"))
    assert [entry.path for entry in started.entries if entry.default] == [("Sub", "b")]


def test_exits_of_the_top_menu_are_passed_over(tmp_path: Path) -> None:
    text = (
        "LABEL a\nMENU EXIT\nLINUX k\nLABEL b\nMENU QUIT\nLABEL c\nMENU GOTO .top\n"
        "MENU BEGIN x\nLABEL d\nMENU EXIT\nLINUX k\nMENU END\n"
    )
    assert only(of(tmp_path, text)).title == "a"


def test_a_repeated_label_and_a_global_append_that_changes(tmp_path: Path) -> None:
    text = (
        "APPEND first\nLABEL a\nLINUX k\nMENU SEPARATOR\nAPPEND second\n"
        "LABEL a\nLINUX k\nLABEL b\nLINUX k\nAPPEND own\n"
    )
    found = of(tmp_path, text)
    assert [entry.cmdline for entry in found.entries] == ["first", "second", "own"]
    listing = merge([found])
    assert [entry.id for entry in listing.entries] == [
        "syslinux:sda1:a",
        "syslinux:sda1:a#2",
        "syslinux:sda1:b",
    ]


@pytest.mark.parametrize(
    ("directive", "devicetree"),
    [
        ("FDT -\nFDTDIR /dtbs", None),
        ("DEVICETREE k", "/syslinux/k"),
        ("FDTDIR /dtbs\nFDT k", "/syslinux/k"),
    ],
)
def test_device_trees(tmp_path: Path, directive: str, devicetree: str | None) -> None:
    found = of(tmp_path, f"LABEL a\nLINUX k\n{directive}\n")
    entry = only(found)
    assert (entry.devicetree.path if entry.devicetree else None) == devicetree
    assert remarks(found) == []


PLACES = next(row.places for row in ROWS if row.format == "syslinux")


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("name", ["syslinux.cfg", "isolinux.cfg", "extlinux.conf"])
def test_the_table_has_every_place(tmp_path: Path, folder: str, name: str) -> None:
    volume = tree(tmp_path, {f"{folder}/{name}": ""})
    known = "loader" not in folder or name == "isolinux.cfg"
    assert any(stands(volume, place) for place in PLACES) == known


@pytest.mark.parametrize("folder", ["EFI/BOOT", "EFI/boot", "efi/syslinux", "EFI/Syslinux"])
@pytest.mark.parametrize("name", ["syslinux.cfg", "syslx64.cfg", "extlinux.conf"])
def test_syslinux_for_uefi(tmp_path: Path, folder: str, name: str) -> None:
    found = of(tmp_path, "LABEL a\nLINUX k\n", path=f"{folder}/{name}")
    assert found.source == Source("sda1", f"/{folder}/{name}")
    volume = FolderVolume(str(tmp_path), name="sda1")
    assert any(stands(volume, place) for place in PLACES)
    kernel = only(found).kernel
    assert kernel is not None
    assert kernel.path == f"/{folder}/k"


def test_config_takes_its_folder_from_append(tmp_path: Path) -> None:
    text = "DEFAULT load\nLABEL load\nCONFIG sub/a.cfg\nAPPEND ../\nLABEL gone\nCONFIG gone.cfg\n"
    volume = tree(
        tmp_path,
        {
            "boot/syslinux/syslinux.cfg": text,
            "boot/syslinux/sub/a.cfg": (
                "UI menu.c32\nTIMEOUT 150\nINCLUDE syslinux/b.cfg\nLABEL a\nLINUX k\n"
            ),
            "boot/syslinux/b.cfg": "LABEL b\nLINUX syslinux/k\n",
            "boot/k": "kernel",
        },
    )
    (found,) = read(volume, Volumes([volume]), EFI)
    # Nobody sees the label that is run at once, so that its name is no title.
    assert [(entry.path, entry.kernel) for entry in found.entries] == [
        (("b",), File("sda1", "/boot/syslinux/k", exists=False)),
        (("a",), File("sda1", "/boot/k", exists=True)),
    ]
    assert (found.timeout, found.default) == (15.0, "syslinux:sda1:b")
    assert [(one.level, one.source and one.source.line) for one in found.diagnostics] == [
        ("error", 2),
        ("error", 6),
    ]


def test_a_menu_that_shows_files_again(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "UI menu.c32\nINCLUDE all.cfg\nLABEL help\nMENU LABEL Help\nCONFIG prompt.cfg\n",
        all__cfg="LABEL a\nLINUX k\nLABEL b\nLINUX k\nAPPEND ro\n",
        prompt__cfg="PROMPT 1\nDEFAULT b\nINCLUDE all.cfg\nLABEL c\nLINUX k\nAPPEND more\n",
    )
    assert [entry.path for entry in found.entries] == [("a",), ("b",), ("Help", "c")]
    assert found.default == "syslinux:sda1:a"


def test_where_each_value_came_from(tmp_path: Path) -> None:
    text = (
        "APPEND quiet\nLABEL a\nMENU LABEL ^First\nKERNEL k x=1\nINITRD i,j\n"
        "FDT k\nFDTOVERLAYS i j\nLABEL b\nKERNEL mboot.c32\nAPPEND k --- i ro\nLABEL k\n"
    )
    found = of(tmp_path, text, "i", "j")
    a, b, k = (entry.origins for entry in found.entries)
    main = Source("sda1", "/syslinux/syslinux.cfg")
    folder = "(sda1)/syslinux"

    def at(field: str, value: str, line: int, how: str) -> Origin:
        return Origin(field, value, main._replace(line=line), how)

    assert a == (
        at("title", "First", 3, "MENU LABEL"),
        at("kernel", f"{folder}/k", 4, "KERNEL"),
        at("initrds", f"{folder}/i", 5, "INITRD"),
        at("initrds", f"{folder}/j", 5, "INITRD"),
        at("devicetree", f"{folder}/k", 6, "FDT"),
        at("overlays", f"{folder}/i", 7, "FDTOVERLAYS"),
        at("overlays", f"{folder}/j", 7, "FDTOVERLAYS"),
        at("cmdline", "x=1", 4, "KERNEL"),
        at("cmdline", "quiet", 1, "APPEND before the first LABEL"),
    )
    assert b == (
        at("title", "b", 8, "LABEL"),
        at("kernel", f"{folder}/k", 10, "APPEND"),
        at("modules", f"{folder}/i ro", 10, "APPEND"),
    )
    assert k == (
        at("title", "k", 11, "LABEL"),
        at("kernel", f"{folder}/k", 11, "LABEL"),
        at("cmdline", "quiet", 1, "APPEND before the first LABEL"),
    )


def test_where_the_values_of_a_command_line_came_from(tmp_path: Path) -> None:
    text = "DEFAULT a single initrd=i\nLABEL a\nMENU LABEL A\nLINUX k\nAPPEND ro\n"
    found = of(tmp_path, text, "i")
    main = Source("sda1", "/syslinux/syslinux.cfg")
    folder = "(sda1)/syslinux"
    (chosen,) = [entry for entry in found.entries if entry.default]
    assert chosen.origins == (
        Origin("title", "A single initrd=i", main._replace(line=3), "MENU LABEL"),
        Origin("kernel", f"{folder}/k", main._replace(line=4), "LINUX"),
        Origin("initrds", f"{folder}/i", main._replace(line=1), "DEFAULT"),
        Origin("cmdline", "ro", main._replace(line=5), "APPEND"),
        Origin("cmdline", "single initrd=i", main._replace(line=1), "DEFAULT"),
    )
    typed = only(of(tmp_path / "b", "ONTIMEOUT k ro\n"))
    assert typed.origins == (
        Origin("title", "k ro", main._replace(line=1), "ONTIMEOUT"),
        Origin("kernel", f"{folder}/k", main._replace(line=1), "ONTIMEOUT"),
        Origin("cmdline", "ro", main._replace(line=1), "ONTIMEOUT"),
    )


WORDS = """
LABEL KERNEL LINUX APPEND INITRD MENU BEGIN END HIDE DEFAULT INCLUDE CONFIG UI menu.c32 gfxboot
mboot.c32 --- -- initrd=a,b FDT - FDTDIR FDTOVERLAYS LOCALBOOT ONTIMEOUT ONERROR TIMEOUT PROMPT
TEXT ENDTEXT SEPARATOR START EXIT a.cfg syslinux.cfg /k ../../k :k ::k h::k http://h/k + # $x " 1
0 -1 99999999999 0x40003 SYSAPPEND IMPLICIT COM32 ifcpu64.c32 ifcpu.c32 whichsys.c32 -sys- -pxe-
chain.c32 hd0 linux.c32 memdisk iso reboot.c32 a a b LABEL a LABEL b DISABLE TITLE
"""

TEXTS = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from([*WORDS.split(), "\n", "\n", "\n", "\r\n", "\t", "\0"]), max_size=80
    ).map(lambda parts: " ".join(parts).encode()),
)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
@example(b"DEFAULT a\nLABEL a\nCOM32 ifcpu64.c32 a -- a\nCONFIG\n", b"")
def test_nothing_is_raised(main: bytes, other: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        volume = tree(
            Path(folder),
            {
                "extlinux.conf": main,
                "syslinux.cfg": other,
                "a.cfg": other,
                "pxelinux.cfg/default": main,
                "pxelinux.cfg/C0": other,
                "k": "kernel",
            },
        )
        volumes = Volumes([volume])
        found = [*read(volume, volumes, EFI), *pxelinux.read(volume, volumes, OLD)]
        assert len(found) == 4
        listing = merge(found)
        ids = [entry.id for entry in listing.entries]
        assert len(ids) == len(set(ids))
        assert listing.default is None or listing.default in ids
        for one in found:
            assert sum(entry.default for entry in one.entries) == (one.default is not None)
            assert all(entry.origins[0].field == "title" for entry in one.entries)


@pytest.mark.parametrize(
    "text",
    [
        "APPEND " + "x " * 200_000 + "\n" + "LABEL a\n" * 60_000,
        "MENU BEGIN\n" * 80_000 + "LABEL a\nLINUX k\n",
        "LABEL a\nCOM32 whichsys.c32\nAPPEND -sys-" + " " * 900_000 + "x\n",
        "LABEL a\nLINUX " + "k " * 400_000 + "\n",
        "LABEL a\nINITRD " + "," * 900_000 + "\n",
        "LABEL a\nFDTOVERLAYS " + "k " * 400_000 + "\n",
        "DEFAULT " + "a " * 400_000 + "\nLABEL a\nLINUX k\n",
    ],
    ids=["labels", "menus", "whichsys", "kernel", "initrds", "overlays", "default"],
)
def test_large_files_take_little_time(tmp_path: Path, text: str) -> None:
    volume = tree(tmp_path, {"syslinux.cfg": text, "k": "x"})
    start = time.process_time()
    (found,) = read(volume, Volumes([volume]), EFI)
    assert time.process_time() - start < 5
    assert found.entries
    assert "error" in {one.level for one in found.diagnostics}


def test_submenus_without_an_end(tmp_path: Path) -> None:
    text = "MENU BEGIN x\n" * (DEEPEST_MENU + 2) + "LABEL a\nLINUX k\n" + "MENU END\n" * 3
    found = of(tmp_path, text + "LABEL b\nLINUX k\n" + "MENU END\n" * 99 + "LABEL c\nLINUX k\n")
    assert [len(entry.path) for entry in found.entries] == [DEEPEST_MENU + 1, DEEPEST_MENU, 1]
    assert remarks(found) == [("error", DEEPEST_MENU + 1)]
