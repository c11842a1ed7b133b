"""loader.conf: which of the Boot Loader Specification's entries boots, and after how long.

Source: loader.conf(5) and src/boot/boot.c of systemd.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source
from bootpy.readers.bls_fields import LARGEST
from bootpy.readers.files import MOST_REMARKS, key_and_value, lines, read_text
from bootpy.volume import Volume

_KNOWN_AND_NOT_OURS = frozenset(
    (
        "editor",
        "auto-entries",
        "auto-firmware",
        "auto-poweroff",
        "auto-reboot",
        "beep",
        "console-mode",
        "log-level",
        "random-seed-mode",
        "reboot-for-bitlocker",
        "reboot-on-error",
        "secure-boot-enroll",
        "secure-boot-enroll-action",
        "secure-boot-enroll-timeout-sec",
    )
)

_WORDS = {"menu-force": -1.0, "menu-hidden": 0.0, "menu-disabled": 0.0}


class LoaderConf(NamedTuple):
    """What loader.conf says: a glob pattern or None, and seconds, None or -1 for no end.

    `default_line` is the line that gives the pattern.
    """

    default: str | None = None
    default_line: int | None = None
    timeout: float | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def read(volume: Volume, path: str) -> LoaderConf:
    """Read the loader.conf at `path`; an empty answer where there is none."""
    if volume.status(path) is None:
        return LoaderConf()
    text, said = read_text(volume, path, LARGEST)
    parsed = parse(text or "", Source(volume.name, path))
    return parsed._replace(diagnostics=(*said, *parsed.diagnostics))


def parse(text: str, source: Source) -> LoaderConf:
    """Parse loader.conf's text; the last of repeated settings counts."""
    conf = LoaderConf()
    said: list[Diagnostic] = []
    for number, line in enumerate(lines(text), 1):
        key, value = key_and_value(line)
        if not key or key.startswith("#"):
            continue
        place = source._replace(line=number)
        if len(value) >= 2 and value[0] == value[-1] == '"':
            value = value[1:-1]
        if not value:
            hint = "give it a value or delete the line"
            said.append(Diagnostic("info", place, f"{key} has no value", hint))
        elif key == "timeout":
            timeout = _timeout(value)
            if timeout is None:
                hint = "a number of seconds, menu-force, menu-hidden or menu-disabled"
                said.append(Diagnostic("warning", place, f"timeout {value} is not known", hint))
            else:
                conf = conf._replace(timeout=timeout)
        elif key == "default":
            if value.startswith("@"):
                said.append(_special(value, place))
                if value.lower() != "@saved":
                    continue
                conf = conf._replace(default=None, default_line=None)
            else:
                conf = conf._replace(default=value, default_line=number)
        elif key not in _KNOWN_AND_NOT_OURS:
            hint = "see loader.conf(5) for the settings that there are"
            said.append(Diagnostic("info", place, f"unknown setting {key} is ignored", hint))
    return conf._replace(diagnostics=tuple(said[:MOST_REMARKS]))


def matches(pattern: str, names: Iterable[str]) -> bool:
    """Whether the glob `pattern` of `default` means an entry that goes by any of `names`.

    Without regard to case, and with or without ".conf" at the end: files in the wild have both.
    """
    from fnmatch import fnmatchcase

    folded = pattern.lower()
    return any(fnmatchcase(name.lower(), folded) for name in names)


def _timeout(value: str) -> float | None:
    if value in _WORDS:
        return _WORDS[value]
    return float(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _special(value: str, place: Source) -> Diagnostic:
    if value.lower() == "@saved":
        message = (
            "default @saved: the entry booted last is kept in an EFI variable, which is not read"
        )
        return Diagnostic("info", place, message, "the first entry in order is taken")
    return Diagnostic(
        "warning", place, f"default {value} is not known", "a file name, a glob pattern or @saved"
    )
