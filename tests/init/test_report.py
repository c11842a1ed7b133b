"""What is told of a machine on which nothing boots."""

from bootpy.devices.device import Device
from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Entry, Host, Listing
from bootpy.init.drivers import Drivers
from bootpy.init.report import report, why_not
from bootpy.init.survey import Survey, describe, human_size
from bootpy.options import Options
from bootpy.policy.decision import Decision
from bootpy.timeline import Timeline

DISK = Device("vda", "/dev/vda", "disk", 2 << 30, bus="virtio", table="gpt")
ESP = Device("vda1", "/dev/vda1", "partition", 64 << 20, "vda", 1, "virtio",
             filesystem="vfat", uuid="AB-12", label="ESP")  # fmt: skip
ROOT = Device("vda10", "/dev/vda10", "partition", 1 << 30, "vda", 10, filesystem="ext4")
LOCKED = Device("vda2", "/dev/vda2", "partition", 1 << 30, "vda", 2, filesystem="crypto_LUKS")
STICK = Device("sdb", "/dev/sdb", "disk", 8_000_000_000, bus="usb", model="Stick",
               table="dos", filesystem="iso9660")  # fmt: skip
STICK1 = Device("sdb1", "/dev/sdb1", "partition", 1000, "sdb", 1)
NO_CONFIGURATION = (
    "mounted and read: no boot configuration in any of the places where one is looked for"
)


def survey(*devices: Device) -> Survey:
    timeline = Timeline()
    made = Survey(timeline, Options(), Host("efi", "x86_64"), Drivers(timeline, "/none"))
    made.devices = list(devices)
    return made


def entry(volume: str) -> Entry:
    source = Source(volume, "/boot/grub/grub.cfg", 3)
    return Entry(f"grub:{volume}:a", "A", ("A",), "grub", "linux", source)


def test_no_disk() -> None:
    lines = report(survey())
    assert lines[0] == "Nothing on this machine can boot by itself. What was seen:"
    assert lines[1] == "  no disk at all"
    assert lines[2].startswith("  hint: ")


def test_every_disk_and_partition_has_its_reason() -> None:
    seen = survey(DISK, ROOT, LOCKED, ESP, STICK, STICK1)
    seen.troubles = {"vda2": "encrypted", "sdb1": "nothing recognised"}
    seen.listing = Listing(entries=(entry("vda10"), entry("vda10")))
    assert report(seen)[1:] == [
        "  vda: virtio disk, 2.1 GB, gpt partition table",
        "    vda1: virtio partition, 67.1 MB, vfat, label ESP, UUID AB-12",
        f"      {NO_CONFIGURATION}",
        "    vda2: partition, 1.1 GB, crypto_LUKS",
        "      encrypted",
        "    vda10: partition, 1.1 GB, ext4",
        "      2 entries, none that may boot by itself",
        "  sdb: usb disk, 8.0 GB, Stick, dos partition table, iso9660",
        f"    {NO_CONFIGURATION}",
        "    sdb1: partition, 1.0 kB",
        "      nothing recognised",
    ]


def test_remarks_are_told_once() -> None:
    seen = survey(DISK)
    seen.troubles = {"vda": "disk with a gpt partition table"}
    remark = Diagnostic("error", Source("vda1", "/grub.cfg", 2), "no such file", "make it")
    other = Diagnostic("warning", None, "nothing is called x")
    seen.listing = Listing(diagnostics=(remark, remark))
    seen.decision = Decision((), None, "", (other, remark))
    assert report(seen)[-4:] == [
        "    disk with a gpt partition table",
        "What the configurations' readers and the choice had to say:",
        "  error: (vda1)/grub.cfg:2: no such file (make it)",
        "  warning: nothing is called x",
    ]


def test_one_entry_is_one_entry() -> None:
    assert why_not(ESP, {}, Listing((entry("vda1"),))) == "1 entry, none that may boot by itself"
    assert why_not(ESP, {"vda1": "damaged"}, Listing((entry("vda1"),))) == "damaged"


def test_what_boots_is_no_trouble() -> None:
    """A person may ask for the report where all is well."""
    seen = survey(DISK, ROOT, ESP)
    other = entry("vda10")._replace(id="grub:vda10:b")
    seen.listing = Listing(entries=(entry("vda10"), other, entry("vda1")))
    seen.decision = Decision((entry("vda10").id,), 5, "default of grub.cfg")
    assert report(seen)[0] == "What was seen:"
    assert "      2 entries, 1 that may boot by itself" in report(seen)
    assert "      1 entry, none that may boot by itself" in report(seen)
    seen.decision = Decision((entry("vda10").id, other.id), 5, "default of grub.cfg")
    assert "      2 entries, 2 that may boot by themselves" in report(seen)


def test_a_problem_is_part_of_the_description() -> None:
    broken = ESP._replace(problem="Input/output error")
    assert describe(broken).endswith("UUID AB-12, Input/output error")


def test_sizes_as_people_say_them() -> None:
    sizes = {0: "0 B", 999: "999 B", 1000: "1.0 kB", 2147483648: "2.1 GB",
             8 * 10**12: "8.0 TB", 5 * 10**15: "5000.0 TB"}  # fmt: skip
    assert {size: human_size(size) for size in sizes} == sizes
