"""systemd-boot's EFI variables: which entry they make the default, and what they cost."""

from pathlib import Path

import pytest
from boot_trees import EFI, tree
from unified_images import unified

from bootpy.diagnostics import Source
from bootpy.entry import Configuration, Origin, Write
from bootpy.readers import bls
from bootpy.volume import Volumes

VENDOR = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"


def found_with(folder: Path, conf: str, **variables: str) -> Configuration:
    volume = tree(
        folder,
        {
            "loader/loader.conf": conf,
            "loader/entries/a.conf": "linux /k\n",
            "loader/entries/b+3.conf": "linux /k\n",
            "loader/entries/worn-out+0-3.conf": "linux /k\n",
            "k": "",
            "EFI/Linux/u.efi": unified((".profile", b""), (".profile", b"ID=p")),
        },
    )
    host = EFI._replace(efi_variables=tuple(variables.items()))
    (found,) = bls.read(volume, Volumes([volume]), host)
    return found


@pytest.mark.parametrize(
    ("conf", "variables", "chosen"),
    [
        ("", {}, "uki:sda1:u.efi"),
        ("default a.conf", {}, "bls:sda1:a"),
        ("default a.conf", {"LoaderEntryDefault": "b.conf"}, "bls:sda1:b"),
        ("default a.conf", {"LoaderEntryDefault": "B+3.conf"}, "bls:sda1:b"),
        (
            "default a.conf",
            {"LoaderEntryDefault": "b.conf", "LoaderEntryOneShot": "u.efi@p"},
            "uki:sda1:u.efi@p",
        ),
        # What names nothing leaves the choice to the next.
        (
            "default a.conf",
            {"LoaderEntryDefault": "b*", "LoaderEntryOneShot": "gone.conf"},
            "bls:sda1:b",
        ),
        ("default a.conf", {"LoaderEntryDefault": "gone"}, "bls:sda1:a"),
        ("default @saved", {"LoaderEntryLastBooted": "b.conf"}, "bls:sda1:b"),
        ("default @saved", {}, "uki:sda1:u.efi"),
        ("default a.conf", {"LoaderEntryLastBooted": "b.conf"}, "bls:sda1:a"),
        (
            "default a.conf",
            {"LoaderEntryDefault": "@saved", "LoaderEntryLastBooted": "b.conf"},
            "bls:sda1:b",
        ),
        ("default a.conf", {"LoaderEntryDefault": "@saved"}, "bls:sda1:a"),
        (
            "default @saved",
            {"LoaderEntryDefault": "a.conf", "LoaderEntryLastBooted": "b.conf"},
            "bls:sda1:a",
        ),
        # What is preferred comes first, unless boot counting has given it up.
        ("default a.conf\npreferred b.conf", {}, "bls:sda1:b"),
        ("default a.conf\npreferred worn-out.conf", {}, "bls:sda1:a"),
        ("default worn-out.conf", {}, "bls:sda1:worn-out"),
        ("preferred b.conf", {"LoaderEntryDefault": "a.conf"}, "bls:sda1:b"),
        ("preferred b.conf", {"LoaderEntryPreferred": "a.conf"}, "bls:sda1:a"),
        ("preferred b.conf", {"LoaderEntryPreferred": "worn-out.conf"}, "bls:sda1:b"),
        ("preferred b.conf", {"LoaderEntryOneShot": "worn-out*"}, "bls:sda1:worn-out"),
        (
            "",
            {"LoaderEntryPreferred": "a.conf", "LoaderEntryOneShot": "b.conf"},
            "bls:sda1:b",
        ),
        (
            "preferred @saved\ndefault a.conf",
            {"LoaderEntryLastBooted": "b.conf"},
            "bls:sda1:b",
        ),
    ],
)
def test_the_default(tmp_path: Path, conf: str, variables: dict[str, str], chosen: str) -> None:
    found = found_with(tmp_path, conf, **variables)
    assert found.default == chosen
    assert [entry.id for entry in found.entries if entry.default] == [chosen]


@pytest.mark.parametrize(
    ("variables", "timeout"),
    [
        ({}, 3.0),
        ({"LoaderConfigTimeout": "10"}, 10.0),
        ({"LoaderConfigTimeout": "menu-force"}, -1.0),
        ({"LoaderConfigTimeout": "menu-hidden"}, 0.0),
        ({"LoaderConfigTimeout": "soon"}, 3.0),
        ({"LoaderConfigTimeout": "10", "LoaderConfigTimeoutOneShot": "menu-force"}, -1.0),
        ({"LoaderConfigTimeout": "10", "LoaderConfigTimeoutOneShot": ""}, 10.0),
        ({"LoaderConfigTimeoutOneShot": "7"}, 7.0),
        ({"LoaderConfigTimeoutOneShot": "0"}, -1.0),
        ({"LoaderConfigTimeoutOneShot": "menu-hidden"}, -1.0),
    ],
)
def test_the_timeout(tmp_path: Path, variables: dict[str, str], timeout: float) -> None:
    assert found_with(tmp_path, "timeout 3", **variables).timeout == timeout


def variable(name: str, value: str) -> Write:
    return Write("efivarfs", f"/{name}-{VENDOR}", ((name, value),))


def test_what_would_be_written(tmp_path: Path) -> None:
    once = found_with(
        tmp_path,
        "default @saved",
        LoaderEntryOneShot="b.conf",
        LoaderConfigTimeoutOneShot="5",
        LoaderEntryLastBooted="a.conf",
    )
    assert once.writes == (
        Write("sda1", "/loader/entries/b+3.conf", (("name", "b+2-1.conf"),)),
        variable("LoaderEntryOneShot", ""),
        variable("LoaderConfigTimeoutOneShot", ""),
    )
    first = found_with(tmp_path, "default @saved")
    assert first.writes == (variable("LoaderEntryLastBooted", "u.efi"),)
    again = found_with(tmp_path, "default @saved", LoaderEntryLastBooted="a.conf")
    assert again.writes == ()
    assert found_with(tmp_path, "default a.conf").writes == ()


def test_where_the_default_came_from_and_what_was_missed(tmp_path: Path) -> None:
    found = found_with(tmp_path, "timeout 1\ndefault a*", LoaderEntryOneShot="gone")
    source = Source("efivarfs", f"/LoaderEntryOneShot-{VENDOR}")
    (said,) = found.diagnostics
    assert (said.level, said.source) == ("info", source)
    (entry,) = [entry for entry in found.entries if entry.default]
    assert entry.origins[-1] == Origin(
        "default", "a*", Source("sda1", "/loader/loader.conf", 2), "default in loader.conf"
    )
    by_variable = found_with(tmp_path, "default gone", LoaderEntryOneShot="a")
    (entry,) = [entry for entry in by_variable.entries if entry.default]
    assert entry.origins[-1] == Origin("default", "a", source, "LoaderEntryOneShot")
    assert not by_variable.diagnostics


def test_a_preferred_entry_that_is_given_up_is_told(tmp_path: Path) -> None:
    found = found_with(tmp_path, "preferred worn-out*\ndefault a")
    (said,) = found.diagnostics
    assert (said.level, said.source) == ("warning", Source("sda1", "/loader/loader.conf", 1))
    assert said.message == (
        "preferred worn-out* matches no entry that boot counting has not given up"
    )
