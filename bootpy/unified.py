"""Unified kernel images: which of their sections are in force for a profile, and their texts.

Readers look at an image to list it, and kexec takes it apart: both go by these rules. Sources:
the UAPI specification of Unified Kernel Images, and systemd's src/boot/pe.c, stub.c, util.c.
"""

from collections.abc import Sequence

from bootpy.pe import Section

HEAD = 64 << 10
"""Bytes from a file's start in which its PE headers lie."""

MOST_PROFILES = 256
"""More are not looked at (UNIFIED_PROFILES_MAX of systemd-boot)."""

_PROFILE = ".profile"


def profile_count(sections: Sequence[Section]) -> int:
    """Return how many profiles there are: one at least, since profile 0 is implied."""
    starts = sum(section.name == _PROFILE for section in sections)
    return max(1, min(starts, MOST_PROFILES))


def in_force(sections: Sequence[Section], profile: int = 0) -> list[Section]:
    """Return the sections that count for `profile`; none where there is no such profile.

    Those before the first .profile are everybody's, less what the profile has by the same
    name. A profile's own .profile section comes first among its own.
    """
    starts = [index for index, section in enumerate(sections) if section.name == _PROFILE]
    if not starts:
        return list(sections) if profile == 0 else []
    if not 0 <= profile < len(starts):
        return []
    own = sections[starts[profile] : (*starts, len(sections))[profile + 1]]
    replaced = {section.name for section in own}
    return [one for one in sections[: starts[0]] if one.name not in replaced] + list(own)


def command_line(content: bytes, errors: str = "surrogateescape") -> str:
    """Return the text of a .cmdline section as the stub hands it over.

    It ends at the first NUL, control characters inside become blanks one by one, and those at
    the ends go (mangle_stub_cmdline).
    """
    text = content.partition(b"\0")[0].decode("utf-8", errors)
    return "".join(" " if c <= " " or c == "\x7f" else c for c in text).strip(" ")


def environment(text: str) -> dict[str, str]:
    """Read lines of KEY=value, as os-release has them, less the quotes; the last one counts."""
    values = {}
    for line in text.replace("\r", "\n").split("\n"):
        key, separator, value = line.strip(" \t").partition("=")
        if not separator or key.startswith("#"):
            continue
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[key] = value
    return values
