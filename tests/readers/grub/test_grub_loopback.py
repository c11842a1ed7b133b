"""GRUB's loopback: what multi-boot sticks write to boot from ISO files."""

from pathlib import Path

import pytest
from image_tools import iso

from bootpy.entry import Configuration, Entry, File, Host
from bootpy.readers.grub.reader import read
from bootpy.volume import FolderVolume, Volumes

EFI = Host("efi", "x86_64")
LOOPBACK = """\
menuentry "Try Ubuntu" {
    linux /casper/vmlinuz iso-scan/filename=${iso_path} --- quiet splash
    initrd /casper/initrd
}
menuentry "Firmware" { fwsetup }
"""
NAME = "sda1:/isos/ubuntu.iso"
KERNEL = File(NAME, "/casper/vmlinuz", exists=True)
INITRD = File(NAME, "/casper/initrd", exists=True)


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stick")
    files: dict[str, str | bytes] = {
        "/casper/vmlinuz": "kernel",
        "/casper/initrd": "initrd",
        "/boot/grub/loopback.cfg": LOOPBACK,
    }
    iso(folder / "isos/ubuntu.iso", files)
    (folder / "isos/broken.iso").write_bytes(bytes(60_000))
    (folder / "boot/grub").mkdir(parents=True)
    return folder


def configuration(stick: Path, text: str, *others: FolderVolume) -> Configuration:
    (stick / "boot/grub/grub.cfg").write_text(text)
    volume = FolderVolume(str(stick), name="sda1", uuid="aaaa", grub="hd0,msdos1")
    (found,) = read(volume, Volumes([volume, *others]), EFI)
    return found


def entry(stick: Path, body: str) -> Entry:
    (only,) = configuration(stick, "menuentry E {\n" + body + "\n}\n").entries
    return only


@pytest.mark.parametrize(
    "body",
    [
        "set f=/isos/ubuntu.iso\nloopback loop $f\nlinux (loop)/casper/vmlinuz a\n"
        "initrd (loop)/casper/initrd",
        "set f=/isos/ubuntu.iso\nloopback loop ($root)$f\nlinux (loop)/casper/vmlinuz a\n"
        "initrd (loop)/casper/initrd",
        "loopback iso (hd0,1)/isos/ubuntu.iso\nset root=(iso)\nlinux /casper/vmlinuz a\n"
        "initrd /casper/initrd",
        "loopback loop /isos/ubuntu.iso\nset root=loop\nlinux /casper/vmlinuz a\n"
        "initrd /casper/initrd",
        "loopback loop /isos/ubuntu.iso\nsearch --file --set=root /casper/vmlinuz\n"
        "linux /casper/vmlinuz a\ninitrd ($root)/casper/initrd",
        "loopback loop /isos/broken.iso\nloopback loop /isos/ubuntu.iso\n"
        "if [ -f (loop)/casper/vmlinuz ]; then linux (loop)/casper/vmlinuz a; fi\n"
        "initrd (loop)/casper/initrd",
    ],
)
def test_files_of_the_image(stick: Path, body: str) -> None:
    found = entry(stick, body)
    assert (found.kernel, found.initrds, found.cmdline) == (KERNEL, (INITRD,), "a")


def test_search_names_the_device(stick: Path) -> None:
    found = entry(
        stick,
        "loopback lo /isos/ubuntu.iso\nsearch -f --set=where /casper/vmlinuz\n"
        "linux ($where)/casper/vmlinuz where=$where",
    )
    assert (found.kernel, found.cmdline) == (KERNEL, "where=lo")


@pytest.mark.parametrize(
    "show",
    [
        "configfile /boot/grub/loopback.cfg\nloopback --delete loop",
        "source (loop)/boot/grub/loopback.cfg",
    ],
)
@pytest.mark.parametrize("kind", ["menuentry", "submenu"])
def test_the_menu_of_the_image(stick: Path, show: str, kind: str) -> None:
    text = f"""
{kind} "Ubuntu" {{
    rmmod tpm
    iso_path="/isos/ubuntu.iso"
    export iso_path
    search --set=root --file "$iso_path"
    loopback loop "$iso_path"
    root=(loop)
    {show}
}}
"""
    first, second = configuration(stick, text).entries
    assert (first.kernel, first.initrds) == (KERNEL, (INITRD,))
    assert first.cmdline == "iso-scan/filename=/isos/ubuntu.iso --- quiet splash"
    assert first.path == ("Ubuntu", "Try Ubuntu")
    assert (first.source.volume, first.source.path) == (NAME, "/boot/grub/loopback.cfg")
    assert (second.path, second.action) == (("Ubuntu", "Firmware"), "firmware")


