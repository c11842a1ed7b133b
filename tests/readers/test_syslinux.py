"""The SYSLINUX family: directives, menus, includes, the default and the countdown."""

from pathlib import Path

import pytest
from boot_trees import EFI, tree

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, File, Module
from bootpy.readers.syslinux.parser import DEEPEST
from bootpy.readers.syslinux.reader import FOLDERS, NAMES, read
from bootpy.volume import FolderVolume, Volumes

DATA = Path(__file__).parent / "data"

TWO = "LABEL one\nLINUX k\nLABEL two\nLINUX k\n"


def one(volume: FolderVolume) -> Configuration:
    (found,) = read(volume, Volumes([volume]), EFI)
    return found


def of(folder: Path, text: str, name: str = "syslinux.cfg", **more: str) -> Configuration:
    files: dict[str, str | bytes] = {f"syslinux/{name}": text, "syslinux/k": "kernel"}
    return one(tree(folder, {**files, **{k.replace("__", "/"): v for k, v in more.items()}}))


def default(found: Configuration) -> Entry | None:
    """The default, which must be the only entry that is marked."""
    marked = [entry for entry in found.entries if entry.default]
    assert [entry.id for entry in marked] == ([found.default] if found.default else [])
    return marked[0] if marked else None


def places(said: tuple[Diagnostic, ...]) -> list[tuple[str, int | None]]:
    return [(one.level, one.source.line if one.source else None) for one in said]


def test_what_u_boot_update_wrote() -> None:
    found = one(FolderVolume(str(DATA / "u-boot-menu"), name="mmcblk0p1"))
    assert not found.diagnostics
    assert found.source == Source("mmcblk0p1", "/extlinux/extlinux.conf")
    assert found.timeout == 5.0
    assert found.default == "syslinux:mmcblk0p1:l0"
    assert [entry.title for entry in found.entries] == [
        "Debian GNU/Linux 12 (bookworm) 6.1.0-10-amd64",
        "Debian GNU/Linux 12 (bookworm) 6.1.0-10-amd64 (rescue target)",
        "Debian GNU/Linux 12 (bookworm) 6.1.0-9-amd64",
        "Debian GNU/Linux 12 (bookworm) 6.1.0-9-amd64 (rescue target)",
    ]
    first = found.entries[0]
    assert first._replace(origins=()) == Entry(
        id="syslinux:mmcblk0p1:l0",
        title="Debian GNU/Linux 12 (bookworm) 6.1.0-10-amd64",
        path=("Debian GNU/Linux 12 (bookworm) 6.1.0-10-amd64",),
        format="syslinux",
        kind="linux",
        source=Source("mmcblk0p1", "/extlinux/extlinux.conf", 14),
        default=True,
        kernel=File("mmcblk0p1", "/vmlinuz-6.1.0-10-amd64", exists=True),
        initrds=(File("mmcblk0p1", "/initrd.img-6.1.0-10-amd64", exists=True),),
        cmdline="root=UUID=6bdb0a5a-1f5c-4c3c-9d35-0123456789ab ro quiet",
        cmdline_added="BOOT_IMAGE=/vmlinuz-6.1.0-10-amd64 initrd=/initrd.img-6.1.0-10-amd64",
    )
    assert found.entries[3].cmdline.endswith("ro single")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_place(tmp_path: Path, folder: str, name: str) -> None:
    path = f"{folder.rstrip('/')}/{name}"
    found = one(tree(tmp_path, {path: "DEFAULT a\nLABEL a\nKERNEL k\n"}))
    assert found.source.path == path
    (entry,) = found.entries
    assert entry.kernel == File("sda1", f"{folder.rstrip('/')}/k", exists=False)
    assert places(found.diagnostics) == [("error", 3)]


@pytest.mark.parametrize(
    ("kernel", "path"),
    [
        ("k", "/syslinux/k"),
        ("./k", "/syslinux/k"),
        ("../k", "/k"),
        ("../../../../k", "/k"),
        ("/k", "/k"),
        (r"\boot\k", "/boot/k"),
    ],
)
def test_paths_are_taken_from_the_configuration_s_folder(
    tmp_path: Path, kernel: str, path: str
) -> None:
    (entry,) = of(tmp_path, f"LABEL a\nLINUX {kernel}\n").entries
    assert entry.kernel is not None
    assert entry.kernel.path == path
    assert entry.cmdline_added == f"BOOT_IMAGE={kernel}"


