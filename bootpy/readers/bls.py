"""Boot Loader Specification: /loader/entries/*.conf (type 1), /EFI/Linux/*.efi (type 2).

What systemd-boot does with the same files is the measure: both types are one menu with one
order, and loader.conf rules both. So are an ESP and an XBOOTLDR partition: the loader.conf of
one volume rules the entries of volumes of the same disk that have none of their own.

Sources: UAPI.1 Boot Loader Specification, loader.conf(5), systemd-boot(7), src/boot/boot.c.
"""

from collections.abc import Callable

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Host
from bootpy.readers import loader_conf
from bootpy.readers.bls_entry import read_entry
from bootpy.readers.bls_fields import Field, parse
from bootpy.readers.bls_menu import menu
from bootpy.readers.bls_order import Candidate, counted
from bootpy.readers.files import file_names, is_root_again, read_text, same_disk
from bootpy.volume import Volume, Volumes

__all__ = [
    "BASES",
    "Field",
    "counted",
    "entry_files",
    "parse",
    "read",
    "read_entry",
    "read_type_1",
    "read_type_2",
]

BASES = ("", "/boot")
"""Below which the folders /loader and /EFI/Linux are looked for."""

_CONF = "/loader/loader.conf"
_ENTRIES = "/loader/entries"
_IMAGES = "/EFI/Linux"

_Part = Callable[[Volume, str, Host, list[Diagnostic]], list[Candidate]]


def entry_files(volume: Volume, folder: str) -> list[str]:
    """List the file names of the entries in `folder` (such as "/loader/entries"), sorted.

    Names that start with "auto-" belong to entries that systemd-boot makes by itself.
    """
    return _named(volume, folder, ".conf")


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read the entries of both types on `home`, and those of its disk that it rules."""
    return _read(home, volumes, host, (_type_2, _type_1))


def read_type_1(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read type 1 alone."""
    return _read(home, volumes, host, (_type_1,))


def read_type_2(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read type 2 alone."""
    return _read(home, volumes, host, (_type_2,))


def _read(
    home: Volume, volumes: Volumes, host: Host, parts: tuple[_Part, ...]
) -> list[Configuration]:
    found = []
    for base in BASES:
        if base and is_root_again(home, base):
            continue
        others: list[Volume] = []
        if not base:
            if _ruler(home, volumes) is not None:
                continue
            others = [one for one in volumes if one is not home and _ruler(one, volumes) is home]
        said: list[Diagnostic] = []
        candidates = [
            candidate
            for volume in (home, *others)
            for part in parts
            for candidate in part(volume, base, host, said)
        ]
        conf = loader_conf.read(home, base + _CONF)
        one = menu(candidates, conf, _source(home, base), host, whole=len(parts) > 1)
        if _type_1 not in parts or _only_images(one):
            one = one._replace(format="uki")
        if one.entries or said or one.diagnostics or (one.timeout is not None and _type_1 in parts):
            found.append(one._replace(diagnostics=(*one.diagnostics, *said)))
    return found


def _only_images(one: Configuration) -> bool:
    return bool(one.entries) and all(entry.format == "uki" for entry in one.entries)


def _source(home: Volume, base: str) -> Source:
    """Return the place that stands for the whole menu: loader.conf, or a folder."""
    places = (_CONF, "/loader", _IMAGES)
    return Source(
        home.name,
        next((base + one for one in places if home.status(base + one) is not None), base or "/"),
    )


def _type_1(volume: Volume, base: str, host: Host, said: list[Diagnostic]) -> list[Candidate]:
    folder = base + _ENTRIES
    said += _semantics(volume, f"{folder}.srel")
    found = []
    for name in entry_files(volume, folder):
        candidate, more = read_entry(volume, folder, name, host)
        said += more
        if candidate is not None:
            found.append(candidate)
    return found


def _type_2(volume: Volume, base: str, host: Host, said: list[Diagnostic]) -> list[Candidate]:
    names = _named(volume, base + _IMAGES, ".efi")
    if not names:
        return []
    from bootpy.readers.uki_entry import read_images

    found: list[Candidate] = []
    for name in names:
        candidates, more = read_images(volume, base + _IMAGES, name, host)
        said += more
        found += candidates
    return found


def _named(volume: Volume, folder: str, suffix: str) -> list[str]:
    names = file_names(volume, folder, suffix)
    return [name for name in names if not name.lower().startswith("auto-")]


def _ruler(volume: Volume, volumes: Volumes) -> Volume | None:
    """Return the volume with the loader.conf for a volume that has entries and none itself."""
    if volume.status(_CONF) is not None:
        return None
    if not volume.names(_ENTRIES) and not _named(volume, _IMAGES, ".efi"):
        return None
    return next(
        (
            other
            for other in volumes
            if other is not volume and same_disk(volume, other) and other.status(_CONF) is not None
        ),
        None,
    )


def _semantics(volume: Volume, path: str) -> list[Diagnostic]:
    """Say so where the folder's owner declares that its files follow other rules."""
    if volume.status(path) is None:
        return []
    text, said = read_text(volume, path, 4096)
    if text is None or text.strip() == "type1":
        return said
    message = f"says that the entries beside it are {text.strip()[:40]!r} and not 'type1'"
    hint = "they are read as type 1 all the same"
    return [*said, Diagnostic("warning", Source(volume.name, path, 1), message, hint)]
