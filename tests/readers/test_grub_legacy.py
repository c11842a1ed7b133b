"""GRUB legacy: its language, its devices, its default, and what each command loads."""

import time
from pathlib import Path

import pytest
from boot_trees import EFI, tree
from hypothesis import given, settings
from hypothesis import strategies as st

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, File, Module, Origin, Write
from bootpy.policy.listing import merge
from bootpy.readers.grub_legacy import read
from bootpy.readers.grub_legacy.entries import MOST_MODULES
from bootpy.readers.grub_legacy.parser import MOST_TITLES
from bootpy.readers.grub_legacy.reader import DEEPEST, PATHS
from bootpy.readers.reading import read_all
from bootpy.readers.table import ROWS
from bootpy.volume import FolderVolume, Volumes

MENU = "boot/grub/menu.lst"


def of(folder: Path, text: str, *names: str, path: str = MENU, **files: str) -> Configuration:
    more: dict[str, str | bytes] = dict.fromkeys(("boot/k", "boot/i", *names), "x")
    more |= {f"boot/grub/{name}": content for name, content in files.items()}
    volume = tree(folder, {**more, path: text})
    (found,) = read(volume, Volumes([volume]), EFI)
    return found


def only(found: Configuration) -> Entry:
    (entry,) = found.entries
    return entry


def remarks(found: Configuration) -> list[tuple[str, int | None]]:
    return [(one.level, one.source.line if one.source else None) for one in found.diagnostics]


PLAIN = "default 0\ntimeout 5\ntitle Linux\nroot (hd0,0)\nkernel /boot/k ro quiet\ninitrd /boot/i\n"


def test_an_entry(tmp_path: Path) -> None:
    found = of(tmp_path, PLAIN)
    source = Source("sda1", "/boot/grub/menu.lst")
    kernel = File("sda1", "/boot/k", exists=True)
    assert found == Configuration(
        source=source,
        format="grub-legacy",
        entries=(
            Entry(
                id="grub-legacy:sda1:0",
                title="Linux",
                path=("Linux",),
                format="grub-legacy",
                kind="linux",
                source=source._replace(line=3),
                default=True,
                kernel=kernel,
                initrds=(File("sda1", "/boot/i", exists=True),),
                cmdline="ro quiet",
                origins=(
                    Origin("title", "Linux", source._replace(line=3), "title command"),
                    Origin("kernel", "(sda1)/boot/k", source._replace(line=5), "kernel command"),
                    Origin("initrds", "(sda1)/boot/i", source._replace(line=6), "initrd command"),
                    Origin("cmdline", "ro quiet", source._replace(line=5), "kernel command"),
                ),
            ),
        ),
        default="grub-legacy:sda1:0",
        timeout=5.0,
    )


@pytest.mark.parametrize("path", PATHS)
def test_every_place(tmp_path: Path, path: str) -> None:
    found = of(tmp_path, PLAIN, path=path.lstrip("/"))
    assert found.source.path == path
    (row,) = [row for row in ROWS if row.format == "grub-legacy"]
    assert path in row.places


def test_a_menu_under_two_names_is_read_once(tmp_path: Path) -> None:
    volume = tree(tmp_path, {"boot/grub/grub.conf": PLAIN, "boot/k": "", "boot/i": ""})
    (tmp_path / "boot/grub/menu.lst").symlink_to("grub.conf")
    (tmp_path / "boot/boot").symlink_to(".")
    (tmp_path / "grub").symlink_to("boot/grub")
    (found,) = read(volume, Volumes([volume]), EFI)
    assert found.source.path == "/grub/grub.conf"
    (tmp_path / "boot/menu.lst").write_text(PLAIN + "title Other\nkernel /boot/k\n")
    assert len(read(volume, Volumes([volume]), EFI)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "title=Linux\nroot=(hd0,0)\nkernel=/boot/k ro quiet\ninitrd=/boot/i\n",
        "title\tLinux\r\n\troot\t\t(hd0,0)\r\n\tkernel\t/boot/k ro quiet\r\ninitrd\t/boot/i\r\n",
        "  title   =  Linux  \n  root (hd0,0)\n kernel (hd0,0)/boot/k ro quiet\ninitrd /boot/i",
        "title Linux\nroot (hd0,0)\nkernel /boot/k \\\nro \\\r\nquiet\ninitrd /boot/i\n",
        "# title no\n  # root (hd0,5)\ntitle Linux\nroot (hd0,0)\n#\\\nkernel /boot/other\n"
        "kernel /boot/k ro quiet\ninitrd /boot/i\n",
        "title Linux\nroot(hd0,0)\nroot (hd0,0)\nkernel /boot/k ro quiet\ninitrd /boot/i\nboot\n",
    ],
)
def test_how_lines_are_written(tmp_path: Path, text: str) -> None:
    entry = only(of(tmp_path, text))
    assert (entry.title, entry.kind) == ("Linux", "linux")
    assert entry.kernel == File("sda1", "/boot/k", exists=True)
    assert entry.cmdline.split() == ["ro", "quiet"]
    assert entry.initrds == (File("sda1", "/boot/i", exists=True),)