@pytest.mark.parametrize(
    ("text", "cmdline", "initrds", "added"),
    [
        ("LINUX k\nAPPEND  a=1  b ", "a=1  b", [], ""),
        ("LINUX k", "global", [], ""),
        ("LINUX k\nAPPEND -", "", [], ""),
        ("LINUX k\nAPPEND a\nINITRD i,/j", "a", ["/syslinux/i", "/j"], " initrd=i,/j"),
        ("LINUX k\nAPPEND a initrd=i,/j b", "a initrd=i,/j b", ["/syslinux/i", "/j"], ""),
        ("LINUX k\nAPPEND noinitrd=i", "noinitrd=i", [], ""),
        ("KERNEL k x=y\nAPPEND a", "x=y a", [], ""),
        ('kernel k\nappend a="b c"', 'a="b c"', [], ""),
    ],
)
def test_arguments_and_initrds(
    tmp_path: Path, text: str, cmdline: str, initrds: list[str], added: str
) -> None:
    (entry,) = of(tmp_path, f"APPEND global\nINITRD ignored\nLABEL a\n{text}\n").entries
    assert entry.cmdline == cmdline
    assert [file.path for file in entry.initrds] == initrds
    assert entry.cmdline_added == f"BOOT_IMAGE=k{added}"


def test_device_trees(tmp_path: Path) -> None:
    text = (
        "label a\nkernel /k\nfdt /dtbs/board.dtb\nfdtoverlays  /dtbo/a.dtbo b.dtbo\n"
        "label b\nkernel /k\ndevicetreedir /dtbs\n"
        "label c\nkernel /k\nfdtdir /gone\n"
        "label d\nkernel /image.itb#conf-1\n"
        "label e\nkernel /k.bin\n"
    )
    names = ("k", "k.bin", "image.itb", "dtbs/board.dtb", "dtbo/a.dtbo", "extlinux/b.dtbo")
    files: dict[str, str | bytes] = dict.fromkeys(names, "x")
    found = one(tree(tmp_path, {**files, "extlinux/extlinux.conf": text}))
    a, b, c, d, e = found.entries
    assert a.devicetree == File("sda1", "/dtbs/board.dtb", exists=True)
    assert [file.path for file in a.overlays] == ["/dtbo/a.dtbo", "/extlinux/b.dtbo"]
    assert b.devicetree is c.devicetree is None
    assert (d.kind, d.configuration) == ("fit", "conf-1")
    assert d.kernel == File("sda1", "/image.itb", exists=True)
    assert e.kind == "linux"
    assert places(found.diagnostics) == [("info", 7), ("warning", 10)]


@pytest.mark.parametrize(
    ("text", "kind", "kernel"),
    [
        ("LOCALBOOT 0x80", "local", None),
        ("LOCALBOOT -1", "local", None),
        ("COM32 chain.c32\nAPPEND hd0", "local", None),
        ("KERNEL chain.c32\nAPPEND hd1 2", "unsupported", "/syslinux/chain.c32"),
        ("KERNEL reboot.c32", "action", None),
        ("COM32 /x/poweroff.c32", "action", None),
        ("KERNEL hdt.c32", "unsupported", "/syslinux/hdt.c32"),
        ("LINUX hdt.c32", "linux", "/syslinux/hdt.c32"),
        ("BOOT sector.bin", "unsupported", "/syslinux/sector.bin"),
        ("KERNEL dos.img", "unsupported", "/syslinux/dos.img"),
        ("KERNEL pxelinux.0", "unsupported", "/syslinux/pxelinux.0"),
        ("LINUX memdisk\nINITRD dos.img", "unsupported", "/syslinux/memdisk"),
        ("KERNEL memdisk\nINITRD dos.img", "unsupported", "/syslinux/memdisk"),
        ("KERNEL linux.c32\nAPPEND k a=1 initrd=i", "linux", "/syslinux/k"),
        ("", "linux", "/syslinux/a"),
    ],
)
def test_kinds(tmp_path: Path, text: str, kind: str, kernel: str | None) -> None:
    found = of(tmp_path, f"LABEL a\n{text}\n")
    (entry,) = found.entries
    assert entry.kind == kind
    assert (entry.kernel.path if entry.kernel else None) == kernel
    if kind == "unsupported":
        assert any(said.level == "warning" and said.hint for said in found.diagnostics)


