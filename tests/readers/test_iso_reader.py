"""ISO files that lie on a volume: what would boot from each."""

from pathlib import Path

import pytest
from image_tools import fill, iso

from bootpy.entry import Configuration, File, Host
from bootpy.kexec.files import open_file
from bootpy.policy.listing import merge
from bootpy.readers import iso as reader
from bootpy.readers.reading import read_all
from bootpy.volume import FolderVolume, Volumes

EFI = Host("efi", "x86_64")


def read(folder: Path, uuid: str = "1234-ABCD") -> list[Configuration]:
    volume = FolderVolume(str(folder), name="sdb1", uuid=uuid)
    return reader.read(volume, Volumes([volume]), EFI)


def grub(cmdline: str, kernel: str = "/k") -> str:
    live = f'menuentry "Live" {{\n linux {kernel} {cmdline}\n initrd /i\n}}\n'
    return live + "menuentry R { reboot }\n"


def test_an_image_with_a_loopback_cfg(tmp_path: Path) -> None:
    text = (
        'menuentry "Try" {\n linux /casper/vmlinuz iso-scan/filename=${iso_path} ---\n'
        " initrd /casper/initrd\n}\nset timeout=3\nset default=0\n"
    )
    files: dict[str, str | bytes] = {
        "/boot/grub/loopback.cfg": text,
        "/boot/grub/grub.cfg": grub("not this one"),
        "/casper/vmlinuz": "kernel",
        "/casper/initrd": "initrd",
    }
    iso(tmp_path / "isos/Ubuntu.ISO", files)
    (found,) = read(tmp_path)
    (entry,) = found.entries
    name = "sdb1:/isos/Ubuntu.ISO"
    assert entry.id == f"iso:{name}:Try"
    assert (entry.title, entry.path) == ("Try", ("Ubuntu.ISO", "Try"))
    assert (entry.format, entry.kind, entry.default) == ("iso", "linux", False)
    assert entry.kernel == File(name, "/casper/vmlinuz", exists=True)
    assert entry.initrds == (File(name, "/casper/initrd", exists=True),)
    assert entry.cmdline == "iso-scan/filename=/isos/Ubuntu.ISO ---"
    assert (found.default, found.timeout, found.diagnostics) == (None, None, ())
    assert found.source.path == "/isos/Ubuntu.ISO"


HOME = "/dev/disk/by-uuid/1234-ABCD"


@pytest.mark.parametrize(
    ("place", "given", "cmdline"),
    [
        ("/casper/x", "boot=casper --- quiet", "iso-scan/filename=/x.iso boot=casper --- quiet"),
        ("/casper/x", "--- quiet", "boot=casper iso-scan/filename=/x.iso --- quiet"),
        ("/live/x", "boot=live components", "findiso=/x.iso boot=live components"),
        (
            "/LiveOS/squashfs.img",
            "root=live:CDLABEL=F39 rd.live.image quiet",
            "iso-scan/filename=/x.iso root=live:CDLABEL=F39 rd.live.image quiet",
        ),
        (
            "/LiveOS/squashfs.img",
            "quiet",
            r"iso-scan/filename=/x.iso root=live:CDLABEL=MY\x20LABEL rd.live.image quiet",
        ),
        (
            "/arch/boot/x",
            "archisobasedir=arch",
            f"img_dev={HOME} img_loop=/x.iso archisobasedir=arch",
        ),
        ("/sysresccd/x", "a", f"img_dev={HOME} img_loop=/x.iso a"),
        ("/nix-store.squashfs", "init=/nix/x", "findiso=/x.iso init=/nix/x"),
        ("/boot/x86_64/loader/linux", "splash=silent", "install=hd:/x.iso splash=silent"),
        (
            "/images/install.img",
            r"inst.stage2=hd:LABEL=CentOS\x208 quiet",
            "inst.stage2=hd:UUID=1234-ABCD:/x.iso quiet",
        ),
        ("/image.squashfs", "root=/dev/ram0", "isoboot=/x.iso root=/dev/ram0"),
        ("/porteus/x", "quiet", "from=/x.iso quiet"),
    ],
)
def test_each_distributions_own_parameter(
    tmp_path: Path, place: str, given: str, cmdline: str
) -> None:
    files: dict[str, str | bytes] = {place: "x", "/boot/grub/grub.cfg": grub(given), "/k": "kernel"}
    iso(tmp_path / "x.iso", files, label="MY LABEL")
    (found,) = read(tmp_path)
    (entry,) = found.entries
    assert entry.cmdline == cmdline
    assert entry.kernel == File("sdb1:/x.iso", "/k", exists=True)
    assert [one.value for one in entry.origins if one.field == "cmdline"][-1] == cmdline
    assert found.diagnostics == ()


