"""The running system's disks as Volumes: read where they are mounted, else mounted privately."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from bootpy.devices.device import Device
from bootpy.devices.enumeration import devices
from bootpy.devices.grubnames import grub_names
from bootpy.devices.mounting import mount, passed_over, volume_of
from bootpy.diagnostics import Diagnostic
from bootpy.errors import BootError
from bootpy.linux import mounts, namespaces
from bootpy.volume import Volume, Volumes


@contextmanager
def mounted_volumes() -> Iterator[tuple[Volumes, list[Diagnostic]]]:
    """Give the volumes of the running system's disks, and what could not be looked at.

    A file system that is mounted is read where it is. Another is mounted read-only in a
    mount namespace of this process alone, for which root is needed; without it, a
    diagnostic says so. What was mounted here is gone afterwards.
    """
    found = devices()
    names = grub_names(found)
    with _private_mounts() as mount_folder:
        yield _gather(found, names, mount_folder)


def _gather(
    found: Sequence[Device], names: Mapping[str, str], mount_folder: str
) -> tuple[Volumes, list[Diagnostic]]:
    places = mounts.mounted()
    disks = {device.name: device for device in found}
    volumes: list[Volume] = []
    remarks: list[Diagnostic] = []
    for device in found:
        grub = names.get(device.name, "")
        place = places.get(_device_number(device.node))
        if place is not None:
            volumes.append(volume_of(device, place, grub))
            continue
        remark = passed_over(device, disks.get(device.parent or ""))
        if remark:
            remarks.append(remark)
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
                folder = f"{mount_folder}/{device.name.replace('/', '!')}"
                volumes.append(mount(device, folder, grub))
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
    if os.geteuid() != 0:
        yield ""
        return
    try:
        namespaces.enter_private_mounts()
    except OSError:
        yield ""
        return
    try:
        work = tempfile.TemporaryDirectory(prefix="bootpy-")
    except OSError:  # a system of which nothing can be written to, as in a rescue
        yield ""
        return
    with work as folder:
        try:
            yield folder
        finally:
            for name in os.listdir(folder):
                mounts.unmount(f"{folder}/{name}", at_once=True)