def test_mboot(tmp_path: Path) -> None:
    text = "LABEL xen\nKERNEL mboot.c32\nAPPEND /xen.gz dom0=1 --- /vmlinuz ro  q --- /initrd\n"
    (entry,) = of(tmp_path, text, **{"xen.gz": "x", "vmlinuz": "x", "initrd": "x"}).entries
    assert (entry.kind, entry.cmdline) == ("multiboot", "dom0=1")
    assert entry.kernel == File("sda1", "/xen.gz", exists=True)
    assert entry.modules == (
        Module(File("sda1", "/vmlinuz", exists=True), "ro  q"),
        Module(File("sda1", "/initrd", exists=True), ""),
    )
    (bad,) = of(tmp_path / "b", "LABEL xen\nCOM32 mboot.c32\n").entries
    assert bad.kind == "unsupported"


MENU = """
UI vesamenu.c32
MENU TITLE Top
TEXT HELP
 LABEL not a label
ENDTEXT
MENU BEGIN tag
  MENU LABEL ^Advanced options
  MENU TITLE another
  LABEL expert
    MENU LABEL E^xpert
    MENU INDENT 2
    LINUX k
  MENU BEGIN
    MENU TITLE Deeper
    LABEL deep
      LINUX k
  MENU END
  LABEL back
    MENU LABEL Back..
    MENU EXIT
MENU END
MENU SEPARATOR
LABEL -
  MENU LABEL Heading
  MENU DISABLE
LABEL hidden
  MENU HIDE
  LINUX k
LABEL last
  LINUX k
F1 help.txt
MENU COLOR border 0 #00ffffff #00000000 none
SAY hello
"""


def test_menus(tmp_path: Path) -> None:
    found = of(tmp_path, MENU)
    assert not found.diagnostics
    assert [entry.path for entry in found.entries] == [
        ("Advanced options", "Expert"),
        ("Advanced options", "Deeper", "deep"),
        ("last",),
    ]
    chosen = default(found)
    assert chosen is not None
    assert chosen.title == "last"
    assert found.timeout == -1


@pytest.mark.parametrize(
    ("head", "chosen"),
    [
        ("DEFAULT two\n", "two"),
        ("default one\nDEFAULT two\n", "two"),
        ("DEFAULT one\nONTIMEOUT two\n", "two"),
        ("DEFAULT menu.c32\n", "one"),
        ("UI menu.c32\n", "one"),
        ("UI menu.c32\nDEFAULT two\n", "two"),
        ("DEFAULT TWO\n", None),
        ("DEFAULT gone\n", None),
        ("", None),
    ],
)
def test_default(tmp_path: Path, head: str, chosen: str | None) -> None:
    found = of(tmp_path, head + TWO)
    entry = default(found)
    assert (entry.title if entry else None) == chosen
    assert [entry.title for entry in found.entries] == ["one", "two"]
    assert bool(found.diagnostics) == (chosen is None)


def test_default_marked_in_the_menu(tmp_path: Path) -> None:
    text = "UI menu.c32\n" + TWO + "MENU DEFAULT\n"
    chosen = default(of(tmp_path, text))
    assert chosen is not None
    assert chosen.title == "two"
    overruled = default(of(tmp_path / "b", text + "DEFAULT one\n"))
    assert overruled is not None
    assert overruled.title == "one"


def test_u_boot_starts_with_the_first_label(tmp_path: Path) -> None:
    chosen = default(of(tmp_path, TWO, "extlinux.conf"))
    assert chosen is not None
    assert chosen.title == "one"


def test_default_with_arguments_of_its_own(tmp_path: Path) -> None:
    found = of(tmp_path, "DEFAULT a single debug\nLABEL a\nLINUX k\nAPPEND ro\nINITRD k\n")
    chosen = default(found)
    assert chosen is not None
    assert chosen.cmdline == "ro single debug"
    assert [file.path for file in chosen.initrds] == ["/syslinux/k"]
    assert found.entries[0].cmdline == "ro"


def test_default_that_names_a_kernel(tmp_path: Path) -> None:
    chosen = default(of(tmp_path, "DEFAULT k root=/dev/sda1 initrd=i\n"))
    assert chosen is not None
    assert chosen.kernel == File("sda1", "/syslinux/k", exists=True)
    assert chosen.cmdline == "root=/dev/sda1 initrd=i"
    assert [file.path for file in chosen.initrds] == ["/syslinux/i"]


