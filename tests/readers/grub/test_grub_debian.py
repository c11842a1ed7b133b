"""The grub.cfg that Debian 12's own grub-mkconfig writes, unmodified."""

import sys
from pathlib import Path
from types import FrameType

import pytest

from bootpy.entry import Configuration, File, Host
from bootpy.readers.grub.reader import read
from bootpy.volume import FolderVolume, Volumes

DATA = Path(__file__).parent / "data"
UUID = "6bdb0a5a-1f5c-4c3c-9d35-2f1f7f3f6a10"
EFI = Host("efi", "x86_64")
NEW, OLD = "6.1.0-28-amd64", "6.1.0-27-amd64"


def disk(folder: Path, config: str = "debian12.cfg", uuid: str = UUID) -> FolderVolume:
    grub = folder / "boot/grub"
    grub.mkdir(parents=True)
    grub.joinpath("grub.cfg").write_bytes(DATA.joinpath(config).read_bytes())
    for version in (NEW, OLD):
        folder.joinpath(f"boot/vmlinuz-{version}").write_bytes(b"kernel")
        folder.joinpath(f"boot/initrd.img-{version}").write_bytes(b"initrd")
    return FolderVolume(str(folder), name="sda2", uuid=uuid)


def environment(folder: Path, **variables: str) -> None:
    text = "# GRUB Environment Block\n" + "".join(f"{k}={v}\n" for k, v in variables.items())
    folder.joinpath("boot/grub/grubenv").write_text(text.ljust(1024, "#"))


def read_one(*volumes: FolderVolume, host: Host = EFI) -> Configuration:
    (configuration,) = read(volumes[0], Volumes(volumes), host)
    return configuration


@pytest.fixture
def debian(tmp_path: Path) -> Configuration:
    return read_one(disk(tmp_path))


def test_entries_stand_as_in_the_menu(debian: Configuration) -> None:
    advanced = "Advanced options for Debian GNU/Linux"
    linux = "Debian GNU/Linux, with Linux"
    assert [entry.path for entry in debian.entries] == [
        ("Debian GNU/Linux",),
        (advanced, f"{linux} {NEW}"),
        (advanced, f"{linux} {NEW} (recovery mode)"),
        (advanced, f"{linux} {OLD}"),
        (advanced, f"{linux} {OLD} (recovery mode)"),
    ]
    assert {entry.kind for entry in debian.entries} == {"linux"}
    assert debian.diagnostics == ()


def test_what_an_entry_boots(debian: Configuration) -> None:
    first = debian.entries[0]
    assert first.id == f"grub:sda2:gnulinux-simple-{UUID}"
    assert first.kernel == File("sda2", f"/boot/vmlinuz-{NEW}", exists=True)
    assert first.initrds == (File("sda2", f"/boot/initrd.img-{NEW}", exists=True),)
    assert first.cmdline == f"root=UUID={UUID} ro quiet"
    assert first.cmdline_added == f"BOOT_IMAGE=/boot/vmlinuz-{NEW}"
    text = DATA.joinpath("debian12.cfg").read_text().splitlines()
    assert first.source.line is not None
    assert text[first.source.line - 1].startswith("menuentry 'Debian GNU/Linux'")


def test_the_default_and_its_timeout(debian: Configuration) -> None:
    assert debian.default == debian.entries[0].id
    assert [entry.default for entry in debian.entries] == [True, False, False, False, False]
    assert debian.timeout == 5


def test_entries_of_a_missing_disk_wait_for_it(tmp_path: Path) -> None:
    entry = read_one(disk(tmp_path, uuid="other")).entries[0]
    assert entry.kernel == File(None, f"/boot/vmlinuz-{NEW}", wanted=f"UUID={UUID}")
    assert [initrd.wanted for initrd in entry.initrds] == [f"UUID={UUID}"]


def test_saved_entry_is_the_default(tmp_path: Path) -> None:
    volume = disk(tmp_path, "debian12-saved.cfg")
    wanted = f"gnulinux-advanced-{UUID}>gnulinux-{OLD}-advanced-{UUID}"
    environment(tmp_path, saved_entry=wanted)
    configuration = read_one(volume)
    assert configuration.default == f"grub:sda2:{wanted}"
    # What savedefault would store is what is stored.
    (write,) = configuration.writes
    assert dict(write.variables) == {"saved_entry": wanted}


def test_next_entry_is_taken_once(tmp_path: Path) -> None:
    volume = disk(tmp_path, "debian12-saved.cfg")
    environment(tmp_path, saved_entry="1>2", next_entry="0")
    configuration = read_one(volume)
    assert configuration.default == configuration.entries[0].id
    (write,) = configuration.writes
    assert (write.volume, write.path) == ("sda2", "/boot/grub/grubenv")
    assert dict(write.variables) == {"next_entry": ""}


def test_the_stub_on_the_esp_leads_to_the_same_entries(tmp_path: Path) -> None:
    root = disk(tmp_path / "root")
    stub = tmp_path / "esp/EFI/debian/grub.cfg"
    stub.parent.mkdir(parents=True)
    stub.write_text(
        f"search.fs_uuid {UUID} root hd0,gpt2 \n"
        "set prefix=($root)'/boot/grub'\n"
        "configfile $prefix/grub.cfg\n"
    )
    esp = FolderVolume(str(tmp_path / "esp"), name="sda1")
    volumes = Volumes((esp, root))
    (through,) = read(esp, volumes, EFI)
    (direct,) = read(root, volumes, EFI)
    assert through.entries == direct.entries
    assert through.default == direct.default
    assert through.timeout == direct.timeout
    assert through.source.path == "/EFI/debian/grub.cfg"
    assert through.entries[0].source.volume == "sda2"


def calls_for(folder: Path, entries: int) -> int:
    """Calls of Python functions that reading so many of Debian's entries takes."""
    volume = disk(folder)
    text = DATA.joinpath("debian12.cfg").read_text()
    head, entry = text[: (at := text.index("menuentry 'Deb"))], text[at : text.index("submenu")]
    many = "".join(entry.replace("Debian GNU", f"Debian {n}") for n in range(entries))
    (folder / "boot/grub/grub.cfg").write_text(head + many)
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        configuration = read_one(volume)
    finally:
        sys.setprofile(None)
    assert len({one.id for one in configuration.entries}) == entries
    return calls


def test_the_work_grows_with_the_entries_and_no_faster(tmp_path: Path) -> None:
    few, many = calls_for(tmp_path / "few", 100), calls_for(tmp_path / "many", 1000)
    assert (many - few) / 900 < 600
    assert many < few * 10.5
