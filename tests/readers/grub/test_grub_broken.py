"""Files that are broken somewhere: every good entry stays, and the fault is told."""

from pathlib import Path

import pytest

from bootpy.entry import Configuration, Host
from bootpy.readers.grub.reader import read
from bootpy.volume import FolderVolume, Volumes


def read_text(folder: Path, text: str) -> Configuration:
    (folder / "grub.cfg").write_text(text)
    volume = FolderVolume(str(folder), name="sda1")
    (configuration,) = read(volume, Volumes([volume]), Host("efi", "x86_64"))
    return configuration


A = "menuentry 'A' {\n\tlinux /a\n}\n"
C = "menuentry 'C' {\n\tlinux /c\n}\n"


@pytest.mark.parametrize(
    ("broken", "line", "said"),
    [
        ("menuentry 'B' {\n\tlinux /b\n\n", 7, "`}` for the `{` of line 4"),
        ("menuentry 'B {\n\tlinux /b\n}\n", 4, "begins with ' and is not closed"),
        ('menuentry "B" {\n\tlinux /b "x\n}\n', 5, 'begins with " and is not closed'),
        ("menuentry 'B' {\n\ttrue && linux /b\n}\n", 5, "found `&&`"),
        ("menuentry 'B' {\n\tlinux /b $(x)\n}\n", 5, "`$` that no variable"),
        ("menuentry 'B' {\n\tif true; then\n\tlinux /b\n}\n", 7, "`fi` for the `if` of line 5"),
        ("menuentry 'B' {\n}\n", 5, "expected a command"),
        ("}\n", 4, "expected a command, found `}`"),
        ("if true; then\n\tset x=1\n", 6, "`fi` for the `if` of line 4"),
        ("function f {\n\ttrue\n", 6, "`}` for the `function` of line 4"),
        ("\x01<<<>>>{{{\n", 4, "expected"),
        ("set x=1\0<<<>>>{{{\n", 4, "NUL byte"),
    ],
)
def test_the_entries_around_stay(tmp_path: Path, broken: str, line: int, said: str) -> None:
    configuration = read_text(tmp_path, A + broken + C)
    good = [entry for entry in configuration.entries if entry.kind == "linux"]
    assert [entry.title for entry in good] == ["A", "C"]
    first = configuration.diagnostics[0]
    assert first.level == "error"
    assert first.source is not None
    assert first.source.line == line
    assert said in first.message
    assert first.hint


def test_entries_of_a_broken_submenu_stay_in_it(tmp_path: Path) -> None:
    text = (
        "submenu 'S' {\n\tmenuentry 'X' {\n\t\tlinux /x\n\t}\n"
        "\tmenuentry 'Y' {\n\t\tlinux /y\n"
        "\tmenuentry 'Z' {\n\t\tlinux /z\n\t}\n}\n"
    )
    configuration = read_text(tmp_path, text + C)
    assert [(entry.path, entry.kind) for entry in configuration.entries] == [
        (("S", "X"), "linux"),
        (("S", "Y"), "unsupported"),
        (("S", "Z"), "linux"),
        (("C",), "linux"),
    ]


def test_a_broken_entry_is_never_the_default(tmp_path: Path) -> None:
    broken = "menuentry 'B' {\n\ttrue && linux /b\n}\n"
    configuration = read_text(tmp_path, "set default=0\n" + broken + C)
    assert configuration.default == "grub:sda1:C"
    configuration = read_text(tmp_path, "set default=1\n" + A + broken + C)
    assert configuration.default == "grub:sda1:C"


def test_an_unknown_command_costs_nothing(tmp_path: Path) -> None:
    configuration = read_text(tmp_path, "frobnicate --now\n" + A)
    assert [entry.title for entry in configuration.entries] == ["A"]
    assert "'frobnicate'" in configuration.diagnostics[0].message


def test_an_endless_loop_costs_no_entry(tmp_path: Path) -> None:
    configuration = read_text(tmp_path, A + "while true; do true; done\n" + C)
    assert [entry.title for entry in configuration.entries] == ["A", "C"]
    assert "inside loops" in configuration.diagnostics[0].message


def test_a_file_that_shows_itself(tmp_path: Path) -> None:
    text = (
        "submenu S { source /grub.cfg; source /grub.cfg; }\nmenuentry R { configfile /grub.cfg; }\n"
    )
    configuration = read_text(tmp_path, text + A)
    assert [(entry.title, entry.kind) for entry in configuration.entries] == [
        ("R", "unsupported"),
        ("A", "linux"),
    ]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    volume = FolderVolume(str(tmp_path), name="sda1")
    (tmp_path / "grub").mkdir()
    (tmp_path / "grub" / "grub.cfg").mkdir()
    assert read(volume, Volumes([volume]), Host("efi", "x86_64")) == []


def test_a_file_that_a_failed_search_should_have_led_to(tmp_path: Path) -> None:
    found = read_text(
        tmp_path,
        "search.fs_uuid 1234-ABCD root\nset prefix=($root)/grub\nconfigfile $prefix/grub.cfg\n",
    )
    (said,) = found.diagnostics
    assert "cannot be read" in said.message
    assert "UUID=1234-ABCD" in said.hint