def test_a_home_without_a_uuid_is_named_by_its_device(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"/arch/x": "x", "/boot/grub/grub.cfg": grub("a"), "/k": "k"}
    iso(tmp_path / "x.iso", files)
    (found,) = read(tmp_path, uuid="")
    assert found.entries[0].cmdline == "img_dev=/dev/sdb1 img_loop=/x.iso a"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/boot/modloop-lts", "Alpine Linux has no parameter"),
        ("/install.amd/vmlinuz", "Debian's installer has no parameter"),
        ("/anything", "which distribution this is is not known"),
    ],
)
def test_what_may_not_find_its_medium_is_said(tmp_path: Path, place: str, said: str) -> None:
    files: dict[str, str | bytes] = {place: "x", "/boot/grub/grub.cfg": grub("quiet"), "/k": "k"}
    iso(tmp_path / "x.iso", files)
    (found,) = read(tmp_path)
    assert [one.cmdline for one in found.entries] == ["quiet"]
    (told,) = found.diagnostics
    assert (told.level, told.message.startswith(said)) == ("warning", True)
    assert told.hint


def test_isolinux_where_there_is_no_grub(tmp_path: Path) -> None:
    text = "DEFAULT live\nLABEL live\n MENU LABEL ^Debian live\n KERNEL /live/vmlinuz\n"
    text += " APPEND initrd=/live/initrd.img boot=live\n"
    files: dict[str, str | bytes] = {
        "/isolinux/isolinux.cfg": text,
        "/live/vmlinuz": "k",
        "/live/initrd.img": "i",
    }
    iso(tmp_path / "boot/iso/debian.iso", files)
    (found,) = read(tmp_path)
    (entry,) = found.entries
    assert entry.path == ("debian.iso", "Debian live")
    assert entry.cmdline == "findiso=/boot/iso/debian.iso initrd=/live/initrd.img boot=live"
    assert entry.initrds == (File("sdb1:/boot/iso/debian.iso", "/live/initrd.img", exists=True),)


def test_loader_entries_of_archiso(tmp_path: Path) -> None:
    text = "title Arch\nlinux /arch/boot/vmlinuz\ninitrd /arch/boot/initrd\noptions archiso=1\n"
    files: dict[str, str | bytes] = {
        "/loader/entries/01-arch.conf": text,
        "/arch/boot/vmlinuz": "k",
        "/arch/boot/initrd": "i",
    }
    iso(tmp_path / "arch.iso", files)
    (found,) = read(tmp_path)
    (entry,) = found.entries
    assert entry.title == "Arch"
    assert entry.cmdline == f"img_dev={HOME} img_loop=/arch.iso archiso=1"


def test_what_is_no_image_or_has_no_entry(tmp_path: Path) -> None:
    fill(tmp_path, {"/empty.iso": "", "/text.iso": "text" * 20_000, "/isos/folder.iso/x": "y"})
    iso(tmp_path / "data.iso", {"/readme": "text"})
    iso(tmp_path / "windows.iso", {"/readme": "text"}, "-udf", tool="genisoimage")
    whole = iso(tmp_path / "cut.iso", {f"/{number}": "x" * 9000 for number in range(9)})
    whole.write_bytes(whole.read_bytes()[: 18 * 2048])
    told = {
        one.source.path: [(d.level, d.message) for d in one.diagnostics] for one in read(tmp_path)
    }
    assert all(not one.entries and one.default is None for one in read(tmp_path))
    assert sorted(told) == ["/cut.iso", "/data.iso", "/empty.iso", "/text.iso", "/windows.iso"]
    assert told["/data.iso"] == [("info", "it has no entry that could be booted")]
    assert "UDF file system, which is not read" in told["/windows.iso"][0][1]
    assert "truncated" in told["/cut.iso"][0][1]
    assert "too short" in told["/empty.iso"][0][1]
    assert "no volume descriptor" in told["/text.iso"][0][1]


def test_nothing_boots_by_itself_and_all_can_be_opened(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "/casper/x": "x",
        "/boot/grub/grub.cfg": "set default=0\nset timeout=1\n" + grub("quiet"),
        "/k": b"kernel" * 10_000,
        "/i": "initrd",
    }
    iso(tmp_path / "isos/x.iso", files)
    (tmp_path / "boot").symlink_to(".")
    volumes = Volumes([FolderVolume(str(tmp_path), name="sdb1")])
    listing = merge(read_all(volumes, EFI))
    (entry,) = listing.entries
    assert (listing.default, listing.timeout, entry.format) == (None, None, "iso")
    assert entry.kernel is not None
    with open(open_file(entry.kernel, "kernel", volumes), "rb") as file:
        assert file.read() == b"kernel" * 10_000
