"""ISO files lying on a volume: what would boot from each, with the file as its medium.

An image's own /boot/grub/loopback.cfg says it best. Without one, the entries of its grub.cfg,
isolinux.cfg or /loader are taken, with the parameter by which that distribution is told of the
file (`bootpy.readers.iso_media`). Nothing of it boots by itself: a file that lies on a disk is
not what the machine is for.
"""

import posixpath
from importlib import import_module

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, Host, Origin
from bootpy.readers.files import file_names
from bootpy.readers.iso_media import Kin, Medium, kin_of
from bootpy.volume import Volume, Volumes

FOLDERS = ("/", "/boot", "/iso", "/isos", "/boot/iso", "/boot/isos")
"""Where files are looked for whose names end in .iso, in any case."""

MOST_IMAGES = 100
"""Images looked into on one volume."""

_READERS = ("grub.reader", "syslinux.reader", "bls")
_LOOPBACK_CFG = "/boot/grub/loopback.cfg"
_NO_ENTRY_OF_ITS_OWN = frozenset({"action", "local"})


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read every ISO file on `home`, each as a configuration."""
    paths: list[str] = []
    seen: list[tuple[str, ...]] = []
    for folder in FOLDERS:
        names = tuple(file_names(home, folder, ".iso"))
        if names and names not in seen:  # /boot is often a link to the root itself
            seen.append(names)
            paths += [posixpath.join(folder, name) for name in names]
    found = [
        _image(home, path, volumes, host)
        for path in paths[:MOST_IMAGES]
        if (status := home.status(path)) is not None and status.kind == "file"
    ]
    if len(paths) > MOST_IMAGES:
        source = Source(home.name, paths[MOST_IMAGES])
        message = f"{len(paths) - MOST_IMAGES} ISO files are passed over, after {MOST_IMAGES}"
        said = Diagnostic("warning", source, message, "move some of them to other folders")
        found.append(Configuration(source, "iso", diagnostics=(said,)))
    return found


def _image(home: Volume, path: str, volumes: Volumes, host: Host) -> Configuration:
    source = Source(home.name, path)
    try:
        inner = volumes.inside(home, path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "compare the file with its checksum: the copy or download may have broken off"
        if "UDF" in reason:
            hint = "only its firmware's own loader can start it: write it to a stick"
        said = Diagnostic("warning", source, f"nothing of it can be booted: {reason}", hint)
        return Configuration(source, "iso", diagnostics=(said,))
    medium = Medium(inner, home, path)
    configurations = _own(medium, volumes, host)
    remarks = [remark for one in configurations for remark in one.diagnostics]
    entries = [
        entry
        for one in configurations
        for entry in one.entries
        if entry.kind not in _NO_ENTRY_OF_ITS_OWN
    ]
    kin = kin_of(inner)
    if entries:
        remarks += _doubts(kin, source, any(_told(entry, medium) for entry in entries))
    else:
        message = "it has no entry that could be booted"
        if getattr(inner, "udf", False):
            message += "; most of it lies in its UDF file system, which is not read"
        hint = "looked for /boot/grub/loopback.cfg, grub.cfg, isolinux.cfg and /loader inside"
        remarks.append(Diagnostic("info", source, message, hint))
    return Configuration(
        source,
        "iso",
        entries=tuple(_adapted(entry, medium, kin) for entry in entries),
        diagnostics=tuple(dict.fromkeys(remarks)),
    )


def _own(medium: Medium, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read what the image itself would show: the first of its configurations with entries."""
    inner = medium.inner
    read_so_far: list[Configuration] = []
    if inner.status(_LOOPBACK_CFG) is not None:
        read_so_far += _loopback_cfg(medium, volumes, host)
        if any(one.entries for one in read_so_far):
            return read_so_far
    for name in _READERS:
        try:
            module = import_module(f"bootpy.readers.{name}")
        except ModuleNotFoundError:
            continue  # the boot image was built without it
        found: list[Configuration] = module.read(inner, Volumes([inner]), host)
        # One menu is enough: the others say the same for other firmware.
        for one in found:
            if any(entry.kind == "linux" for entry in one.entries):
                return [one]
        read_so_far += found
    return read_so_far


def _loopback_cfg(medium: Medium, volumes: Volumes, host: Host) -> list[Configuration]:
    try:
        from bootpy.readers.grub.loopback_cfg import read_loopback
    except ModuleNotFoundError:
        return []
    return [read_loopback(medium.home, medium.path, medium.inner, volumes, host)]


def _told(entry: Entry, medium: Medium) -> bool:
    """Whether the arguments name the file already, as those of a loopback.cfg do."""
    return medium.path in entry.cmdline


def _adapted(entry: Entry, medium: Medium, kin: Kin | None) -> Entry:
    """Make an entry of the image's own into one that finds its medium in the file."""
    name = posixpath.basename(medium.path)
    _, _, rest = entry.id.partition(f":{medium.inner.name}:")
    adapted = entry._replace(
        id=f"iso:{medium.inner.name}:{rest or entry.title}",
        path=(name, *entry.path),
        format="iso",
        default=False,
        by_person=True,
        tries=None,
    )
    if kin is None or kin.arguments is None or entry.kind != "linux" or _told(entry, medium):
        return adapted
    cmdline = " ".join(kin.arguments(medium, entry.cmdline.split(" "))).strip()
    source = Source(medium.home.name, medium.path)
    origin = Origin("cmdline", cmdline, source, f"how {kin.name} is told of the file it lies in")
    return adapted._replace(cmdline=cmdline, origins=(*entry.origins, origin))


def _doubts(kin: Kin | None, source: Source, told: bool) -> list[Diagnostic]:
    """Say where the booted system may look for its medium in vain."""
    if told or (kin is not None and kin.arguments is not None):
        return []
    if kin is None:
        message = "which distribution this is is not known: it may not find its medium in the file"
        hint = "add the parameter that its makers name for booting from an ISO file"
    else:
        message = f"{kin.name} has no parameter for booting from an ISO file: it looks for a disc"
        hint = kin.instead
    return [Diagnostic("warning", source, message, hint)]
