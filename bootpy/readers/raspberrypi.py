"""The Raspberry Pi's boot partition: what its firmware would start, as one entry.

Which board it is, is not known here beyond the machine's architecture. Settings for one model
only count where nothing can be booted without them; then the newest model is assumed for
which there is a kernel.

Sources: the documentation's pages "config.txt", "Boot options", "autoboot.txt" and "Device
Trees, overlays, and parameters" (https://www.raspberrypi.com/documentation/computers/).
"""

import posixpath
import re

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import Configuration, Entry, File, Host, Kind, Origin
from bootpy.readers.files import missing, same_disk
from bootpy.readers.raspberrypi_config import BOOT_KEYS, MODELS, Config, Setting, read_config
from bootpy.readers.raspberrypi_files import Boot, cmdline_of, initrds_of, named, overlays_of
from bootpy.volume import Volume, Volumes

FOLDERS = ("/", "/boot", "/boot/firmware")
"""Where the boot partition's files are, by the mount points of a system that was copied whole."""

_FIRMWARE = ("bootcode.bin", "start.elf", "start4.elf", "cmdline.txt")
_KERNELS_64 = ("kernel8.img", "kernel_2712.img")
_KERNELS_32 = ("kernel7l.img", "kernel7.img", "kernel.img")
_KERNELS = {
    "aarch64": _KERNELS_64,
    "armv7l": _KERNELS_32,
    "armv6l": ("kernel.img",),
}
_MODELS = {
    "aarch64": ("pi5", "pi4", "pi3", "pi02"),
    "armv7l": ("pi4", "pi3", "pi2", "pi02"),
    "armv6l": ("pi1", "pi0"),
}


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read the boot partition's files on `home`."""
    return [
        found
        for folder in FOLDERS
        if (found := _configuration(home, volumes, host, folder)) is not None
    ]


def _configuration(home: Volume, volumes: Volumes, host: Host, folder: str) -> Configuration | None:
    path = posixpath.join(folder, "config.txt")
    status = home.status(path)
    if status is None or status.kind != "file":
        return None
    boot = _boot(home, folder, path, host)
    firmware = any(home.status(posixpath.join(folder, name)) for name in _FIRMWARE)
    if not (boot.config.known or firmware):
        return None
    said = list(boot.config.diagnostics)
    entry = _entry(home, folder, path, boot, said)
    boots = entry.kind == "linux" and not _boots_elsewhere(home, volumes, path, said)
    return Configuration(
        source=Source(home.name, path),
        format="raspberrypi",
        entries=(entry._replace(default=boots),),
        default=entry.id if boots else None,
        diagnostics=tuple(said),
    )


def _boot(home: Volume, folder: str, path: str, host: Host) -> Boot:
    """Read config.txt for any board, and for the models in turn where that boots nothing."""
    first = _kernel(home, folder, read_config(home, folder, path), host)
    if first.kernel.exists or not any(one.key in BOOT_KEYS for one in first.config.others):
        _passed_over(first.config)
        return first
    for model in _MODELS.get(host.machine, tuple(MODELS)):
        config = read_config(home, folder, path, model)
        found = _kernel(home, folder, config, host)
        if found.kernel.exists:
            message = (
                f"read as [{quoted(model)}] would: without a model's settings there is no kernel"
            )
            hint = "which board this is, is not known; compare with its section of config.txt"
            place = Source(home.name, path)
            config.diagnostics.append(Diagnostic("warning", place, message, hint))
            return found
    _passed_over(first.config)
    return first


def _passed_over(config: Config) -> None:
    lost = [one for one in config.others if one.key in BOOT_KEYS]
    if lost:
        what = ", ".join(
            dict.fromkeys(f"{one.key} for [{quoted(one.model, 40)}]" for one in lost[:6])
        )
        message = f"passed over: {what}; which model this is, is not known"
        hint = "choose by hand, or put what is meant below [all]"
        config.diagnostics.append(Diagnostic("info", lost[0].place, message, hint))


