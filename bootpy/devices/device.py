"""What a block device is, and what its name says."""

import re
from typing import NamedTuple

ANDROID = "android-boot"
"""What stands for a file system where a device holds an Android boot image and nothing else."""


class Device(NamedTuple):
    """One block device as the kernel and libblkid describe it.

    `name` is the kernel's ("sda2"), `node` its path ("/dev/sda2"), `kind` the kernel's
    DEVTYPE ("disk" or "partition"), `size` in bytes, `parent` the name of the disk that a
    partition lies on, `bus` where it is attached ("virtio", "nvme", "ata", "usb", "mmc",
    "scsi", ...). `filesystem`, `uuid`, `label` are libblkid's TYPE, UUID and LABEL, the first
    one `ANDROID` too;
    `table` is "gpt" or "dos" on a partitioned disk. `problem` says why the device could not
    be looked at (an unreadable superblock, two signatures), else it is "".
    """

    name: str
    node: str
    kind: str
    size: int
    parent: str | None = None
    number: int | None = None
    bus: str = ""
    removable: bool = False
    model: str = ""
    table: str = ""
    filesystem: str = ""
    uuid: str = ""
    label: str = ""
    partuuid: str = ""
    partlabel: str = ""
    parttype: str = ""
    problem: str = ""


def order(name: str) -> tuple[object, ...]:
    """Sort key of a device name in which sdb2 comes before sdb10 and before sdaa."""
    letters = name.rstrip("0123456789")
    if letters.isalpha() and letters.isascii() and letters.islower():  # as most are, and quicker
        number = name[len(letters) :]
        return (len(letters), letters, int(number), "") if number else (len(letters), letters)
    start = re.match(r"[a-z]*", name)
    return (
        len(start.group()) if start else 0,
        *(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)),
    )


def partition_number(name: str, disk: str) -> int | None:
    """Return the number of the partition `name` of a disk; None where it is none of its.

    The kernel makes the name so (add_partition of block/partitions/core.c): the disk's, a "p"
    where that ends with a digit, and the number.
    """
    mark = "p" if disk[-1:].isdigit() else ""
    number = name.removeprefix(f"{disk}{mark}")
    return int(number) if number != name and number.isdigit() and number.isascii() else None
