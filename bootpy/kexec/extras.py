"""What goes along with an entry beside its initrds: add-ons, credentials, extensions.

systemd-stub puts credentials and extensions into the initrd's folder /.extra, and takes
initrds and microcode out of add-ons; the arguments of add-ons are in the entry already.
Sources: systemd-stub(7), src/boot/stub.c.
"""

import os

from bootpy.entry import File
from bootpy.errors import BootError
from bootpy.kexec import cpio, files
from bootpy.kexec.initrds import Extras, Part
from bootpy.volume import Volumes

_ADDON = ".addon.efi"


# Folders of /.extra in the stub's order, and the modes of each and of its files.
_SECRET, _OPEN = (0o500, 0o400), (0o555, 0o444)
_PLACES = {
    "credentials": _SECRET,
    "global_credentials": _SECRET,
    "sysext": _OPEN,
    "global_sysext": _OPEN,
    "confext": _OPEN,
    "global_confext": _OPEN,
}

META = ".extra"
"""The folder for what a unified kernel image says of itself."""


def collect(extras: tuple[File, ...], volumes: Volumes, held: list[int], most: int) -> Extras:
    """Open and sort what goes along; every descriptor that stays open is put into `held`.

    BootError where a file cannot be read, or those for /.extra are over `most` bytes (0 for no
    limit).
    """
    first: list[Part] = []
    last: list[Part] = []
    placed: dict[str, list[File]] = {}
    warnings: list[str] = []
    for file in extras:
        folder = _folder(file)
        if folder:
            placed.setdefault(folder, []).append(file)
        elif str(file).lower().endswith(_ADDON):
            fd = files.open_file(file, "add-on", volumes)
            held.append(fd)
            early, late, left = _of_addon(fd, str(file))
            first[:0] = early  # in reverse: of microcode the kernel takes the first that fits
            last += late
            warnings += left
        else:
            what = "neither an add-on, nor a credential or extension"
            warnings.append(f"{file} is not handed over: {what}")
    archives = []
    for folder in (place for place in _PLACES if place in placed):
        archive = _packed_files(folder, placed[folder], volumes, held, most)
        most = max(most - archive.size, 1) if most else 0
        archives.append(archive)
    return Extras(tuple(first), tuple(archives), tuple(last), tuple(warnings))


def _folder(file: File) -> str:
    """Return the folder of /.extra for a file, "" for none; everybody's have one of their own."""
    folder, _, name = (file.path or "").lower().rpartition("/")
    if name.endswith(".cred"):
        kind, everybodys = "credentials", "/loader/credentials"
    elif name.endswith(".raw"):
        # Without ".sysext" before it a name is taken for one all the same, as the stub does.
        kind = "confext" if name.endswith(".confext.raw") else "sysext"
        everybodys = "/loader/extensions"
    else:
        return ""
    return f"global_{kind}" if folder.endswith(everybodys) else kind


def _packed_files(
    folder: str, extras: list[File], volumes: Volumes, held: list[int], most: int
) -> Part:
    parts: list[Part] = []
    try:
        for file in extras:
            fd = files.open_file(file, "extra file", volumes)
            name = (file.path or "").rpartition("/")[2]
            parts.append(Part(fd, 0, os.fstat(fd).st_size, name))
        total = sum(part.size for part in parts)
        if most and total > most:
            raise BootError(
                f"{len(parts)} files for /.extra/{folder} have {total} bytes, and {most} are free",
                f"give the machine more memory, or remove some, such as {extras[0]}",
            )
        return _packed(f"{META}/{folder}", _PLACES[folder], parts, held)
    finally:
        for part in parts:
            os.close(part.fd)


def literal(name: str, part: Part, held: list[int]) -> Part:
    """Return the archive that puts a stretch of an image into the initrd as /.extra/NAME."""
    return _packed(META, _OPEN, [part._replace(name=name)], held)


def _packed(folder: str, modes: tuple[int, int], parts: list[Part], held: list[int]) -> Part:
    fd = cpio.archive("extra", folder, modes, parts)
    held.append(fd)
    return Part(fd, 0, os.fstat(fd).st_size, f"/{folder}")


def _of_addon(fd: int, name: str) -> tuple[list[Part], list[Part], list[str]]:
    """Return the microcode and the initrds of an add-on, and what is left out of it."""
    from bootpy import pe, unified
    from bootpy.kexec.image import read_at, refuse_truncated

    headers = pe.read(read_at(fd, 0, unified.HEAD, name))
    if headers is None:
        raise BootError(
            f"the add-on {name} is no PE file", "make it again (ukify), or remove the file"
        )
    refuse_truncated(name, os.fstat(fd).st_size, headers.end)
    found: dict[str, list[Part]] = {".ucode": [], ".initrd": [], ".dtb": [], ".dtbauto": []}
    for section in headers.sections:
        if section.name in found and section.size:
            part = Part(fd, section.offset, section.size, f"{name} ({section.name})")
            found[section.name].append(part)
    left = (
        [f"the device tree in {name} is not handed over"]
        if found[".dtb"] or found[".dtbauto"]
        else []
    )
    return found[".ucode"], found[".initrd"], left
