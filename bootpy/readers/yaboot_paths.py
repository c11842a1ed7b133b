"""How yaboot.conf names files: [DEVICE:][PARTITION,]PATH, with Open Firmware's names for devices.

Nothing here can follow those names ("hd:", "/pci@f4000000/..."). A partition's number leads to
the volume of that number on the configuration's own disk; where there is none, the file is
looked for on the configuration's volume. Linux's names ("/dev/sda3") are followed.

Sources: yaboot.conf(5); create_yaboot_devpath_resource() of petitboot's
discover/yaboot-parser.c, which also names SUSE's files.
"""

import posixpath
import re

from bootpy.entry import File
from bootpy.readers import device_paths
from bootpy.readers.device_paths import find, in_system
from bootpy.readers.files import look, normal_path, same_disk
from bootpy.readers.keyword_file import Option
from bootpy.volume import Volume, Volumes

_PATH = re.compile(r"(?:(?P<device>[^:]*):)?(?:(?P<partition>[0-9]*),)?(?P<path>.*)", re.DOTALL)
_DISK = re.compile(r"/dev/.+|(sd|hd|vd|xvd)[a-z]+[0-9]*|(nvme|mmcblk)[0-9].*")


def file_of(
    home: Volume, volumes: Volumes, text: str, *, folder: str, device: str, partition: str
) -> File:
    """Return the file that `text` names in a configuration in `folder` of `home`.

    `device` and `partition` are the configuration's options of these names, or "". A file on a
    device that is not there is unresolved; its `wanted` is DEVICE:PARTITION.
    """
    if "://" in text or re.match(r"(UUID|LABEL|PARTUUID|PARTLABEL)=", text, re.I):
        return device_paths.file_of(home, volumes, text)
    found = _PATH.fullmatch(text)
    assert found is not None
    apart = found["device"] is not None or found["partition"] is not None
    device = (found["device"] if found["device"] is not None else device).rstrip(":")
    partition = found["partition"] or ("" if found["device"] is not None else partition)
    path = normal_path(found["path"])
    if not apart and not found["path"].startswith("/") and folder != "/etc":
        path = normal_path(found["path"], folder)
    volume = _volume(home, volumes, device, partition)
    if volume is not None:
        return in_system(volume, volumes, path)
    here = in_system(home, volumes, path)
    if here.exists or device == "cd" or not (partition or _DISK.fullmatch(device)):
        return here
    return File(None, path, wanted=f"{device or 'hd'}:{partition}" if partition else device)


def for_kexec(home: Volume, configuration: str, image: Option) -> tuple[File | None, File | None]:
    """Return vmlinuxNN and initrdNN of SUSE's media in place of an image with both in it.

    Such an image ("inst64" of image[64bit]) is a program for Open Firmware and no kernel.
    """
    bits = {"image[32bit]": "32", "image[64bit]": "64"}.get(image.key)
    if bits is None or (image.value or "/").startswith("/"):
        return None, None
    folder = posixpath.dirname(configuration)
    for name in ("vmlinux", "linux"):
        kernel = look(home, normal_path(f"{name}{bits}", folder))
        if kernel.exists:
            initrd = look(home, normal_path(f"initrd{bits}", folder))
            return kernel, initrd if initrd.exists else None
    return None, None


def _volume(home: Volume, volumes: Volumes, device: str, partition: str) -> Volume | None:
    """Return the volume of a Linux device, or the partition of that number on this disk."""
    if _DISK.fullmatch(device):
        stem = device.rstrip("0123456789") if partition else device
        return find(volumes, f"{stem}{partition}")
    if not partition or device == "cd":
        return None
    for volume in (home, *(one for one in volumes if one is not home)):
        number = re.search(r"(?:[a-z]|[0-9]p)([0-9]+)$", volume.name)
        if number and number[1] == partition.lstrip("0") and same_disk(volume, home):
            return volume
    return None
