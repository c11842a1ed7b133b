"""What lies beside a unified kernel image, and type 1 entries that start one."""

from pathlib import Path

import pytest
from boot_trees import EFI, tree
from kernel_images import portable
from unified_images import unified

from bootpy.diagnostics import Source
from bootpy.entry import Configuration, Entry, File, Origin
from bootpy.readers import bls
from bootpy.readers.uki_addons import own_folder
from bootpy.volume import Volumes

OWN = "EFI/Linux/a.efi.extra.d"


def addon(cmdline: bytes = b"", *more: tuple[str, bytes], machine: int = 0x8664) -> bytes:
    sections = [(".cmdline", cmdline)] if cmdline else []
    return portable([*sections, *more], machine)


def found_in(folder: Path, files: dict[str, str | bytes]) -> Configuration:
    volume = tree(folder, files)
    (found,) = bls.read(volume, Volumes([volume]), EFI)
    return found


def entry_in(folder: Path, files: dict[str, str | bytes]) -> Entry:
    found = found_in(folder, files)
    assert not found.diagnostics
    (entry,) = found.entries
    return entry


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/EFI/Linux/a.efi", "/EFI/Linux/a.efi.extra.d"),
        ("/EFI/Linux/a+3.efi", "/EFI/Linux/a.efi.extra.d"),
        ("/EFI/Linux/a+2-1.efi", "/EFI/Linux/a.efi.extra.d"),
        ("/EFI/Linux/6.1+deb12.efi", "/EFI/Linux/6.1+deb12.efi.extra.d"),
        ("/a+b/c", "/a+b/c.extra.d"),
    ],
)
def test_the_folder_of_companions(path: str, folder: str) -> None:
    assert own_folder(path) == folder


def test_companions_are_recorded_in_the_stub_s_order(tmp_path: Path) -> None:
    entry = entry_in(
        tmp_path,
        {
            "EFI/Linux/a+3.efi": unified(cmdline=b"quiet"),
            f"{OWN}/b.addon.efi": addon(b"own-b\n"),
            f"{OWN}/A.ADDON.EFI": addon(b" own-a  x"),
            f"{OWN}/micro.addon.efi": addon(b"", (".ucode", b"070701")),
            f"{OWN}/.hidden.addon.efi": addon(b"hidden"),
            f"{OWN}/caf\u00e9.cred": b"not ASCII",
            f"{OWN}/key.cred": b"secret",
            f"{OWN}/tools.sysext.raw": b"hsqs",
            f"{OWN}/etc.confext.raw": b"hsqs",
            f"{OWN}/README": b"",
            "loader/addons/all.addon.efi": addon(b"for-all"),
            "loader/addons/all.cred": b"not here",
            "loader/credentials/g.cred": b"secret",
            "loader/extensions/g.raw": b"hsqs",
        },
    )
    assert (entry.cmdline, entry.cmdline_added) == ("quiet", "for-all own-a  x own-b")
    paths = (
        "/loader/addons/all.addon.efi",
        f"/{OWN}/A.ADDON.EFI",
        f"/{OWN}/b.addon.efi",
        f"/{OWN}/micro.addon.efi",
        f"/{OWN}/key.cred",
        "/loader/credentials/g.cred",
        f"/{OWN}/etc.confext.raw",
        f"/{OWN}/tools.sysext.raw",
        "/loader/extensions/g.raw",
    )
    assert entry.extras == tuple(File("sda1", path, exists=True) for path in paths)
    source = Source("sda1", "/loader/addons/all.addon.efi")
    how = ".cmdline section of an add-on"
    assert Origin("cmdline_added", "for-all", source, how) in entry.origins
    assert Origin("extras", source.path, source, "file in /loader/addons") in entry.origins


PASSED_OVER = {
    "a kernel image": (unified(), "it is a kernel image"),
    "nothing to add": (portable([(".text", b"x")]), "it has none of the sections"),
    "another machine": (addon(b"x", machine=0xAA64), "it is for aarch64, and this one is x86_64"),
    "another kernel": (addon(b"x", (".uname", b"6.2")), "it is for kernel 6.2, and the image has"),
    "truncated": (addon(b"x" * 2000)[:1500], "the file is truncated"),
    "no PE file": (b"x", "is no PE file"),
}


