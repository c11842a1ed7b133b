"""Devices made into Volumes: read-only mounts, each with the reason where it cannot be."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bootpy.devices.device import Device
from bootpy.diagnostics import Diagnostic
from bootpy.errors import BootError
from bootpy.volume import FolderVolume, Volumes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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

_IGNORES_CASE = frozenset({"vfat", "exfat", "ntfs", "ntfs3", "iso9660", "udf"})


def why_not_mountable(device: Device) -> str:
    """Say why the device cannot be a Volume, "" where it may be tried."""
    if device.problem:
        return f"cannot be read: {device.problem}"
    if device.filesystem in NO_FILES:
        return NO_FILES[device.filesystem]
    if not device.filesystem:
        if device.table:
            return f"disk with a {device.table} partition table"
        return "nothing recognised on it: no partition table, no file system"
    return ""


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
        ignores_case=device.filesystem in _IGNORES_CASE,
    )


def mount(device: Device, folder: str, grub: str = "") -> FolderVolume:
    """Mount a device read-only at `folder`, made where it is missing, as a Volume.

    BootError: the kernel refuses; the hint tells a damaged file system from a missing driver.
    """
    from bootpy.linux import mounts

    os.makedirs(folder, exist_ok=True)
    try:
        mounts.mount_read_only(device.node, folder, device.filesystem)
    except OSError as error:
        os.rmdir(folder)
        what = f"{device.name}: cannot mount its {device.filesystem} file system"
        if device.filesystem not in mounts.known_filesystems():
            raise BootError(
                f"{what}: this kernel has no driver for {device.filesystem}",
                f"add {device.filesystem} to the file systems of the image's profile",
            ) from error
        raise BootError(
            f"{what}: {error.strerror}",
            "its superblock or log is damaged: check it with fsck from a rescue system; "
            "the kernel's own words are in dmesg",
        ) from error
    return volume_of(device, folder, grub)


@contextmanager
def mounted_volumes() -> Iterator[tuple[Volumes, list[Diagnostic]]]:
    """Give the volumes of the running system's disks, and what could not be looked at.

    A file system that is mounted is read where it is. Another is mounted read-only in a
    mount namespace of this process alone, for which root is needed; without it, a
    diagnostic says so. What was mounted here is gone afterwards.
    """
    from bootpy.devices.enumeration import devices
    from bootpy.devices.grubnames import grub_names

    found = devices()
    names = grub_names(found)
    with _private_mounts() as mount_folder:
        yield _gather(found, names, mount_folder)


def _gather(
    found: "Iterable[Device]", names: "Mapping[str, str]", mount_folder: str
) -> tuple[Volumes, list[Diagnostic]]:
    from bootpy.linux.mounts import mounted

    places = mounted()
    volumes: list[FolderVolume] = []
    remarks: list[Diagnostic] = []
    for device in found:
        grub = names.get(device.name, "")
        place = places.get(_device_number(device.node))
        if place is not None:
            volumes.append(volume_of(device, place, grub))
            continue
        why = why_not_mountable(device)
        if why:
            remarks.append(
                Diagnostic("warning" if device.problem else "info", None, f"{device.name}: {why}")
            )
        elif not mount_folder:
            remarks.append(
                Diagnostic(
                    "warning",
                    None,
                    f"{device.name}: {device.filesystem}, not mounted, so not looked at",
                    "run as root, or mount it and name its folder",
                )
            )
        else:
            try:
                volumes.append(mount(device, f"{mount_folder}/{device.name}", grub))
            except BootError as error:
                remarks.append(Diagnostic("warning", None, error.message, error.hint))
    return Volumes(volumes), remarks


def _device_number(node: str) -> str:
    try:
        number = os.stat(node).st_rdev
    except OSError:
        return ""
    return f"{os.major(number)}:{os.minor(number)}"


@contextmanager
def _private_mounts() -> Iterator[str]:
    """Give a folder whose mounts nobody else sees; "" where this process may not mount."""
    from bootpy.linux import mounts, namespaces

    if os.geteuid() != 0:
        yield ""
        return
    import tempfile

    try:
        namespaces.enter_private_mounts()
    except OSError:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="bootpy-") as folder:
        try:
            yield folder
        finally:
            for name in os.listdir(folder):
                mounts.unmount(f"{folder}/{name}", at_once=True)
