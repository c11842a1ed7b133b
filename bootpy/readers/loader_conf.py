"""loader.conf: which of the Boot Loader Specification's entries boots, and after how long.

Source: loader.conf(5) and src/boot/boot.c of systemd.
"""

from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source, quoted
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

SAVED = "@saved"
"""As a default: the entry that was booted last."""

_WORDS = {"menu-force": -1.0, "menu-hidden": 0.0, "menu-disabled": 0.0}


class LoaderConf(NamedTuple):
    """What loader.conf says: glob patterns or None, and seconds, None or -1 for no end.

    A pattern is SAVED where the entry booted last is meant. What is `preferred` comes before
    the `default`, unless boot counting has given it up. The lines are those that say so.
    """

    default: str | None = None
    default_line: int | None = None
    preferred: str | None = None
    preferred_line: int | None = None
    timeout: float | None = None
    timeout_line: int | None = None
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
            said.append(Diagnostic("info", place, f"{quoted(key)} has no value", hint))
        elif key == "timeout":
            timeout = seconds(value)
            if timeout is None:
                hint = "a number of seconds, menu-force, menu-hidden or menu-disabled"
                said.append(
                    Diagnostic("warning", place, f"timeout {quoted(value)} is not known", hint)
                )
            else:
                conf = conf._replace(timeout=timeout, timeout_line=number)
        elif key in {"default", "preferred"}:
            pattern = SAVED if value.lower() == SAVED else value
            if value.startswith("@") and pattern != SAVED:
                hint = "a file name, a glob pattern or @saved"
                said.append(
                    Diagnostic("warning", place, f"{key} {quoted(value)} is not known", hint)
                )
            elif key == "default":
                conf = conf._replace(default=pattern, default_line=number)
            else:
                conf = conf._replace(preferred=pattern, preferred_line=number)
        elif key not in _KNOWN_AND_NOT_OURS:
            hint = "see loader.conf(5) for the settings that there are"
            said.append(
                Diagnostic("info", place, f"unknown setting {quoted(key)} is ignored", hint)
            )
    return conf._replace(diagnostics=tuple(said[:MOST_REMARKS]))


def seconds(value: str) -> float | None:
    """Return the seconds that a timeout means, -1 for no end; None for what is none."""
    if value in _WORDS:
        return _WORDS[value]
    return float(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