@pytest.mark.parametrize(("content", "why"), PASSED_OVER.values(), ids=PASSED_OVER.keys())
def test_an_addon_that_does_not_fit_is_passed_over(
    tmp_path: Path, content: bytes, why: str
) -> None:
    found = found_in(
        tmp_path,
        {
            "EFI/Linux/a.efi": unified((".uname", b"6.1\n")),
            f"{OWN}/x.addon.efi": content,
            f"{OWN}/y.addon.efi": addon(b"good", (".uname", b"6.1")),
        },
    )
    (entry,) = found.entries
    assert entry.cmdline_added == "good"
    assert [file.path for file in entry.extras] == [f"/{OWN}/y.addon.efi"]
    (said,) = found.diagnostics
    assert said.source == Source("sda1", f"/{OWN}/x.addon.efi")
    assert why in said.message


def test_profiles_take_the_addons_for_their_kernel(tmp_path: Path) -> None:
    found = found_in(
        tmp_path,
        {
            "EFI/Linux/a.efi": unified(
                (".uname", b"6.1"), (".profile", b""), (".profile", b""), (".uname", b"6.2")
            ),
            f"{OWN}/x.addon.efi": addon(b"for-6.1", (".uname", b"6.1")),
            f"{OWN}/y.addon.efi": addon(b"for-6.2", (".uname", b"6.2")),
            f"{OWN}/z.addon.efi": addon(b"for-any"),
        },
    )
    assert [entry.cmdline_added for entry in found.entries] == [
        "for-6.1 for-any",
        "for-6.2 for-any",
    ]


def test_an_image_that_names_no_kernel_takes_every_addon(tmp_path: Path) -> None:
    content = addon(b"x", (".uname", b"6.2"))
    files: dict[str, str | bytes] = {"EFI/Linux/a.efi": unified(), f"{OWN}/x.addon.efi": content}
    assert entry_in(tmp_path, files).cmdline_added == "x"


def test_images_below_boot_have_their_companions_there(tmp_path: Path) -> None:
    entry = entry_in(
        tmp_path,
        {
            "boot/EFI/Linux/a.efi": unified(),
            "boot/loader/credentials/g.cred": b"secret",
            "loader/credentials/other.cred": b"secret",
        },
    )
    assert [file.path for file in entry.extras] == ["/boot/loader/credentials/g.cred"]


TWO_PROFILES = unified(
    (".profile", b"ID=a"), (".profile", b"ID=b\nTITLE=B"), (".cmdline", b"of profile 1")
)


@pytest.mark.parametrize("key", ["uki", "efi"])
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ("t.conf", "quiet", None)),
        ("profile 1\n", ("t.conf", "of profile 1", 1)),
        ("title Mine\nprofile 1\noptions own x\n", ("Mine", "own x", 1)),
    ],
)
def test_a_type_1_entry_for_an_image(
    tmp_path: Path, key: str, more: str, expected: tuple[str, str, int | None]
) -> None:
    title, cmdline, profile = expected
    entry = entry_in(
        tmp_path,
        {
            "loader/entries/t.conf": f"{key} /images/u.efi\nextra /x.cred\n{more}",
            "images/u.efi": TWO_PROFILES,
            "images/u.efi.extra.d/own.addon.efi": addon(b"added"),
            "x.cred": "secret",
        },
    )
    assert (entry.kind, entry.format, entry.title) == (key, "bls", title)
    assert (entry.cmdline, entry.cmdline_added, entry.profile) == (cmdline, "added", profile)
    assert [file.path for file in entry.extras] == [
        "/images/u.efi.extra.d/own.addon.efi",
        "/x.cred",
    ]
    embedded = Origin("cmdline", cmdline, Source("sda1", "/images/u.efi"), ".cmdline section")
    assert (embedded in entry.origins) == ("options" not in more)


def test_a_type_1_entry_below_boot_has_everybody_s_companions_there(tmp_path: Path) -> None:
    entry = entry_in(
        tmp_path,
        {
            "boot/loader/entries/t.conf": "uki /boot/u.efi\n",
            "boot/u.efi": unified(),
            "boot/loader/addons/x.addon.efi": addon(b"below"),
            "loader/addons/y.addon.efi": addon(b"above"),
        },
    )
    assert entry.cmdline_added == "below"