def test_case_and_what_nobody_knows(tmp_path: Path) -> None:
    text = (
        "Default=1\nfrobnicate\nroot (hd0,0)\nTimeout 7\ntitle a\nKERNEL /boot/k\nhyper /x\n"
        "TITLE b\nkernel /boot/k b\n"
    )
    found = of(tmp_path, text)
    assert [entry.title for entry in found.entries] == ["a", "b"]
    assert (found.default, found.timeout) == ("grub-legacy:sda1:1", 7.0)
    assert remarks(found) == [
        ("warning", 1),
        ("info", 2),
        ("info", 3),
        ("warning", 4),
        ("warning", 6),
        ("info", 7),
        ("warning", 8),
    ]


def test_titles_without_commands_are_not_counted(tmp_path: Path) -> None:
    text = "default 1\ntitle nothing\ntitle a\nkernel /boot/k\ntitle b\nkernel /boot/k\ntitle end\n"
    found = of(tmp_path, text)
    assert [entry.title for entry in found.entries] == ["a", "b"]
    assert found.default == found.entries[1].id
    assert remarks(found) == [("info", 2), ("info", 7)]


@pytest.mark.parametrize(
    ("commands", "kind", "cmdline"),
    [
        ("kernel /boot/k a", "linux", "a"),
        ("kernel --type=linux /boot/k a", "linux", "a"),
        ("kernel --no-mem-option --type=biglinux /boot/k a", "linux", "a"),
        ("kernel --type=multiboot /boot/k a", "multiboot", "a"),
        ("kernel --type=netbsd /boot/k a", "unsupported", "a"),
        ("kernel --type=openbsd /boot/k", "unsupported", ""),
        ("kernel /boot/k", "linux", ""),
        ("kernel /boot/xen.gz dom0_mem=1G", "multiboot", "dom0_mem=1G"),
        ("kernel /boot/memdisk\ninitrd /boot/i", "unsupported", ""),
        ("kernel", "unsupported", ""),
        ("kernel --type=linux", "unsupported", ""),
        ("chainloader /boot/k.efi", "efi", ""),
        ("chainloader /boot/ntldr", "unsupported", ""),
        ("chainloader --force +1", "unsupported", ""),
        ("rootnoverify (hd0,1)\nmakeactive\nchainloader +1", "unsupported", ""),
        ("rootnoverify (hd0)\nchainloader +1", "local", ""),
        ("map (hd0) (hd1)\nmap (hd1) (hd0)\nchainloader (hd1)+1", "local", ""),
        ("chainloader (hd1,0)+1", "unsupported", ""),
        ("chainloader", "unsupported", ""),
        ("halt --no-apm", "action", ""),
        ("reboot", "action", ""),
        ("root", "unsupported", ""),
        ("setup (hd0)", "unsupported", ""),
        ("color red/blue", "unsupported", ""),
        ("chainloader +1\nkernel /boot/k a", "linux", "a"),
        ("kernel /boot/k a\nchainloader +1", "unsupported", ""),
    ],
)
def test_kinds(tmp_path: Path, commands: str, kind: str, cmdline: str) -> None:
    found = of(tmp_path, f"title a\n{commands}\n")
    entry = only(found)
    assert (entry.kind, entry.cmdline, entry.cmdline_added) == (kind, cmdline, "")
    if kind == "unsupported":
        assert any(said.source == entry.source and said.message for said in found.diagnostics)


