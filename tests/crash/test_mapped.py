"""Logical volumes: their tables, with parts named so that they are found again."""

import os
from pathlib import Path

import pytest

from bootpy.crash.mapped import Mapping, described, numbered
from bootpy.errors import BootError
from bootpy.linux.device_mapper import Target

# What a Debian's `dmsetup table` shows of a volume on two disks, the second part of it striped.
TABLE = [
    Target(0, 2097152, "linear", "254:2 2048"),
    Target(2097152, 4194304, "striped", "2 128 254:2 2099200 254:16 2048"),
]
UUIDS = {"254:2": ("LVM2_member", "first"), "254:16": ("LVM2_member", "second")}


def test_parts_are_named_by_uuid() -> None:
    assert described("vg-dumps", TABLE, UUIDS.__getitem__) == Mapping(
        (("LVM2_member", "first"), ("LVM2_member", "second")),
        (
            Target(0, 2097152, "linear", "{0} 2048"),
            Target(2097152, 4194304, "striped", "2 128 {0} 2099200 {1} 2048"),
        ),
    )


def test_they_get_the_numbers_that_they_have_then() -> None:
    mapping = described("vg-dumps", TABLE, UUIDS.__getitem__)
    found = numbered(mapping, ["/dev/null", "/dev/zero"])
    assert [each.parameters for each in found] == ["1:3 2048", "2 128 1:3 2099200 1:5 2048"]
    assert [each[:3] for each in found] == [each[:3] for each in TABLE]


@pytest.mark.parametrize("kind", ["crypt", "raid", "thin", "snapshot", "mirror"])
def test_what_is_more_than_stretches_of_disks_is_refused(kind: str) -> None:
    with pytest.raises(BootError, match=f"vg-x is made by the device mapper's {kind}"):
        described("vg-x", [*TABLE, Target(0, 1, kind, "254:2 0")], UUIDS.__getitem__)


def test_a_part_that_is_gone(tmp_path: Path) -> None:
    mapping = described("vg-dumps", TABLE[:1], UUIDS.__getitem__)
    with pytest.raises(FileNotFoundError):
        numbered(mapping, [os.fspath(tmp_path / "gone")])
