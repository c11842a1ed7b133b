"""Boot Loader Specification, type 1: /loader/entries/*.conf with loader.conf.

What systemd-boot does with the same files is the measure. An ESP and an XBOOTLDR partition
are one menu there: so the loader.conf of one volume rules the entries of volumes of the
same disk that have none of their own.

Sources: UAPI.1 Boot Loader Specification, loader.conf(5), systemd-boot(7), src/boot/boot.c.
"""

import posixpath
from collections import Counter
from collections.abc import Callable

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Host, Write
from bootpy.readers import loader_conf
from bootpy.readers.bls_entry import read_entry
from bootpy.readers.bls_fields import Field, parse
from bootpy.readers.bls_order import Candidate, after_a_try, counted, in_order
from bootpy.readers.files import file_names, read_text, same_disk
from bootpy.volume import Volume, Volumes

__all__ = ["FOLDERS", "Field", "counted", "entry_files", "parse", "read", "read_entry"]

FOLDERS = ("/loader", "/boot/loader")
"""Where `loader.conf` and the folder `entries` are looked for."""


def entry_files(volume: Volume, folder: str) -> list[str]:
    """List the file names of the entries in `folder` (such as "/loader/entries"), sorted.

    Names that start with "auto-" belong to entries that systemd-boot makes by itself.
    """
    names = file_names(volume, folder, ".conf")
    return [name for name in names if not name.lower().startswith("auto-")]


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read the entries on `home`, and those of its disk that its loader.conf rules."""
    found = []
    for folder in FOLDERS:
        # A boot partition's /boot is often a link to itself: its entries are there once.
        if folder != FOLDERS[0] and _is_the_same(home, FOLDERS[0], folder):
            continue
        others = []
        if folder == FOLDERS[0]:
            if _ruled_elsewhere(home, volumes):
                continue
            others = _ruled_by(home, volumes)
        if home.status(folder) is not None:
            found.append(_read(home, folder, others, host))
    return [one for one in found if one.entries or one.diagnostics or one.timeout is not None]


def _is_the_same(home: Volume, one: str, other: str) -> bool:
    """Whether two folders hold the same entries and loader.conf: one folder under two names."""
    files = [_content(home, folder) for folder in (one, other)]
    return bool(files[0]) and files[0] == files[1]


def _content(home: Volume, folder: str) -> dict[str, bytes]:
    entries = posixpath.join(folder, "entries")
    paths = ["loader.conf", *(f"entries/{name}" for name in entry_files(home, entries))]
    content = {}
    for path in paths:
        try:
            content[path] = home.read(posixpath.join(folder, path))
        except (OSError, ValueError):
            continue
    return content


def _conf(folder: str) -> str:
    return posixpath.join(folder, "loader.conf")


def _ruled_by(home: Volume, volumes: Volumes) -> list[Volume]:
    """List the volumes whose entries belong to the menu of `home`."""
    return [volume for volume in volumes if volume is not home and _ruler(volume, volumes) is home]


def _ruled_elsewhere(home: Volume, volumes: Volumes) -> bool:
    return _ruler(home, volumes) is not None


def _ruler(volume: Volume, volumes: Volumes) -> Volume | None:
    """Return the volume with the loader.conf for a volume that has entries and none itself."""
    path = _conf(FOLDERS[0])
    if volume.status(path) is not None or not volume.names(f"{FOLDERS[0]}/entries"):
        return None
    return next(
        (
            other
            for other in volumes
            if other is not volume and same_disk(volume, other) and other.status(path) is not None
        ),
        None,
    )


def _read(home: Volume, folder: str, others: list[Volume], host: Host) -> Configuration:
    candidates: list[Candidate] = []
    said: list[Diagnostic] = []
    for volume in (home, *others):
        entries = posixpath.join(folder, "entries")
        said += _semantics(volume, f"{entries}.srel")
        for name in entry_files(volume, entries):
            candidate, more = read_entry(volume, entries, name, host)
            said += more
            if candidate is not None:
                candidates.append(candidate)
    candidates = _told_apart(sorted(candidates, key=in_order))
    path = _conf(folder)
    conf = loader_conf.read(home, path)
    source = Source(home.name, path if home.status(path) is not None else folder)
    chosen = _chosen(candidates, conf, source, said)
    return Configuration(
        source=source,
        format="bls",
        entries=tuple(one.entry._replace(default=one is chosen) for one in candidates),
        default=chosen.entry.id if chosen else None,
        timeout=conf.timeout,
        writes=_writes(chosen),
        diagnostics=(*conf.diagnostics, *said),
    )


def _chosen(
    candidates: list[Candidate],
    conf: loader_conf.LoaderConf,
    source: Source,
    said: list[Diagnostic],
) -> Candidate | None:
    """Return the entry that boots by itself.

    systemd-boot does not know entries whose kernel is missing; here they are listed, and
    chosen only where no other is left.
    """
    offered = [one for one in candidates if one.may_boot] or candidates
    if conf.default is not None:
        for among in (offered, candidates):
            for one in among:
                if loader_conf.matches(conf.default, one.names):
                    return one
        message = f"default {conf.default} matches no entry"
        hint = "the first entry in order is taken; name a file of the folder entries"
        said.append(Diagnostic("warning", source._replace(line=conf.default_line), message, hint))
    return offered[0] if offered else None


def _told_apart(candidates: list[Candidate]) -> list[Candidate]:
    """Add version, machine and then file name to titles that are not unique.

    As generate_boot_entry_titles() of systemd-boot does; the specification leaves the way open.
    """
    steps: tuple[Callable[[Candidate], str], ...] = (
        lambda one: one.entry.version or "",
        lambda one: one.machine_id[:8],
        lambda one: posixpath.basename(one.entry.source.path),
    )
    for more in steps:
        count = Counter(one.entry.title for one in candidates)
        if max(count.values(), default=0) <= 1:
            break
        candidates = [
            _titled(one, f"{one.entry.title} ({more(one)})")
            if count[one.entry.title] > 1 and more(one)
            else one
            for one in candidates
        ]
    return candidates


def _titled(candidate: Candidate, title: str) -> Candidate:
    return candidate._replace(entry=candidate.entry._replace(title=title, path=(title,)))


def _writes(chosen: Candidate | None) -> tuple[Write, ...]:
    """Return the renaming by which systemd-boot counts the attempt, as the file's new name."""
    if chosen is None or chosen.entry.tries is None:
        return ()
    source = chosen.entry.source
    new = after_a_try(posixpath.basename(source.path))
    return (Write(source.volume, source.path, (("name", new),)),)


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
