"""What a unified kernel image says of itself: read section by section, never as a whole.

Source: boot_entry_add_type2() of systemd's src/boot/boot.c, and bootspec_pick_name_version_
sort_key() of src/fundamental/bootspec-fundamental.c for which field of os-release counts.
"""

import os
import re
from collections.abc import Callable
from typing import NamedTuple

from bootpy import pe, unified
from bootpy.diagnostics import Diagnostic, Source
from bootpy.volume import Volume

LARGEST = 256 << 10
"""Bytes: a larger section holds no text."""


class Profile(NamedTuple):
    """One way to boot an image: what the sections in force for it say; "" where they do not.

    `name`, `version` and `sort_key` come from .osrel; `identifier` and `title` from .profile.
    `cmdline` is None where there is no .cmdline; `release` is .uname's.
    """

    number: int
    name: str = ""
    version: str = ""
    sort_key: str = ""
    identifier: str = ""
    title: str = ""
    cmdline: str | None = None
    release: str = ""


class Unified(NamedTuple):
    """An image: what machine it is for (`uname -m`, "" where unknown), and its profiles.

    `sections` are the names that occur. `truncated` says that the file ends before them.
    """

    machine: str
    sections: frozenset[str]
    profiles: tuple[Profile, ...]
    truncated: bool = False

    def runs_on(self, machine: str) -> bool:
        """Whether it is for a machine that `uname -m` names so."""
        families = [
            re.sub(r"^i[3-6]86$|^arm.*", lambda m: m[0][0], n) for n in (self.machine, machine)
        ]
        return families[0] == families[1]

    @property
    def kernel(self) -> bool:
        """Whether it is a kernel image, and not an add-on or another program."""
        return ".linux" in self.sections


def read_image(volume: Volume, path: str) -> tuple[Unified | None, list[Diagnostic]]:
    """Read what the file at `path` says; None, and why, where it is no PE file."""
    source = Source(volume.name, path)
    try:
        fd = volume.open(path)
    except (OSError, ValueError) as error:
        return None, [_unreadable(source, error)]
    try:
        return _read(fd, source)
    except OSError as error:
        return None, [_unreadable(source, error)]
    finally:
        os.close(fd)


def _unreadable(source: Source, error: OSError | ValueError) -> Diagnostic:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    hint = "look at it with ls -l, and check the file system with fsck"
    return Diagnostic("error", source, f"cannot be read: {reason}", hint)


def _read(fd: int, source: Source) -> tuple[Unified | None, list[Diagnostic]]:
    size = os.fstat(fd).st_size
    head = os.pread(fd, unified.HEAD, 0)
    headers = pe.read(head)
    if headers is None:
        what = "is empty (0 bytes)" if not size else "is no PE file, or its headers are damaged"
        hint = "make the image again (ukify), or remove the file"
        return None, [Diagnostic("error", source, what, hint)]
    said: list[Diagnostic] = []
    texts: dict[pe.Section, str] = {}

    def text(sections: list[pe.Section], name: str) -> str | None:
        section = next((one for one in sections if one.name == name), None)
        if section is None:
            return None
        if section not in texts:
            texts[section] = _text(fd, section, source, said)
        return texts[section]

    profiles = tuple(
        _profile(number, unified.in_force(headers.sections, number), text)
        for number in range(unified.profile_count(headers.sections))
    )
    names = frozenset(section.name for section in headers.sections)
    return Unified(headers.machine, names, profiles, size < headers.end), said


def _profile(
    number: int, sections: list[pe.Section], text: Callable[[list[pe.Section], str], str | None]
) -> Profile:
    release = unified.environment(text(sections, ".osrel") or "")
    own = unified.environment(text(sections, ".profile") or "")
    return Profile(
        number,
        name=_first(release, "PRETTY_NAME", "IMAGE_ID", "NAME", "ID"),
        version=_first(release, "IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID"),
        sort_key=_first(release, "IMAGE_ID", "ID"),
        identifier=own.get("ID", ""),
        title=own.get("TITLE", ""),
        cmdline=_cmdline(text(sections, ".cmdline")),
        release=(text(sections, ".uname") or "").strip(),
    )


def _cmdline(text: str | None) -> str | None:
    return None if text is None else unified.command_line(text.encode())


def _first(values: dict[str, str], *keys: str) -> str:
    return next((values[key] for key in keys if values.get(key)), "")


def _text(fd: int, section: pe.Section, source: Source, said: list[Diagnostic]) -> str:
    if section.size > LARGEST:
        message = f"section {section.name} has {section.size} bytes and is not read"
        said.append(Diagnostic("warning", source, message, "make the image again (ukify)"))
        return ""
    content = os.pread(fd, section.size, section.offset).partition(b"\0")[0]
    try:
        return content.decode()
    except UnicodeDecodeError:
        message = f"section {section.name} is not UTF-8; what cannot be read is shown as \ufffd"
        said.append(Diagnostic("warning", source, message, "make the image again from UTF-8 text"))
        return content.decode(errors="replace")
