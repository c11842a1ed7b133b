"""What a block device is."""

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
