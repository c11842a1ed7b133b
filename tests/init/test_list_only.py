"""What the loader writes where it is only to list, and to whom."""

import json
import os
import pty
from pathlib import Path

import pytest

from bootpy.cli.listing_from_json import listing_from_object
from bootpy.devices.device import Device
from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, File, Host, Listing
from bootpy.errors import BootError
from bootpy.init.drivers import Drivers
from bootpy.init.listing import report, send
from bootpy.init.survey import Survey
from bootpy.options import Options
from bootpy.timeline import Timeline
from bootpy.volume import FolderVolume, Volumes

DISK = Device("vda", "/dev/vda", "disk", 2 << 30, bus="virtio", table="gpt")
ROOT = Device("vda1", "/dev/vda1", "partition", 1 << 30, "vda", 1, filesystem="ext4")
BAD = Device("vda2", "/dev/vda2", "partition", 1 << 30, "vda", 2, filesystem="xfs")
SECOND = Device("vdb", "/dev/vdb", "disk", 1 << 30, problem="Input/output error")
SOURCE = Source("vda1", "/boot/grub/grub.cfg", 3)
KERNEL = File("vda1", "/vmlinuz", exists=True)
ENTRY = Entry("grub:vda1:a", "\u00c4\udcff", ("a",), "grub", "linux", SOURCE, kernel=KERNEL)


def survey(*devices: Device) -> Survey:
    timeline = Timeline()
    made = Survey(timeline, Options(), Host("pc", "x86_64"), Drivers(timeline, "/none"))
    made.devices = list(devices)
    return made


def test_the_line_on_the_terminal() -> None:
    seen = survey(DISK, ROOT)
    seen.listing = Listing((ENTRY,), ENTRY.id, 5)
    ours, theirs = pty.openpty()
    options = Options(list=os.ttyname(theirs).removeprefix("/dev/"))
    send(seen, options)
    with open(ours, "rb") as terminal:
        line = terminal.readline()
    os.close(theirs)
    assert line.endswith(b"}\n")  # not \r\n: nothing is made of the bytes on their way
    assert line.isascii()
    assert json.loads(line) == report(seen, options)


def test_disks_are_counted_and_what_gave_no_volume_is_told() -> None:
    seen = survey(DISK, ROOT, BAD, SECOND)
    remark = Diagnostic("error", Source("vda1", "/boot/grub/grub.cfg", 9), "no", "yes")
    seen.listing = Listing((ENTRY,), ENTRY.id, None, diagnostics=(remark,))
    seen.refusals["vda2"] = BootError("vda2: cannot mount", "fsck")
    told = report(seen, Options())
    assert told["disks"] == 2
    listing = listing_from_object(told["listing"])
    assert listing.entries == (ENTRY,)
    assert listing.diagnostics == (
        Diagnostic("info", None, "vda: disk with a gpt partition table"),
        Diagnostic("warning", None, "vda2: cannot mount", "fsck"),
        Diagnostic("warning", None, "vdb: cannot be read: Input/output error"),
        remark,
    )


def test_volumes_without_an_entry(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    (tmp_path / "none").mkdir()
    seen = survey(DISK)
    names = ("full", "none", "read")
    seen.volumes = Volumes(
        FolderVolume(str(tmp_path / ("full" if name == "read" else name)), name=name)
        for name in names
    )
    seen.configurations = [Configuration(Source("read", "/grub"), "grub")]
    told = report(seen, Options(formats=("grub",)))
    full, none, read = told["listing"]["diagnostics"][1:]
    assert "grub in /grub.cfg" in full["message"]
    assert "bls" not in full["message"]
    assert "empty" in none["message"]
    assert "no boot entry in the configurations" in read["message"]
    # There is nothing to mount, and no argument to correct, where a machine reads its disks.
    assert {one["hint"] for one in (full, none, read)} == {""}


def test_no_such_terminal() -> None:
    with pytest.raises(FileNotFoundError):
        send(survey(DISK), Options(list="ttyNONE"))