def test_actions(tmp_path: Path) -> None:
    found = of(tmp_path, "title off\nhalt\ntitle again\nreboot\n")
    assert [entry.action for entry in found.entries] == ["poweroff", "reboot"]


XEN = """
title Xen
root (hd0,0)
kernel /boot/xen-4.17.gz dom0_mem=1G,max:1G
module /boot/k root=/dev/sda1  ro
modulenounzip /boot/i
"""


def test_xen(tmp_path: Path) -> None:
    found = of(tmp_path, XEN, "boot/xen-4.17.gz")
    entry = only(found)
    assert (entry.kind, entry.cmdline) == ("multiboot", "dom0_mem=1G,max:1G")
    assert entry.modules == (
        Module(File("sda1", "/boot/k", exists=True), "root=/dev/sda1  ro"),
        Module(File("sda1", "/boot/i", exists=True), as_it_is=True),
    )
    assert [origin.field for origin in entry.origins] == [
        "title",
        "kernel",
        "modules",
        "modules",
        "cmdline",
    ]
    assert not found.diagnostics


def test_modules_of_a_linux_kernel_are_initrds(tmp_path: Path) -> None:
    text = "title a\nkernel /boot/vmlinuz ro\nmodule /boot/i\ntitle b\nmodule /boot/i\n"
    found = of(tmp_path, text, "boot/vmlinuz")
    a, b = found.entries
    assert a.initrds == (File("sda1", "/boot/i", exists=True),)
    assert (a.kind, a.modules, b.kind) == ("linux", (), "unsupported")
    assert ("warning", 5) in remarks(found)


def test_initrds(tmp_path: Path) -> None:
    text = (
        "title a\nkernel /boot/k\ninitrd /boot/i /boot/j\n"
        "title b\nkernel /boot/k\ninitrd /boot/j\ninitrd /boot/i\ntitle c\ninitrd /boot/i\n"
        "kernel /boot/k\n"
    )
    found = of(tmp_path, text, "boot/j")
    assert [[file.path for file in entry.initrds] for entry in found.entries] == [
        ["/boot/i", "/boot/j"],
        ["/boot/i"],
        [],
    ]
    assert remarks(found) == [("info", 7), ("warning", 9)]


@pytest.mark.parametrize(
    ("settings", "default", "fallbacks", "timeout"),
    [
        ("", 0, [], -1),
        ("default 2", 2, [], -1),
        ("default=1\ntimeout=0", 1, [], 0),
        ("default 0x2", 2, [], -1),
        ("default 1st", 1, [], -1),
        ("default 9", 0, [], -1),
        ("default 9\nfallback 2 1", 2, [1], -1),
        ("default 9\nfallback 8 1", 0, [1], -1),
        ("default 1\nfallback 2", 1, [2], -1),
        ("default saved\nfallback 0 1 2 7", 2, [0, 1], -1),
        ("default saved\ntimeout 10", 2, [], 10),
        ("default first\ntimeout soon", 0, [], -1),
        ("hiddenmenu\ntimeout 3\ncolor cyan/blue\npassword --md5 $1$x", 0, [], 3),
    ],
)
def test_what_boots_by_itself(
    tmp_path: Path, settings: str, default: int, fallbacks: list[int], timeout: float
) -> None:
    titles = "".join(f"title {name}\nkernel /boot/k {name}\n" for name in "abc")
    found = of(tmp_path, f"{settings}\n{titles}", default="2\n#\n#\n")
    assert found.default == f"grub-legacy:sda1:{default}"
    assert [entry.default for entry in found.entries] == [n == default for n in range(3)]
    assert found.fallbacks == tuple(f"grub-legacy:sda1:{n}" for n in fallbacks)
    assert found.timeout == timeout


@pytest.mark.parametrize("content", ["", "junk", "99", "-1", "\0\xff"])
def test_a_default_file_that_says_nothing(tmp_path: Path, content: str) -> None:
    text = "default saved\ntitle a\nkernel /boot/k\ntitle b\nkernel /boot/k\n"
    assert of(tmp_path, text, default=content).default == "grub-legacy:sda1:0"


