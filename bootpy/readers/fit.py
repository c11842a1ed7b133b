"""FIT images (*.itb, fitImage): one entry per configuration.

Only the tree is read, not the images in it: their checksums are compared when one is booted.
"""

import os
import posixpath

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, File, Host, Origin
from bootpy.images.fit import Choice, Fit, arguments_in_tree, read_fit
from bootpy.volume import Volume, Volumes

FOLDERS = ("/", "/boot")
ENDINGS = (".itb", ".fit")
NAMES = ("fitimage", "image.fit")
MOST_IMAGES = 50
"""Files looked into in one folder."""

_MOST_TREES = 4  # looked into while listing: that of a large board takes its time
_UNPACKED = frozenset({"", "gzip", "bzip2", "lzma", "xz", "lz4", "zstd"})


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read every FIT image on `home`, each as a configuration; all it names is in the file."""
    found = []
    listed: list[list[str]] = []
    for folder in FOLDERS:
        names = [
            name
            for name in home.names(folder)
            if name.lower().endswith(ENDINGS) or name.lower() in NAMES
        ]
        if not names or names in listed:  # /boot is often a link to the root itself
            continue
        listed.append(names)
        for name in names[:MOST_IMAGES]:
            path = posixpath.join(folder, name)
            status = home.status(path)
            if status is not None and status.kind == "file":
                found.append(_image(home, path))
    return found


def _image(home: Volume, path: str) -> Configuration:
    source = Source(home.name, path)
    try:
        fd = home.open(path)
        try:
            fit = read_fit(fd)
            arguments = _arguments(fd, fit)
        finally:
            os.close(fd)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "make the image again with mkimage -f, or copy it again"
        said = Diagnostic("error", source, f"cannot be read as a FIT image: {reason}", hint)
        return Configuration(source, "fit", diagnostics=(said,))
    said_of_it = [
        Diagnostic("error", source, trouble, "make the image again") for trouble in fit.troubles
    ]
    entries = [
        entry
        for choice in fit.choices
        if (entry := _entry(source, fit, choice, said_of_it)) is not None
    ]
    entries = [_with_arguments(entry, arguments.get(entry.configuration, "")) for entry in entries]
    default = fit.choice("")
    chosen = next((e for e in entries if default and e.configuration == default.name), None)
    if fit.default and default is None:
        message = f"the default configuration {fit.default!r} is not in the image"
        names = ", ".join(choice.name for choice in fit.choices[:6]) or "none"
        said_of_it.append(Diagnostic("warning", source, message, f"it has: {names}"))
    if not fit.choices:
        message = "no configuration says which of its images boot together"
        said_of_it.append(
            Diagnostic("warning", source, message, "add /configurations with a default")
        )
    return Configuration(
        source,
        "fit",
        tuple(entry._replace(default=entry is chosen) for entry in entries),
        chosen.id if chosen else None,
        diagnostics=tuple(dict.fromkeys(said_of_it)),
    )


def _entry(source: Source, fit: Fit, choice: Choice, said: list[Diagnostic]) -> Entry | None:
    """Make the entry of one configuration; None where it has no kernel (firmware, say)."""
    where = f"/configurations/{choice.name}" if choice.name else "/images"
    if not choice.kernel:
        message = f"{where} names no kernel: it is passed over"
        said.append(Diagnostic("info", source, message, "it may be for firmware"))
        return None
    kernel = fit.parts.get(choice.kernel)
    title = choice.description or (kernel.description if kernel else "") or choice.name
    title = title or fit.description or posixpath.basename(source.path)
    file = File(source.volume, source.path, exists=True)
    entry = Entry(
        id=f"fit:{source.volume}:{source.path}" + (f"#{choice.name}" if choice.name else ""),
        title=title,
        path=(title,),
        format="fit",
        kind="fit",
        source=source,
        kernel=file,
        architecture=(kernel.machine or None) if kernel else None,
        configuration=choice.name,
        origins=(
            Origin("title", title, source, f"description of {where}"),
            Origin("kernel", choice.kernel, source, f"kernel of {where}"),
            *_rest(choice, source, where),
        ),
    )
    reason = _why_not(fit, choice, where)
    if reason:
        said.append(Diagnostic("error", source, reason, "make the image again, or boot another"))
        return entry._replace(kind="unsupported")
    _remark(choice, fit, where, source, said)
    return entry


def _arguments(fd: int, fit: Fit) -> dict[str, str]:
    """Read the arguments in device trees, by configuration; the default one comes first.

    Those not looked into are found when the configuration is booted (bootpy.kexec.fit).
    """
    default = fit.choice("")
    trees: dict[str, str] = {}
    found: dict[str, str] = {}
    for choice in sorted(fit.choices, key=lambda one: one != default):
        tree = next(iter(choice.trees), "")
        if tree and tree not in trees and len(trees) < _MOST_TREES:
            trees[tree] = arguments_in_tree(fd, fit, choice)
        found[choice.name] = trees.get(tree, "")
    return found


def _with_arguments(entry: Entry, arguments: str) -> Entry:
    if not arguments.strip():
        return entry
    how = "bootargs in /chosen of the device tree"
    origin = Origin("cmdline", arguments.strip(), entry.source, how)
    return entry._replace(cmdline=arguments.strip(), origins=(*entry.origins, origin))


def _rest(choice: Choice, source: Source, where: str) -> list[Origin]:
    given = [("initrds", "ramdisk", choice.ramdisk)]
    given += [("devicetree", "fdt", name) for name in choice.trees]
    return [Origin(field, name, source, f"{key} of {where}") for field, key, name in given if name]


def _why_not(fit: Fit, choice: Choice, where: str) -> str:
    named = [("kernel", choice.kernel), ("ramdisk", choice.ramdisk)]
    for role, name in named:
        if name and name not in fit.parts:
            return f"{where} names the {role} {name!r}, which is not in /images"
    kernel = fit.parts[choice.kernel]
    if kernel.os not in {"linux", ""}:
        return f"the kernel {choice.kernel!r} of {where} is for {kernel.os}, not Linux"
    if choice.setup:
        return f"{where} has its kernel in two parts (setup and kernel), which kexec cannot join"
    return ""


def _remark(choice: Choice, fit: Fit, where: str, source: Source, said: list[Diagnostic]) -> None:
    kernel = fit.parts[choice.kernel]
    if kernel.compression not in _UNPACKED:
        message = f"the kernel of {where} is compressed with {kernel.compression}"
        hint = "bootpy unpacks gzip, bzip2, lzma, xz, lz4 and zstd"
        said.append(Diagnostic("error", source, message, hint))
    absent = [name for name in (*choice.trees, *choice.loadables) if name not in fit.parts]
    if absent:
        message = f"{where} names {', '.join(map(repr, absent))}, not in /images"
        said.append(Diagnostic("warning", source, message, "make the image again"))
    if choice.signed or kernel.signed:
        message = "its signature is not checked: bootpy has no keys for FIT images"
        said.append(Diagnostic("info", source, message, "its checksums are compared at boot"))
