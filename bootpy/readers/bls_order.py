"""The order of Boot Loader Specification entries, what they are called, and their boot counters.

Source: UAPI.1 Boot Loader Specification, sections "Boot counting" and "Sorting", and
boot_entry_compare() of systemd's src/boot/boot.c where the specification leaves a tie.
One difference between the two is known: systemd-boot leaves ".conf" on when it compares file
names, so that it has arch.conf before arch-lts.conf; the specification, followed here, takes
it off and has arch-lts.conf first.
"""

import posixpath
import re
from functools import cmp_to_key
from typing import NamedTuple

from bootpy.entry import Entry, Tries
from bootpy.readers.uapi_version import compare

_MOST_TRIES = 2**31 - 1  # systemd-boot's INT_MAX: larger numbers are no counters


class Candidate(NamedTuple):
    """An entry with what orders it and what loader.conf may call it by.

    `name` is the file name without its suffix and boot counters. `profile_id` is what the
    profile of a unified kernel image calls itself, "" where it does not.
    """

    entry: Entry
    name: str
    sort_key: str = ""
    machine_id: str = ""
    profile_id: str = ""

    @property
    def loader_id(self) -> str:
        """What systemd-boot calls the entry: the file's name without counters, and the profile."""
        profile = self._profile_ids
        return f"{self.name}{self._suffix}{profile[0] if profile else ''}"

    @property
    def names(self) -> tuple[str, ...]:
        """What a `default` pattern is compared with: the file name, whole and in parts.

        With and without the suffix, the counters, and the profile's number for its name.
        """
        file = posixpath.basename(self.entry.source.path)
        plain = (f"{self.name}{self._suffix}", self.name, file, file[: -len(self._suffix)])
        profiles = self._profile_ids
        return tuple(name + profile for name in plain for profile in profiles or ("",))

    @property
    def _suffix(self) -> str:
        return ".efi" if self.entry.format == "uki" else ".conf"

    @property
    def _profile_ids(self) -> tuple[str, ...]:
        """What names the profile behind the file's name; profile 0 has nothing there."""
        if self.entry.format != "uki" or not self.entry.profile:
            return ()
        number = f"@{self.entry.profile}"
        return (f"@{self.profile_id}", number) if self.profile_id else (number,)

    @property
    def given_up(self) -> bool:
        """Whether boot counting has no tries left for it."""
        return self.entry.tries is not None and self.entry.tries.left == 0

    @property
    def may_boot(self) -> bool:
        """Whether systemd-boot would offer it: its file is there (or cannot be looked at)."""
        kernel = self.entry.kernel
        return (
            self.entry.kind != "unsupported" and kernel is not None and kernel.exists is not False
        )


def loader_id(entry: Entry) -> str:
    """Return what systemd-boot calls an entry of the formats bls and uki; "" for any other."""
    if entry.format == "uki":
        # The listing may have put a number behind an id that two volumes share.
        return re.sub(r"#[0-9]+$", "", entry.id.removeprefix(f"uki:{entry.source.volume}:")).lower()
    if entry.format == "bls":
        return f"{counted(posixpath.basename(entry.source.path))[0]}.conf".lower()
    return ""


def counted(file_name: str, suffix: str = ".conf") -> tuple[str, Tries | None]:
    """Split NAME+LEFT[-DONE].conf into the name and the counters, if it has any."""
    stem = file_name[: -len(suffix)]
    found = re.fullmatch(r"(.*)\+([0-9]+)(?:-([0-9]+))?", stem, re.DOTALL)
    if found is None:
        return stem, None
    # By length first: int() is slow on, and refuses, very long numbers.
    if any(len(digits.lstrip("0")) > 10 for digits in (found[2], found[3] or "")):
        return stem, None
    left, done = int(found[2]), int(found[3] or 0)
    return (found[1], Tries(left, done)) if max(left, done) <= _MOST_TRIES else (stem, None)


def after_a_try(file_name: str) -> str:
    """Return the name that a counted entry's file gets when it is booted; digits keep width."""
    found = re.fullmatch(r"(.*\+)([0-9]+)(?:-([0-9]+))?(\.conf|\.efi)", file_name, re.DOTALL | re.I)
    if found is None:
        return file_name
    left, done = found[2], found[3] or "0"
    fewer, more = max(int(left) - 1, 0), int(done) + 1
    return f"{found[1]}{fewer:0{len(left)}d}-{more:0{len(done)}d}{found[4]}"


def compare_candidates(a: Candidate, b: Candidate) -> int:
    """Order two entries as the specification's section "Sorting" says."""
    bad = a.given_up - b.given_up
    if bad:
        return bad
    if bool(a.sort_key) != bool(b.sort_key):
        return -1 if a.sort_key else 1
    if a.sort_key:
        for left, right in ((a.sort_key, b.sort_key), (a.machine_id, b.machine_id)):
            if left != right:
                return -1 if _bytes(left) < _bytes(right) else 1
        newer = compare(b.entry.version or "", a.entry.version or "")
        if newer:
            return newer
    newer = compare(b.name, a.name)
    if not newer and a.entry.format == b.entry.format == "uki" and a.name == b.name:
        newer = (a.entry.profile or 0) - (b.entry.profile or 0)
    if newer or a.entry.tries is None or b.entry.tries is None:
        return newer
    one, other = a.entry.tries, b.entry.tries
    return (other.left - one.left) or (one.done - other.done)


in_order = cmp_to_key(compare_candidates)
"""Sort key for candidates: menu order."""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
