"""Files named together with their device, as petitboot's formats and installed systems do.

"UUID=1234-ABCD:/vmlinuz", "LABEL=boot@/vmlinuz", "sda1:/boot/vmlinux", "http://server/vmlinuz";
and a path of an installed system, such as /boot/vmlinuz, whose /boot is a volume of its own.

Source: create_devpath_resource() and parse_device_string() of petitboot's
discover/resource.c.
"""

import re

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import File
from bootpy.readers.files import look, missing, normal_path, same_disk
from bootpy.volume import Volume, Volumes

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_TAGGED = re.compile(r"(UUID|LABEL|PARTUUID|PARTLABEL)=([^@:]+)[@:](.*)", re.I | re.DOTALL)
_NAMED = re.compile(r"(?:/dev/)?([^/:@\s]+):(.*)", re.DOTALL)


def file_of(home: Volume, volumes: Volumes, text: str) -> File:
    """Return the file that `text` names; without a device it is on `home`.

    Where the device is not there, the file is unresolved, and `wanted` is its name.
    """
    if _URL.match(text):
        scheme, _, rest = text.partition("://")
        if scheme.lower() != "file":
            return File(None, None, url=text)
        return look(home, normal_path(rest))
    tagged = _TAGGED.match(text)
    if tagged:
        return on_device(volumes, f"{tagged[1].upper()}={tagged[2]}", tagged[3])
    named = _NAMED.match(text)
    if named:
        return on_device(volumes, named[1], named[2])
    return look(home, normal_path(text))


def on_device(volumes: Volumes, device: str, path: str) -> File:
    """Return the file at `path` of the volume called `device`: TAG=VALUE, a name, UUID or label."""
    volume = find(volumes, device)
    path = normal_path(path)
    return File(None, path, wanted=device) if volume is None else look(volume, path)


def find(volumes: Volumes, device: str) -> Volume | None:
    """Return the volume that a device's name means, None where it is not there."""
    tag, equals, value = device.partition("=")
    if equals:
        by = {
            "UUID": volumes.with_uuid,
            "LABEL": volumes.with_label,
            "PARTUUID": volumes.with_partuuid,
            "PARTLABEL": volumes.with_partlabel,
        }.get(tag.upper())
        return by(value) if by else None
    name = device.removeprefix("/dev/")
    return volumes.named(name) or volumes.with_uuid(name) or volumes.with_label(name)


def in_system(home: Volume, volumes: Volumes, path: str) -> File:
    """Return the file that the system on `home` calls `path`, where its /boot may be apart."""
    path = normal_path(path)
    file = look(home, path)
    if file.exists or not path.startswith("/boot/"):
        return file
    others = [volume for volume in volumes if volume is not home]
    for volume in sorted(others, key=lambda volume: not same_disk(volume, home)):
        elsewhere = look(volume, path.removeprefix("/boot"))
        if elsewhere.exists:
            return elsewhere
    return file


def remarks(volumes: Volumes, file: File, role: str, place: Source) -> list[Diagnostic]:
    """Say what is wrong with a file that a configuration names; empty where all is well."""
    if not file.resolved:
        path, device = quoted(file.path or ""), quoted(file.wanted or "")
        message = f"{role} {path} lies on {device}, which is not there"
        return [Diagnostic("info", place, message, "plug it in; the entry waits for it")]
    volume = volumes.named(file.volume or "")
    return missing(volume, file, role, place) if volume else []
