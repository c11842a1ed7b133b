"""What lies beside a unified kernel image and goes along with it: add-ons, credentials, extensions.

Sources: systemd-stub(7), "Companion Files", and src/boot/stub.c: for all images first, then for
this one; add-ons that do not fit are passed over.
"""

import posixpath
import re
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import File, Host, Origin
from bootpy.readers.files import look
from bootpy.readers.uki_image import read_image
from bootpy.volume import Volume

ADDON = ".addon.efi"
CREDENTIAL = ".cred"
EXTENSION = ".raw"

_USED = frozenset((".cmdline", ".dtb", ".dtbauto", ".initrd", ".ucode"))
_MOST = 256  # files of one folder that are taken


class Companions(NamedTuple):
    """The files in the order in which they are applied, and the arguments that they add."""

    files: tuple[File, ...] = ()
    cmdline: str = ""
    origins: tuple[Origin, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def own_folder(path: str) -> str:
    """Return the folder of an image's own companions: its path less the boot counters."""
    folder, name = posixpath.split(path)
    return posixpath.join(
        folder, re.sub(r"\+[0-9]+(-[0-9]+)?(?=\.|$)", "", name, count=1) + ".extra.d"
    )


def companions(
    volume: Volume,
    path: str,
    release: str,
    host: Host,
    *,
    base: str = "",
    named: tuple[File, ...] = (),
) -> Companions:
    """Find what goes along with the image at `path`.

    `release` is the image's .uname ("" where it has none), which an add-on with a .uname must
    match. Those for all images lie in /loader below `base`. Files that an entry has `named`
    by itself come last.
    """
    own = own_folder(path)
    folders = (
        (f"{base}/loader/addons", ADDON),
        (own, ADDON),
        (own, CREDENTIAL),
        (f"{base}/loader/credentials", CREDENTIAL),
        (own, EXTENSION),
        (f"{base}/loader/extensions", EXTENSION),
    )
    files: list[File] = []
    words: list[str] = []
    origins: list[Origin] = []
    said: list[Diagnostic] = []
    found = [
        look(volume, posixpath.join(folder, name))
        for folder, suffix in folders
        for name in _names(volume, folder, suffix)
    ]
    for file in (*found, *named):
        source = Source(volume.name, file.path or "/")
        if source.path.lower().endswith(ADDON) and file.exists:
            cmdline = _addon(volume, source, release, host, said)
            if cmdline is None:
                continue
            if cmdline:
                words.append(cmdline)
                how = ".cmdline section of an add-on"
                origins.append(Origin("cmdline_added", cmdline, source, how))
        files.append(file)
        if file not in named:
            how = f"file in {posixpath.dirname(source.path)}"
            origins.append(Origin("extras", source.path, source, how))
    return Companions(tuple(files), " ".join(words), tuple(origins), tuple(said))


def _names(volume: Volume, folder: str, suffix: str) -> list[str]:
    """List names that the stub takes: ASCII only, not hidden, files, in their bytes' order."""
    names = [
        name
        for name in volume.names(folder)
        if name.lower().endswith(suffix) and not name.startswith(".") and name.isascii()
    ]
    return [name for name in names[:_MOST] if look(volume, posixpath.join(folder, name)).exists]


def _addon(
    volume: Volume, source: Source, release: str, host: Host, said: list[Diagnostic]
) -> str | None:
    """Return the arguments that an add-on has, "" for none; None where it is passed over."""
    image, more = read_image(volume, source.path)
    said += more
    if image is None:
        return None
    why = ""
    own = image.profiles[0].release
    if image.truncated:
        why = "the file is truncated"
    elif image.kernel:
        why = "it is a kernel image, and no add-on"
    elif not image.sections & _USED:
        why = f"it has none of the sections {', '.join(sorted(_USED))}"
    elif not image.runs_on(host.machine):
        why = f"it is for {image.machine or 'another machine'}, and this one is {host.machine}"
    elif release and own and own != release:
        why = f"it is for kernel {quoted(own)}, and the image has {quoted(release)}"
    if why:
        hint = "make it again, or remove it"
        message = f"add-on passed over: {why}"
        said.append(Diagnostic("error" if image.truncated else "info", source, message, hint))
        return None
    return image.profiles[0].cmdline or ""