@pytest.mark.parametrize(
    ("command", "saved"),
    [
        ("savedefault", "1"),
        ("savedefault 0", "0"),
        ("savedefault fallback", "2"),
        ("savedefault --wait=2", "1"),
        ("savedefault x", None),
        ("", None),
    ],
)
def test_what_would_be_saved_is_told(tmp_path: Path, command: str, saved: str | None) -> None:
    text = (
        "default 1\nfallback 2\ntitle a\nkernel /boot/k\nsavedefault\n"
        f"title b\nkernel /boot/k\n{command}\ntitle c\nkernel /boot/k\n"
    )
    found = of(tmp_path, text)
    write = Write("sda1", "/boot/grub/default", (("saved_entry", saved or ""),))
    assert found.writes == ((write,) if saved else ())
    assert not (tmp_path / "boot/grub/default").exists()


def two(folder: Path, text: str, **names: str) -> tuple[FolderVolume, FolderVolume]:
    """A boot partition with a menu, and a root partition, of one disk."""
    tree(folder / "boot", {"grub/grub.conf": text, "vmlinuz": "x", "initrd": "x"})
    tree(folder / "root", {"boot/vmlinuz": "x", "only": "x"})
    home = FolderVolume(
        str(folder / "boot"), name=names.get("home", "sda1"), grub=names.get("home_grub", "")
    )
    other = FolderVolume(
        str(folder / "root"),
        name=names.get("other", "sda2"),
        grub=names.get("other_grub", ""),
        uuid="6BDB0A5A-1f5c-4c3c-9d35-0123456789ab",
    )
    return home, other


@pytest.mark.parametrize(
    ("names", "command", "name", "expected"),
    [
        # The partition's number counts from 0 where the kernel's and GRUB 2's count from 1.
        ({}, "root (hd0,0)", "/vmlinuz", "(sda1)/vmlinuz"),
        ({}, "root (hd0,1)", "/boot/vmlinuz", "(sda2)/boot/vmlinuz"),
        ({}, "root (hd0,1)", "(hd0,0)/vmlinuz", "(sda1)/vmlinuz"),
        ({}, "rootnoverify (hd0, 1)", "/only", "(sda2)/only"),
        ({}, "root (hd0,2)", "/gone", "(hd0,2)/gone"),
        ({}, "root (hd1,1)", "/only", "(hd1,1)/only"),
        ({}, "root", "/vmlinuz", "(sda1)/vmlinuz"),
        ({"home": "nvme0n1p1", "other": "nvme0n1p2"}, "root (hd0,1)", "/only", "(nvme0n1p2)/only"),
        ({"home": "sda1", "other": "sdb2"}, "root (hd0,1)", "/only", "(hd0,1)/only"),
        # What GRUB calls a volume is certain, and says which disk is which.
        (
            {"home_grub": "hd0,msdos1", "other_grub": "hd0,gpt2"},
            "root (hd0,1)",
            "/only",
            "(sda2)/only",
        ),
        ({"home_grub": "hd1,1", "other_grub": "hd0,2"}, "root (hd0,1)", "/only", "(sda2)/only"),
        ({"home_grub": "hd1,1"}, "root (hd0,1)", "/only", "(hd0,1)/only"),
        ({"home_grub": "hd0,1"}, "root (hd0,4)", "/vmlinuz", "(hd0,4)/vmlinuz"),
        ({"home_grub": "hd0,1"}, "root (hd0,0)", "/vmlinuz", "(sda1)/vmlinuz"),
        ({"other_grub": "hd1,gpt1"}, "root (hd1,0)", "/only", "(sda2)/only"),
        # A device that nothing is known of is the menu's own volume where the kernel is there.
        ({"home": "boot", "other": "x"}, "root (hd0,4)", "/vmlinuz", "(boot)/vmlinuz"),
        ({"home": "boot", "other": "x"}, "root (hd2,4)", "/vmlinuz", "(boot)/vmlinuz"),
        ({"home": "xvda", "other": "xvdb"}, "root (hd0)", "/vmlinuz", "(xvda)/vmlinuz"),
        ({"home": "boot", "other": "x"}, "root (cd)", "/vmlinuz", "(boot)/vmlinuz"),
        ({"home": "boot", "other": "x"}, "root (hd0,4)", "/only", "(hd0,4)/only"),
        ({"home": "boot", "other": "x"}, "root (hd0,2,a)", "/netbsd", "(hd0,2,a)/netbsd"),
        ({}, "root (nd)", "/linux", "(nd)/linux"),
        ({}, "uuid 6bdb0a5a-1F5C-4c3c-9d35-0123456789ab", "/only", "(sda2)/only"),
        ({}, "uuid 1234", "/vmlinuz", "(UUID=1234)/vmlinuz"),
        ({}, "find --set-root /only", "/only", "(sda2)/only"),
        ({}, "find --set-root --ignore-floppies /vmlinuz", "/vmlinuz", "(sda1)/vmlinuz"),
        ({}, "find --set-root /gone", "/k", "(FILE=/gone)/k"),
        ({}, "find /only", "/vmlinuz", "(sda1)/vmlinuz"),
        ({}, "root (hd0,0)", "../../vmlinuz", "(sda1)/vmlinuz"),
    ],
)
def test_devices(
    tmp_path: Path, names: dict[str, str], command: str, name: str, expected: str
) -> None:
    home, other = two(tmp_path, f"title a\n{command}\nkernel {name} ro\n", **names)
    (found,) = read(home, Volumes([home, other]), EFI)
    kernel = only(found).kernel
    assert str(kernel) == expected
    assert kernel is not None
    if kernel.resolved:
        assert kernel.exists
    else:
        assert (kernel.volume, kernel.exists) == (None, None)
        assert kernel.wanted == expected.partition(")")[0].lstrip("(")
        assert any(one.level == "warning" and one.hint for one in found.diagnostics)