@pytest.mark.parametrize(
    ("text", "timeout"),
    [
        ("", None),
        ("PROMPT 0\n", None),
        ("PROMPT 1\n", -1),
        ("UI menu.c32\n", -1),
        ("TIMEOUT 50\n", 5.0),
        ("PROMPT 0\nTIMEOUT 5\n", 0.5),
        ("TIMEOUT 0\n", -1),
        ("UI vesamenu.c32\nPROMPT 0\nTIMEOUT 0\n", -1),
        ("PROMPT 0\nTIMEOUT 0\n", 0.0),
        ("PROMPT 1\nTIMEOUT 0\nTOTALTIMEOUT 9000\n", 900.0),
        ("TIMEOUT 300\nTOTALTIMEOUT 9000\n", 30.0),
    ],
)
def test_timeout(tmp_path: Path, text: str, timeout: float | None) -> None:
    assert of(tmp_path, f"{text}DEFAULT one\n{TWO}").timeout == timeout


def test_includes(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "DEFAULT b\nINCLUDE more/b.cfg\nMENU INCLUDE c.cfg The submenu\nINCLUDE gone.cfg\n",
        **{
            "syslinux__more__b.cfg": "LABEL b\nLINUX k\nBAD\n",
            "syslinux__c.cfg": "LABEL c\nLINUX k\n",
        },
    )
    assert [(entry.path, entry.source) for entry in found.entries] == [
        (("b",), Source("sda1", "/syslinux/more/b.cfg", 1)),
        (("The submenu", "c"), Source("sda1", "/syslinux/c.cfg", 1)),
    ]
    assert [(said.level, str(said.source)) for said in found.diagnostics] == [
        ("info", "(sda1)/syslinux/more/b.cfg:3"),
        ("warning", "(sda1)/syslinux/syslinux.cfg:4"),
    ]


def test_includes_that_never_end_do(tmp_path: Path) -> None:
    found = of(tmp_path, TWO + "INCLUDE syslinux.cfg\nINCLUDE syslinux.cfg\n")
    assert len(found.entries) == 2 * DEEPEST
    assert any("include each other" in said.hint for said in found.diagnostics)
    wide = "INCLUDE wide.cfg\n" * 5000
    found = of(tmp_path / "b", TWO + wide, **{"syslinux__wide.cfg": "# nothing\n"})
    assert len(found.entries) == 2
    assert any("include each other" in said.hint for said in found.diagnostics)


def test_labels_that_lead_to_other_configurations(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "DEFAULT rescue\nLABEL rescue\nMENU LABEL Rescue\nCONFIG /r/r.cfg /r\n"
        "LABEL more\nKERNEL vesamenu.c32\nAPPEND more.cfg\n",
        **{
            "r__r.cfg": "DEFAULT two\n" + TWO,
            "syslinux__more.cfg": TWO + "LABEL back\nKERNEL menu.c32\nAPPEND syslinux.cfg\n",
        },
    )
    assert [entry.path for entry in found.entries] == [
        ("Rescue", "one"),
        ("Rescue", "two"),
        ("more", "one"),
        ("more", "two"),
    ]
    chosen = default(found)
    assert chosen is not None
    assert chosen.path == ("Rescue", "two")
    assert chosen.kernel == File("sda1", "/r/k", exists=False)


def test_a_menu_with_files_of_its_own(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "UI vesamenu.c32 menu.cfg\nLABEL typed\nLINUX k\n",
        **{"syslinux__menu.cfg": "TIMEOUT 70\nLABEL shown\nLINUX k\n"},
    )
    assert [entry.title for entry in found.entries] == ["shown", "typed"]
    chosen = default(found)
    assert chosen is not None
    assert (chosen.title, found.timeout) == ("shown", 7.0)


def test_dos_lines_comments_and_what_nobody_knows(tmp_path: Path) -> None:
    found = of(
        tmp_path, "# c\r\n#c\r\nDefault a\r\nlabel\ta\r\n\tLinux k\r\nFROB x\r\nTIMEOUT x\r\n"
    )
    chosen = default(found)
    assert chosen is not None
    assert (chosen.title, found.timeout) == ("a", -1)
    assert places(found.diagnostics) == [("info", 6), ("warning", 7)]


def test_kernels_by_url(tmp_path: Path) -> None:
    (entry,) = of(tmp_path, "LABEL a\nLINUX http://h/k\nINITRD http://h/i\n").entries
    assert entry.kernel == File(None, None, url="http://h/k")
    assert entry.initrds == (File(None, None, url="http://h/i"),)
