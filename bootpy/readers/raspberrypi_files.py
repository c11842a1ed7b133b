"""The files that a Raspberry Pi's config.txt names beside the kernel, and its cmdline.txt.

Sources: the documentation's pages "Boot options" and "Device Trees, overlays, and parameters"
(https://www.raspberrypi.com/documentation/computers/).
"""

import posixpath
import re
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import File, Origin
from bootpy.readers.files import lines, look, missing, normal_path, read_text
from bootpy.readers.raspberrypi_config import Config
from bootpy.volume import Volume

_MOST_OVERLAYS = 200


class Boot(NamedTuple):
    """What is booted: a config.txt as one board reads it, the prefix that holds, the kernel."""

    config: Config
    prefix: str
    name: str
    kernel: File


def named(home: Volume, folder: str, prefix: str, name: str) -> File:
    """Return the file `name`, with the prefix in front unless it starts from the root."""
    return look(home, normal_path(name.lstrip("/") if name[:1] == "/" else prefix + name, folder))


def initrds_of(
    home: Volume, folder: str, boot: Boot, origins: list[Origin], said: list[Diagnostic]
) -> tuple[File, ...]:
    """Return what initramfs (FILE[,FILE...] ADDRESS) or ramfsfile names, or auto_initramfs finds.

    What is missing is told in `said`, what was found in `origins`; so in the other functions.
    """
    setting = boot.config.last("initramfs", "ramfsfile")
    if setting is not None:
        names = (setting.value.split() or [""])[0].split(",")
        found = [named(home, folder, boot.prefix, name) for name in names if name]
        for file in found:
            said += missing(home, file, "initrd", setting.place)
            origins.append(Origin("initrds", str(file), setting.place, setting.key))
        return tuple(found)
    auto = boot.config.last("auto_initramfs")
    if auto is None or not boot.config.on("auto_initramfs"):
        return ()
    # kernel8.img goes with initramfs8, kernel_2712.img with initramfs_2712.
    name = re.sub(r"^kernel(.*?)(\.img)?$", r"initramfs\1", posixpath.basename(boot.name))
    file = named(home, folder, boot.prefix, name)
    if name == posixpath.basename(boot.name) or not file.exists:
        return ()
    origins.append(Origin("initrds", str(file), auto.place, "auto_initramfs"))
    return (file,)


def overlays_of(
    home: Volume, folder: str, boot: Boot, origins: list[Origin], said: list[Diagnostic]
) -> tuple[File, ...]:
    """Return the overlays' files; their parameters have no place in an entry."""
    given = boot.config.last("overlay_prefix")
    inside = given.value if given else "overlays/"
    prefix = boot.prefix if named(home, folder, boot.prefix, f"{inside}README").exists else ""
    found = []
    asked = [one for one in boot.config.settings if one.key in {"dtoverlay", "device_tree_overlay"}]
    for setting in asked[:_MOST_OVERLAYS]:
        name = re.split(r"[,:]", setting.value, maxsplit=1)[0].strip()
        if not name:
            continue
        file = named(home, folder, prefix, f"{inside}{name.removesuffix('.dtbo')}.dtbo")
        if not file.exists:
            message = f"overlay {quoted(file.path or name)} is not on volume {home.name}"
            hint = "the firmware passes it over, and so does this"
            said.append(Diagnostic("info", setting.place, message, hint))
            continue
        found.append(file)
        origins.append(Origin("overlays", str(file), setting.place, setting.key))
    return tuple(found)


def cmdline_of(
    home: Volume, folder: str, boot: Boot, origins: list[Origin], said: list[Diagnostic]
) -> str:
    """Return the first line of cmdline.txt: the firmware hands over no other."""
    given = boot.config.last("cmdline")
    file = named(home, folder, boot.prefix, given.value if given else "cmdline.txt")
    if not file.exists and boot.prefix:
        file = named(home, folder, "", given.value if given else "cmdline.txt")
    path = file.path or ""
    if not file.exists:
        message = f"{quoted(path)} is not on volume {home.name}: the kernel gets no arguments"
        hint = "write it, in one line, with root=PARTUUID=... of the system's partition"
        place = given.place if given else Source(home.name, path)
        said.append(Diagnostic("warning", place, message, hint))
        return ""
    text, more = read_text(home, path, 64 << 10)
    said += more
    filled = [(number, line) for number, line in enumerate(lines(text or ""), 1) if line.strip()]
    if not filled:
        return ""
    number, line = filled[0]
    if len(filled) > 1:
        message = "only the first line is handed over"
        hint = "put all arguments into one line"
        place = Source(home.name, path, filled[1][0])
        said.append(Diagnostic("warning", place, message, hint))
    arguments = " ".join(line.split("\t")).strip()
    origins.append(Origin("cmdline", arguments, Source(home.name, path, number), "cmdline.txt"))
    return arguments