def test_one_device_alone_is_taken_for_the_home_volume(tmp_path: Path) -> None:
    text = (
        "title a\nroot (hd0,5)\nkernel /vmlinuz\ntitle b\nroot (hd0,6)\nkernel /vmlinuz\n"
        "title c\nroot (hd0,6)\nkernel /initrd\ntitle d\nroot (hd0,6)\nkernel /gone\n"
    )
    home, other = two(tmp_path, text, home="disk", other="x")
    (found,) = read(home, Volumes([home, other]), EFI)
    assert [str(entry.kernel) for entry in found.entries] == [
        "(hd0,5)/vmlinuz",
        "(disk)/vmlinuz",
        "(disk)/initrd",
        "(disk)/gone",
    ]
    # Known by its number, the home volume is no other device's too.
    home, other = two(tmp_path / "b", "title z\nroot (hd0,0)\nkernel /initrd\n" + text)
    (found,) = read(home, Volumes([home]), EFI)
    assert [str(entry.kernel) for entry in found.entries] == [
        "(sda1)/initrd",
        "(hd0,5)/vmlinuz",
        "(hd0,6)/vmlinuz",
        "(hd0,6)/initrd",
        "(hd0,6)/gone",
    ]


def test_more_than_a_menu_has(tmp_path: Path) -> None:
    text = "title a\nkernel /boot/xen\n" + "module /boot/i\n" * (MOST_MODULES + 2)
    found = of(tmp_path, text + "title b\nkernel /boot/k\n" * MOST_TITLES, "boot/xen")
    assert (len(found.entries), len(found.entries[0].modules)) == (MOST_TITLES, MOST_MODULES)
    assert [level for level, _ in remarks(found)] == ["error", "error"]


def test_missing_files_are_told(tmp_path: Path) -> None:
    found = of(tmp_path, "title a\nroot (hd0,0)\nkernel /gone\ninitrd /boot/i /gone\n")
    entry = only(found)
    assert entry.kernel == File("sda1", "/gone", exists=False)
    assert [file.exists for file in entry.initrds] == [True, False]
    assert remarks(found) == [("error", 3), ("error", 4)]