def test_every_image_in_a_loop(stick: Path) -> None:
    text = """
for f in /isos/*.iso; do
    menuentry "Boot $f" "$f" {
        loopback loop "$2"
        linux (loop)/casper/vmlinuz iso-scan/filename=$2
    }
done
"""
    broken, good = configuration(stick, text).entries
    assert good.kernel == KERNEL
    assert good.cmdline == "iso-scan/filename=/isos/ubuntu.iso"
    assert broken.kernel == File(None, "/casper/vmlinuz", wanted="sda1:/isos/broken.iso")


def test_a_device_made_before_the_menu_stays_for_all_entries(stick: Path) -> None:
    text = "loopback loop /isos/ubuntu.iso\n" + "menuentry X { linux (loop)/casper/vmlinuz }\n" * 2
    assert [one.kernel for one in configuration(stick, text).entries] == [KERNEL, KERNEL]


def test_one_entrys_device_is_not_there_in_the_next(stick: Path) -> None:
    text = (
        "menuentry A { loopback loop /isos/ubuntu.iso; linux (loop)/casper/vmlinuz }\n"
        "menuentry B { linux (loop)/casper/vmlinuz }\n"
    )
    assert [one.kernel for one in configuration(stick, text).entries] == [
        KERNEL,
        File(None, "/casper/vmlinuz", wanted="loop"),
    ]


@pytest.mark.parametrize(
    ("name", "wanted", "reason", "hint"),
    [
        ("/isos/none.iso", "sda1:/isos/none.iso", "No such file or directory", "check the path"),
        ("/isos/broken.iso", "sda1:/isos/broken.iso", "no volume descriptor", "ISO 9660"),
        ("/isos", "sda1:/isos", "Is a directory", "ISO 9660"),
    ],
)
def test_an_image_that_cannot_be_opened(
    stick: Path, name: str, wanted: str, reason: str, hint: str
) -> None:
    text = f"menuentry E {{\nloopback loop {name}\nlinux (loop)/k\ninitrd (loop)/i\n}}\n"
    found = configuration(stick, text)
    (only,) = found.entries
    assert only.kernel == File(None, "/k", wanted=wanted)
    assert only.initrds == (File(None, "/i", wanted=wanted),)
    (told,) = [one for one in found.diagnostics if "loopback" in one.message]
    assert told.source is not None
    assert (told.source.line, reason in told.message, hint in told.hint) == (2, True, True)


def test_an_image_on_a_volume_that_is_not_there(stick: Path) -> None:
    found = entry(
        stick,
        "search --fs-uuid --set=root 1234-ABCD\nloopback loop /x.iso\nset root=loop\nlinux /k",
    )
    assert found.kernel == File(None, "/k", wanted="UUID=1234-ABCD:/x.iso")
    again = entry(stick, "loopback loop (hd7,gpt1)/x.iso\nlinux (loop)/k")
    assert again.kernel == File(None, "/k", wanted="hd7,gpt1:/x.iso")


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("loopback", 0),
        ("loopback loop", 0),
        ("loopback -d loop", 0),
        ("loopback -x loop /isos/ubuntu.iso", 0),
        ("loopback loop /isos/none.iso", 0),
        ("loopback loop /isos/ubuntu.iso", 1),
        ("loopback loop /isos/ubuntu.iso; loopback -d loop", 1),
    ],
)
def test_statuses(stick: Path, command: str, status: int) -> None:
    body = f"if {command}; then linux /k worked=1; else linux /k worked=0; fi"
    assert entry(stick, body).cmdline == f"worked={status}"


def test_a_deleted_device_is_gone(stick: Path) -> None:
    found = entry(stick, "loopback l /isos/ubuntu.iso\nloopback -d l\nlinux (l)/casper/vmlinuz")
    assert found.kernel is not None
    assert not found.kernel.resolved


def test_the_image_is_asked_for_its_names(stick: Path) -> None:
    found = entry(
        stick,
        "loopback loop /isos/ubuntu.iso\nprobe --label --set=label (loop)\n"
        "probe -u (loop) --set=uuid\nlinux (loop)/casper/vmlinuz root=live:CDLABEL=$label $uuid\n"
        "search --label --set=root $label\ninitrd /casper/initrd",
    )
    uuid = Volumes([FolderVolume(str(stick), name="sda1")]).named(NAME)
    assert uuid is not None
    assert found.cmdline == f"root=live:CDLABEL=IMAGE {uuid.uuid}"
    assert found.initrds == (INITRD,)
