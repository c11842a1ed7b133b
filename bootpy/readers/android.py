"""Android boot images: boot.img and recovery.img with what belongs to them, one entry each.

They are files on a volume, or take up partitions of their own (`bootpy.devices.raw`), where
the slots of a machine with A/B updates are boot_a and boot_b.
"""

import errno
import os
import posixpath
import re
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, File, Host, Origin
from bootpy.images.android import BootImage, read_boot_image
from bootpy.images.android_vendor import VendorImage, read_vendor_image
from bootpy.readers.files import same_disk
from bootpy.volume import Volume, Volumes

FOLDERS = ("/", "/boot")
_NAMES = re.compile(r"(boot|recovery)(_[ab])?\.img", re.IGNORECASE)
_AGAIN = "flash or copy the image again"


class _Place(NamedTuple):
    volume: Volume
    path: str

    @property
    def source(self) -> Source:
        return Source(self.volume.name, self.path)

    @property
    def file(self) -> File:
        return File(self.volume.name, self.path, exists=True)


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read every boot image on `home`; what belongs to one is beside it, or found by label."""
    found = []
    listed: list[list[str]] = []
    for folder in FOLDERS:
        names = [name for name in home.names(folder) if _NAMES.fullmatch(name)]
        if not names or names in listed:  # /boot is often a link to the root itself
            continue
        listed.append(names)
        for name in names:
            place = _Place(home, posixpath.join(folder, name))
            status = home.status(place.path)
            if status is not None and status.kind == "file":
                found.append(_configuration(place, volumes))
    return found


def _configuration(place: _Place, volumes: Volumes) -> Configuration:
    said: list[Diagnostic] = []
    entry = None
    try:
        image = _boot_image(place)
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.EINVAL:
            # Floppy images and kin are called boot.img as well.
            message = f"passed over: {_reason(error)}"
            said.append(Diagnostic("info", place.source, message, "nothing is wrong with that"))
        else:
            said.append(_left_out(place, error))
    else:
        entry = _entry(place, image, volumes, said)
    default = entry is not None and entry.kind == "linux" and "recovery" not in place.path.lower()
    return Configuration(
        place.source,
        "android",
        (entry._replace(default=default, by_person=not default),) if entry else (),
        entry.id if entry and default else None,
        diagnostics=tuple(said),
    )


def _entry(
    place: _Place, image: BootImage, volumes: Volumes, said: list[Diagnostic]
) -> Entry | None:
    if image.kernel is None:
        message = "passed over: the image has no kernel"
        said.append(Diagnostic("info", place.source, message, "a ramdisk alone boots nothing"))
        return None
    stem = posixpath.basename(place.path).rpartition(".")[0]
    what = " ".join(word for word in (image.name or "Android", image.version) if word)
    title = f"{what} ({stem})"
    source = place.source
    origins = [
        Origin("title", title, source, "name and os_version of the header"),
        Origin("kernel", place.path, source, "kernel of the boot image"),
    ]
    lines = [(image.cmdline, place)]
    ramdisks: list[_Place] = []
    own = [place] if image.ramdisk else []
    if image.header >= 3 and stem.lower().startswith("boot"):
        slot = stem[4:]
        beside = _beside(place, f"vendor_boot{slot}", volumes)
        vendor = _vendor(beside, said)
        if vendor is not None:
            ramdisks += [vendor[0]] if vendor[1].ramdisks else []
            lines.append((vendor[1].cmdline, vendor[0]))
        elif beside is None and not own:
            message = f"no vendor_boot{slot} is beside it: the entry lacks a ramdisk"
            said.append(Diagnostic("warning", source, message, "copy or flash vendor_boot too"))
        # Since Android 13 the generic ramdisk has an image of its own.
        own = own or _with_ramdisk(_beside(place, f"init_boot{slot}", volumes), said)
    ramdisks += own
    for one in ramdisks:
        origins.append(Origin("initrds", one.path, one.source, "ramdisk of the image"))
    for text, where in lines:
        if text:
            origins.append(Origin("cmdline", text, where.source, "cmdline of the header"))
    if image.version:
        origins.append(Origin("version", image.version, source, "os_version of the header"))
    return Entry(
        id=f"android:{place.volume.name}:{place.path}",
        title=title,
        path=(title,),
        format="android",
        kind="linux",
        source=source,
        kernel=place.file,
        initrds=tuple(one.file for one in ramdisks),
        cmdline=" ".join(text for text, _ in lines if text),
        version=image.version or None,
        origins=tuple(origins),
    )


def _boot_image(place: _Place) -> BootImage:
    fd = place.volume.open(place.path)
    try:
        return read_boot_image(fd)
    finally:
        os.close(fd)


def _beside(place: _Place, stem: str, volumes: Volumes) -> _Place | None:
    """Find an image that belongs to this one: in its folder, or on the partition of its name."""
    path = posixpath.join(posixpath.dirname(place.path), f"{stem}.img")
    if place.volume.status(path) is not None:
        return _Place(place.volume, path)
    labelled = [volume for volume in volumes if volume.partlabel == stem]
    labelled.sort(key=lambda volume: not same_disk(place.volume, volume))
    path = f"/{stem}.img"
    return next((_Place(one, path) for one in labelled if one.status(path) is not None), None)


def _vendor(place: _Place | None, said: list[Diagnostic]) -> tuple[_Place, VendorImage] | None:
    if place is None:
        return None
    try:
        fd = place.volume.open(place.path)
        try:
            return place, read_vendor_image(fd)
        finally:
            os.close(fd)
    except (OSError, ValueError) as error:
        said.append(_left_out(place, error))
        return None


def _with_ramdisk(place: _Place | None, said: list[Diagnostic]) -> list[_Place]:
    if place is None:
        return []
    try:
        return [place] if _boot_image(place).ramdisk else []
    except (OSError, ValueError) as error:
        said.append(_left_out(place, error))
        return []


def _left_out(place: _Place, error: OSError | ValueError) -> Diagnostic:
    return Diagnostic("error", place.source, f"left out: {_reason(error)}", _AGAIN)


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