def _kernel(home: Volume, folder: str, config: Config, host: Host) -> Boot:
    """Find the kernel: the one that is named, or the first there is of the machine's own."""
    given = config.text("kernel")
    names: tuple[str, ...] = _KERNELS.get(host.machine, (*_KERNELS_64, *_KERNELS_32))
    wide = config.last("arm_64bit")
    if wide is not None and host.machine not in _KERNELS:
        both = (_KERNELS_64, _KERNELS_32)
        first, second = both if config.on("arm_64bit") else both[::-1]
        names = (*first, *second)
    names = (given,) if given else names
    prefix = config.text("os_prefix") or ("upstream/" if config.on("upstream_kernel") else "")
    for one in dict.fromkeys((prefix, "")):
        for name in names:
            file = named(home, folder, one, name)
            if file.exists:
                return Boot(config, one, name, file)
    # The firmware ignores a prefix below which there is no kernel.
    return Boot(config, "", names[0], named(home, folder, "", names[0]))


def _entry(home: Volume, folder: str, path: str, boot: Boot, said: list[Diagnostic]) -> Entry:
    config, whole = boot.config, Source(home.name, path)
    title = f"Raspberry Pi ({boot.prefix}{boot.name})"
    place, how = _given(config.last("kernel"), whole, "the machine's own name for its kernel")
    origins = [Origin("title", title, place, how), Origin("kernel", str(boot.kernel), place, how)]
    said += missing(home, boot.kernel, "kernel", place)
    kind: Kind = "linux"
    if re.search(r"u-?boot", boot.name, re.I):
        kind = "unsupported"
        message = f"{quoted(boot.name)} is U-Boot, which reads a configuration of its own"
        hint = "boot what U-Boot would: its extlinux.conf is listed where there is one"
        said.append(Diagnostic("info", place, message, hint))
    wanted_prefix = config.last("os_prefix")
    if wanted_prefix is not None and wanted_prefix.value != boot.prefix:
        message = f"os_prefix {quoted(wanted_prefix.value)} is ignored: there is no kernel below it"
        hint = "a folder's prefix ends with /"
        said.append(Diagnostic("warning", wanted_prefix.place, message, hint))
    initrds = initrds_of(home, folder, boot, origins, said)
    tree = config.last("device_tree")
    devicetree: File | None = None
    if tree is not None and tree.value:
        devicetree = named(home, folder, boot.prefix, tree.value)
        said += missing(home, devicetree, "devicetree", tree.place)
        origins.append(Origin("devicetree", str(devicetree), tree.place, "device_tree"))
    overlays = overlays_of(home, folder, boot, origins, said)
    return Entry(
        id=f"raspberrypi:{home.name}:{path[1:]}",
        title=title,
        path=(title,),
        format="raspberrypi",
        kind=kind,
        source=place,
        kernel=boot.kernel,
        initrds=initrds,
        devicetree=devicetree,
        overlays=overlays,
        cmdline=cmdline_of(home, folder, boot, origins, said),
        origins=tuple(origins),
    )


def _given(setting: Setting | None, whole: Source, otherwise: str) -> tuple[Source, str]:
    return (setting.place, setting.key) if setting else (whole, otherwise)


def _boots_elsewhere(home: Volume, volumes: Volumes, path: str, said: list[Diagnostic]) -> bool:
    """Whether autoboot.txt has the firmware boot another partition of this disk."""
    if posixpath.dirname(path) != "/":
        return False
    own = _number(home)
    for volume in volumes:
        if not same_disk(volume, home) or volume.status("/autoboot.txt") is None:
            continue
        found = read_config(volume, "/", "/autoboot.txt").last("boot_partition")
        number = found.value if found else "0"
        if found is None or number in {"0", own} or not own:
            continue
        others = [v for v in volumes if same_disk(v, home) and _number(v) == number]
        if any(other.status("/config.txt") for other in others):
            message = f"not the default: autoboot.txt boots partition {number}"
            hint = "its entry is listed as well"
            said.append(Diagnostic("info", found.place, message, hint))
            return True
    return False


def _number(volume: Volume) -> str:
    """Return the partition's number as far as its name tells it, else ""."""
    found = re.search(r"(?:[a-z]|[0-9]p)([0-9]+)$", volume.name)
    return found[1] if found else ""
