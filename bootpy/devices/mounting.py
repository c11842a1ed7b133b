"""Devices made into Volumes: read-only mounts, each with the reason where it cannot be."""

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from bootpy.devices.device import ANDROID, Device
from bootpy.diagnostics import Diagnostic, Level
from bootpy.errors import BootError
from bootpy.volume import FolderVolume

if TYPE_CHECKING:
    from bootpy.devices.raw import RawVolume

# What libblkid finds that holds no files to boot from, and what a person should know of it.
NO_FILES = {
    "swap": "swap space, no file system",
    "swsuspend": "swap space with a hibernation image in it",
    "crypto_LUKS": "encrypted (LUKS); this version cannot open it",
    "LVM2_member": "part of an LVM volume group; this version cannot assemble it",
    "linux_raid_member": "part of a RAID array; this version cannot assemble it",
    "zfs_member": "part of a ZFS pool, which this version cannot read",
    "BitLocker": "encrypted (BitLocker)",
}

# What libblkid calls the MBR that stands before a GPT, where no valid GPT follows.
_NO_GPT = "PMBR"

_IGNORES_CASE = frozenset({"vfat", "exfat", "ntfs", "ntfs3", "iso9660", "udf"})


def why_not_mountable(device: Device, disk: Device | None = None) -> str:
    """Say why the device cannot be a Volume, "" where it may be tried.

    `disk` is the one that a partition is on: images that are written to CDs and to sticks
    alike have one file system as their first partition and as the whole disk.
    """
    if device.problem:
        return f"cannot be read: {device.problem}"
    if device.filesystem in NO_FILES:
        return NO_FILES[device.filesystem]
    if not device.filesystem:
        if device.table == _NO_GPT:
            return "its GPT is damaged, or it was cut short: no partition can be found"
        if device.table:
            return f"disk with a {device.table} partition table"
        return "nothing recognised on it: no partition table, no file system"
    if disk and (disk.filesystem, disk.uuid) == (device.filesystem, device.uuid):
        return f"the same {device.filesystem} as the whole of {disk.name}"
    return ""


def passed_over(device: Device, disk: Device | None = None) -> Diagnostic | None:
    """Return the remark on a device that cannot be a Volume; None where it may be tried."""
    why = why_not_mountable(device, disk)
    level: Level = "warning" if device.problem or device.table == _NO_GPT else "info"
    return Diagnostic(level, None, f"{device.name}: {why}") if why else None


def volume_of(device: Device, folder: str, grub: str = "") -> FolderVolume:
    """Make the Volume of a device that is mounted at `folder`."""
    return FolderVolume(
        folder,
        name=device.name,
        uuid=device.uuid,
        label=device.label,
        partuuid=device.partuuid,
        partlabel=device.partlabel,
        grub=grub,
        parttype=device.parttype.lower(),
        ignores_case=device.filesystem in _IGNORES_CASE,
        one_filesystem=True,
    )


def mount(device: Device, folder: str, grub: str = "") -> "FolderVolume | RawVolume":
    """Mount a device read-only at `folder`, made where it is missing, as a Volume.

    One that holds an image in place of a file system is not mounted, but read where it is.

    BootError: the kernel refuses; the hint tells a damaged file system from a missing driver
    and from a device that something else holds.
    """
    if device.filesystem == ANDROID:
        from bootpy.devices.raw import RawVolume

        return RawVolume(device, grub)
    from bootpy.linux import mounts

    try:
        os.mkdir(folder)  # for one folder makedirs takes ten times as long
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(folder)
    try:
        mounts.mount_read_only(device.node, folder, device.filesystem)
    except OSError as error:
        with suppress(OSError):  # it may have been there before, and in use
            os.rmdir(folder)
        what = f"{device.name}: cannot mount its {device.filesystem} file system"
        if device.filesystem not in mounts.known_filesystems():
            raise BootError(
                f"{what}: this kernel has no driver for {device.filesystem}",
                f"add {device.filesystem} to the file systems of the image's profile",
            ) from error
        if error.errno == errno.EBUSY:
            raise BootError(
                f"{what}: {error.strerror}",
                "it is mounted already, or part of an array, a volume group or a mapping",
            ) from error
        raise BootError(
            f"{what}: {error.strerror}",
            "its superblock or log is damaged: check it with fsck from a rescue system; "
            "the kernel's own words are in dmesg",
        ) from error
    return volume_of(device, folder, grub)
