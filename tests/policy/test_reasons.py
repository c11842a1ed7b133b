"""Whose default the machine's is, in words."""

from typing import Any

import pytest

from bootpy.diagnostics import Source
from bootpy.entry import Configuration, Entry, File, Origin
from bootpy.policy.listing import merge
from bootpy.policy.reasons import why_default

HERE = File("sda2", "/k", exists=True)
GONE = File("sda2", "/k", exists=False)


def config(path: str, form: str = "grub", kernel: File = HERE, **fields: Any) -> Configuration:
    source = Source("sda1", path)
    home = "sda2" if fields.pop("elsewhere", False) else "sda1"
    place = Source(home, path, 3)
    entry = Entry(path, path, (path,), form, "linux", place, kernel=kernel, cmdline=path)
    return Configuration(source, form, (entry,), **{"default": path, **fields})


PLAIN = config("/grub/grub.cfg")
OTHER = config("/loader", "bls")
BROKEN = config("/boot/grub/grub.cfg", kernel=GONE)
STUB = config("/EFI/debian/grub.cfg", elsewhere=True)
ONCE = config("/boot/loader", "bls")
ONCE = ONCE._replace(
    entries=tuple(
        entry._replace(
            origins=(Origin("default", entry.id, Source("efivarfs", "/x"), "LoaderEntryOneShot"),)
        )
        for entry in ONCE.entries
    )
)
SILENT = config("/extlinux/extlinux.conf", "syslinux", default=None)


@pytest.mark.parametrize(
    ("configurations", "whys"),
    [
        ([PLAIN], ["no other configuration names a default"]),
        ([SILENT, PLAIN], ["it names no default", "no other configuration names a default"]),
        ([PLAIN, OTHER], ["it comes first", "it comes later"]),
        (
            [BROKEN, OTHER],
            [
                "its default cannot boot by itself",
                "no other configuration's default can boot by itself",
            ],
        ),
        ([BROKEN], ["no other configuration names a default"]),
        (
            [OTHER, STUB, BROKEN],
            [
                "the deciding one stands on an ESP and leads to the system on another volume",
                "it stands on an ESP and leads to the system on another volume",
                "its default cannot boot by itself",
            ],
        ),
        (
            [BROKEN, BROKEN._replace(source=Source("sda9", "/x"))],
            ["it comes first, though it cannot boot by itself", "it comes later"],
        ),
        ([SILENT], ["it names no default"]),
        (
            [PLAIN, STUB, ONCE],
            [
                "of the deciding one the running system asked for its entry, for one start",
                "of the deciding one the running system asked for its entry, for one start",
                "the running system asked for its entry, for one start",
            ],
        ),
    ],
)
def test_words(configurations: list[Configuration], whys: list[str]) -> None:
    reasons = why_default(configurations)
    assert [reason.why for reason in reasons] == whys
    deciding = [reason for reason in reasons if reason.decides]
    # The sentence and the listing follow from one rule.
    listing = merge(configurations)
    assert [one.default.id for one in deciding if one.default] == (
        [listing.default] if listing.default else []
    )


def test_what_holds_no_entry_is_not_spoken_of() -> None:
    assert why_default([Configuration(Source("v", "/grub.cfg"), "grub")]) == []
