"""What is read of systemd's EFI variables and told through them, in a folder like efivarfs."""

import os
from pathlib import Path

from bootpy.diagnostics import Source
from bootpy.entry import Entry, Listing, Write
from bootpy.init.loader_interface import asked, publish
from bootpy.timeline import Moment, Timeline

VENDOR = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"


class Kept:
    """A sink that keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def put(self, moment: Moment) -> None:
        self.lines.append(f"{moment.level}: {moment.text}")


def entry(path: str, entry_id: str, entry_format: str) -> Entry:
    return Entry(entry_id, "T", ("T",), entry_format, "linux", Source("sda1", path))


CONF = entry("/loader/entries/Arch-6.1+2-1.conf", "bls:sda1:Arch-6.1", "bls")
AGAIN = entry("/boot/loader/entries/Arch-6.1.conf", "bls:sda1:Arch-6.1#2", "bls")
UKI = entry("/EFI/Linux/a+3.efi", "uki:sda1:a.efi", "uki")
PROFILE = entry("/EFI/Linux/a+3.efi", "uki:sda1:a.efi@Reset#2", "uki")
GRUB = entry("/boot/grub/grub.cfg", "grub:sda2:x", "grub")


def variable(name: str, value: str) -> Write:
    return Write("efivarfs", f"/{name}-{VENDOR}", ((name, value),))


def set_up(folder: Path, **values: str) -> None:
    for name, value in values.items():
        content = b"\7\0\0\0" + value.encode("utf-16-le") + b"\0\0"
        (folder / f"{name}-{VENDOR}").write_bytes(content)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name.removesuffix(f"-{VENDOR}"): file.read_bytes() for file in folder.iterdir()}


def utf_16(*texts: str) -> bytes:
    return b"".join(f"{text}\0".encode("utf-16-le") for text in texts)


def test_what_was_asked_for(tmp_path: Path) -> None:
    set_up(tmp_path, LoaderEntryOneShot="a.conf", LoaderConfigTimeout="", LoaderInfo="other")
    assert asked(str(tmp_path)) == (("LoaderEntryOneShot", "a.conf"),)
    assert asked(str(tmp_path / "none")) == ()


def test_what_the_booted_system_is_told(tmp_path: Path) -> None:
    listing = Listing((CONF, GRUB, UKI, PROFILE, AGAIN))
    said = Kept()
    publish(listing, PROFILE, Timeline(said), str(tmp_path))
    assert said.lines == []
    found = contents(tmp_path)
    assert found.pop("LoaderInfo").startswith(b"\6\0\0\0" + utf_16("bootpy ")[:-2])
    features = int.from_bytes(found.pop("LoaderFeatures")[4:], "little")
    assert features & (1 << 3)  # one-shot entries
    assert not features & (1 << 4)  # boot counting would write to a disk
    assert found == {
        "LoaderEntries": b"\6\0\0\0" + utf_16("arch-6.1.conf", "a.efi", "a.efi@reset"),
        "LoaderEntrySelected": b"\6\0\0\0" + utf_16("a.efi@reset"),
    }


def test_what_was_for_once_is_forgotten(tmp_path: Path) -> None:
    set_up(tmp_path, LoaderEntryOneShot="a.efi", LoaderConfigTimeoutOneShot="5")
    writes = (
        Write("sda1", "/loader/entries/a+3.conf", (("name", "a+2-1.conf"),)),
        variable("LoaderEntryOneShot", ""),
        variable("LoaderConfigTimeoutOneShot", ""),
    )
    publish(Listing((UKI,), writes=writes), UKI, Timeline(), str(tmp_path))
    assert sorted(contents(tmp_path)) == [
        "LoaderEntries",
        "LoaderEntrySelected",
        "LoaderFeatures",
        "LoaderInfo",
    ]


def test_the_entry_booted_last_is_the_one_that_was_chosen(tmp_path: Path) -> None:
    listing = Listing((UKI, CONF), writes=(variable("LoaderEntryLastBooted", "a.efi"),))
    publish(listing, CONF, Timeline(), str(tmp_path))
    last = contents(tmp_path)["LoaderEntryLastBooted"]
    assert last == b"\7\0\0\0" + utf_16("arch-6.1.conf")
    publish(listing, GRUB, Timeline(), str(tmp_path))
    assert contents(tmp_path)["LoaderEntryLastBooted"] == last


def test_an_entry_of_another_format_selects_nothing(tmp_path: Path) -> None:
    publish(Listing((GRUB,)), GRUB, Timeline(), str(tmp_path))
    assert sorted(contents(tmp_path)) == ["LoaderFeatures", "LoaderInfo"]


def test_what_the_firmware_refuses_is_told_and_no_more(tmp_path: Path) -> None:
    for name in ("LoaderInfo", "LoaderEntryOneShot"):
        os.mkdir(tmp_path / f"{name}-{VENDOR}")
    said = Kept()
    listing = Listing((UKI,), writes=(variable("LoaderEntryOneShot", ""),))
    publish(listing, UKI, Timeline(said), str(tmp_path))
    assert said.lines == [
        "debug: EFI variable LoaderEntryOneShot is not changed: Is a directory",
        "debug: EFI variables that are not set: LoaderInfo (Is a directory)",
    ]
    assert (tmp_path / f"LoaderEntrySelected-{VENDOR}").exists()


def test_who_makes_no_variable_is_asked_once() -> None:
    # sysfs makes no files, as firmware makes no variables once an operating system runs.
    said = Kept()
    publish(Listing((UKI,)), UKI, Timeline(said), "/sys/kernel")
    (line,) = said.lines
    assert line.startswith("debug: EFI variables that are not set: LoaderInfo (")
    assert line.endswith("), nor any other")