def test_menus_that_lead_to_others(tmp_path: Path) -> None:
    text = (
        "default 1\ntimeout 3\ntitle Other system\nroot (hd0,1)\nconfigfile /boot/menu.lst\n"
        "title Here\nconfigfile (hd0,0)/grub/more.lst\ntitle Gone\nconfigfile /gone.lst\n"
        "title Back\nconfigfile /grub/grub.conf\n"
    )
    home, other = two(tmp_path, text)
    more = "default 1\ntimeout 9\ntitle a\nkernel /vmlinuz\ntitle b\nkernel /initrd\n"
    tree(tmp_path / "boot", {"grub/more.lst": more})
    tree(tmp_path / "root", {"boot/menu.lst": "title There\nkernel /boot/vmlinuz\n"})
    (found,) = read(home, Volumes([home, other]), EFI)
    assert [(entry.id, entry.path, str(entry.kernel or "")) for entry in found.entries] == [
        ("grub-legacy:sda1:0>0", ("Other system", "There"), "(sda2)/boot/vmlinuz"),
        ("grub-legacy:sda1:1>0", ("Here", "a"), "(sda1)/vmlinuz"),
        ("grub-legacy:sda1:1>1", ("Here", "b"), "(sda1)/initrd"),
        ("grub-legacy:sda1:2", ("Gone",), ""),
    ]
    assert found.default == "grub-legacy:sda1:1>1"
    assert found.timeout == 3.0
    assert ("error", 9) in remarks(found)


def test_menus_that_never_end_do(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"m{number}": "".join(f"title {n}\nconfigfile /m{n}\n" for n in range(20))
        for number in range(20)
    }
    volume = tree(tmp_path, {**files, "menu.lst": "title a\nconfigfile /m0\n"})
    (found,) = read(volume, Volumes([volume]), EFI)
    assert any("never end" in one.hint for one in found.diagnostics)
    chain: dict[str, str | bytes] = {
        f"m{number}": f"title {number}\nconfigfile /m{number + 1}\n" for number in range(20)
    }
    volume = tree(tmp_path / "b", {**chain, "menu.lst": "title a\nconfigfile /m0\n"})
    (found,) = read(volume, Volumes([volume]), EFI)
    assert only(found).path == ("a", *map(str, range(DEEPEST - 1)))


WORDS = """
title root rootnoverify uuid kernel initrd module modulenounzip chainloader configfile boot halt
reboot savedefault find default timeout fallback saved (hd0,0) (hd0,1)/k (hd9,9,a) (nd) /k /menu.lst
+1 (hd0)+1 = --type=linux --type= --set-root --no-mem-option 0 1 -1 99999999999 0x fallback \\ # é (
"""

TEXTS = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from([*WORDS.split(), "\n", "\n", "\r\n", "\t", "\0"]), max_size=60).map(
        lambda parts: " ".join(parts).encode()
    ),
)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_nothing_is_raised(tmp_path_factory: pytest.TempPathFactory, a: bytes, b: bytes) -> None:
    folder = tmp_path_factory.mktemp("menu")
    volume = tree(folder, {"menu.lst": a, "default": b, "boot/grub/menu.lst": b, "k": "x"})
    found = read(volume, Volumes([volume]), EFI)
    listing = merge(found)
    assert not any("bug" in one.message for one in read_all_diagnostics(volume))
    ids = [entry.id for entry in listing.entries]
    assert len(ids) == len(set(ids))
    assert listing.default is None or listing.default in ids


def read_all_diagnostics(volume: FolderVolume) -> list[Diagnostic]:
    found = read_all(Volumes([volume]), EFI, ["grub-legacy"])
    return [one for configuration in found for one in configuration.diagnostics]


@pytest.mark.parametrize(
    "content",
    [
        "title " + "x" * 900_000,
        "x\n" * 100_000,
        "title a\nkernel /k\n" * 20_000,
        "title a\\\n" * 100_000,
        "title a\nkernel /k\n" + "module /k\n" * 20_000,
        "x" * (9 << 20),
    ],
    ids=["long", "unknown", "titles", "joined", "modules", "large"],
)
def test_large_files_take_little_time(tmp_path: Path, content: str) -> None:
    volume = tree(tmp_path, {"menu.lst": content})
    start = time.process_time()
    found = read(volume, Volumes([volume]), EFI)
    assert time.process_time() - start < 5
    assert len(found) == 1
