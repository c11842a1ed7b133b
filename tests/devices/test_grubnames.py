from bootpy.devices.device import Device
from bootpy.devices.grubnames import grub_names


def disk(name: str, table: str = "gpt", removable: bool = False) -> Device:
    return Device(name, f"/dev/{name}", "disk", 1 << 30, table=table, removable=removable)


def part(name: str, parent: str, number: int | None) -> Device:
    return Device(name, f"/dev/{name}", "partition", 1 << 20, parent=parent, number=number)


def test_partitions_are_named_by_their_table() -> None:
    found = [
        disk("sda"), part("sda2", "sda", 2), part("sda10", "sda", 10),
        disk("sdb", "dos"), part("sdb5", "sdb", 5),
        disk("sdc", "mac"), part("sdc3", "sdc", 3),
        disk("sdd", "something new"), part("sdd1", "sdd", 1),
    ]  # fmt: skip
    assert grub_names(found) == {
        "sda": "hd0", "sda2": "hd0,gpt2", "sda10": "hd0,gpt10",
        "sdb": "hd1", "sdb5": "hd1,msdos5",
        "sdc": "hd2", "sdc3": "hd2,apple3",
        "sdd": "hd3", "sdd1": "hd3,1",
    }  # fmt: skip


def test_disks_are_counted_by_name_and_removable_ones_last() -> None:
    names = ("sdaa", "sdc", "sdb", "sdz")
    found = [disk("sda", removable=True), *map(disk, names)]
    assert grub_names(found) == {
        "sdb": "hd0", "sdc": "hd1", "sdz": "hd2", "sdaa": "hd3", "sda": "hd4",
    }  # fmt: skip


def test_what_firmware_does_not_see_is_not_counted() -> None:
    found = [disk(name) for name in ("loop0", "sr0", "dm-0", "md127", "vda")]
    assert grub_names([*found, part("loop0p1", "loop0", 1)]) == {"vda": "hd0"}


def test_a_partition_of_no_known_disk_or_number_has_no_name() -> None:
    assert grub_names([part("sda1", "sda", 1)]) == {}
    assert grub_names([disk("sda"), part("sda1", "sda", None)]) == {"sda": "hd0"}
    assert grub_names([]) == {}


def test_names_with_a_slash() -> None:
    found = [disk("cciss/c0d0", "dos"), part("cciss/c0d0p1", "cciss/c0d0", 1)]
    assert grub_names(found)["cciss/c0d0p1"] == "hd0,msdos1"