def test_addons_that_a_type_1_entry_names(tmp_path: Path) -> None:
    found = found_in(
        tmp_path,
        {
            "loader/entries/t.conf": (
                "uki /u.efi\nextra /x.addon.efi\nextra /wrong.addon.efi\nextra /gone.addon.efi\n"
            ),
            "u.efi": unified((".uname", b"6.1")),
            "u.efi.extra.d/own.addon.efi": addon(b"own"),
            "x.addon.efi": addon(b"named"),
            "wrong.addon.efi": addon(b"wrong", (".uname", b"6.2")),
        },
    )
    (entry,) = found.entries
    assert entry.cmdline_added == "own named"
    assert [(file.path, file.exists) for file in entry.extras] == [
        ("/u.efi.extra.d/own.addon.efi", True),
        ("/x.addon.efi", True),
        ("/gone.addon.efi", False),
    ]
    assert {(said.level, said.source and said.source.line) for said in found.diagnostics} == {
        ("error", 4),
        ("info", None),
    }


def test_an_efi_key_may_name_any_program(tmp_path: Path) -> None:
    entry = entry_in(
        tmp_path,
        {"loader/entries/t.conf": "efi /shell.efi\noptions x\n", "shell.efi": addon(b"not taken")},
    )
    assert (entry.kind, entry.cmdline, entry.extras) == ("efi", "x", ())


@pytest.mark.parametrize(
    ("content", "line", "kind", "why"),
    [
        (b"x", "uki /u.efi", "uki", "is no PE file"),
        (addon(b"x"), "uki /u.efi", "uki", "is no unified kernel image"),
        (unified(machine=0xAA64), "uki /u.efi", "uki", "is for aarch64, and this machine is"),
        (TWO_PROFILES, "uki /u.efi\nprofile 2", "unsupported", "which has profiles 0 to 1"),
        (unified(), "efi /u.efi\nprofile 1", "unsupported", "which has profile 0 only"),
        (unified()[:2000], "uki /u.efi", "unsupported", "is truncated"),
    ],
)
def test_a_type_1_entry_for_a_broken_image(
    tmp_path: Path, content: bytes, line: str, kind: str, why: str
) -> None:
    found = found_in(tmp_path, {"loader/entries/t.conf": f"{line}\n", "u.efi": content})
    (entry,) = found.entries
    assert entry.kind == kind
    (said,) = found.diagnostics
    assert said.level == "error"
    assert why in said.message
    assert said.source is not None
    expected = 2 if "profile" in line else 1
    assert said.source in {
        Source("sda1", "/loader/entries/t.conf", expected),
        Source("sda1", "/u.efi"),
    }


def test_origins_of_a_type_1_entry(tmp_path: Path) -> None:
    text = (
        "title Old\ntitle New\n# comment\nversion 6.1\nlinux /k\ninitrd /a\ninitrd /b\n"
        'options "root=x"\noptions quiet\nsort-key d\narchitecture x64\nframboise x\n'
    )
    entry = entry_in_with_remark(tmp_path, text)
    path = "/loader/entries/e+2.conf"
    assert [(one.field, one.value, one.source.line, one.how) for one in entry.origins] == [
        ("title", "New", 2, "title key"),
        ("version", "6.1", 4, "version key"),
        ("kernel", "/k", 5, "linux key"),
        ("initrds", "/a", 6, "initrd key"),
        ("initrds", "/b", 7, "initrd key"),
        ("cmdline", "root=x", 8, "options key"),
        ("cmdline", "quiet", 9, "options key"),
        ("order", "d", 10, "sort-key key"),
        ("architecture", "x64", 11, "architecture key"),
        ("tries", "e+2.conf", None, "boot counters in the file name"),
        ("default", "e.conf", None, "first entry in the specification's order"),
    ]
    assert {one.source.path for one in entry.origins} == {path, "/loader"}


def entry_in_with_remark(folder: Path, text: str) -> Entry:
    files: dict[str, str | bytes] = {"loader/entries/e+2.conf": text, "k": "", "a": "", "b": ""}
    (entry,) = found_in(folder, files).entries
    return entry
