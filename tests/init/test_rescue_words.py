"""The rescue prompt, as a person has it on a terminal."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bootpy.init import supervisor
from bootpy.init.rescue import _is_python
from bootpy.init.words import WORDS

Ask = Callable[[str], str]


@pytest.mark.parametrize(
    ("line", "python"),
    [
        ("ls", False),
        ("ls /boot", False),
        ("ls .", False),
        ("ls ../boot", False),
        ("ls (vda2)/boot", False),
        ("cat [x]", False),
        ("  boot 2  ", False),
        ("boot =", True),
        ("ls = 3", True),
        ("ls == 3", True),
        ("  ls  =3", True),
        ("entries=[]", True),
        ("entries[0]", True),
        ("boot(entries[1])", True),
        ("report.x", True),
        ("bootx", True),
        ("1 + ls", True),
        ("", True),
    ],
)
def test_a_word_is_told_from_python(line: str, python: bool) -> None:
    words = line.split()
    is_word = bool(words) and words[0] in WORDS and not _is_python(line, words)
    assert is_word is not python


@pytest.fixture
def ask(empty_machine: Any, tmp_path: Path) -> Iterator[Ask]:
    """Give a line to the prompt of a machine with one volume, and return what is shown."""
    (tmp_path / "disk/boot").mkdir(parents=True)
    (tmp_path / "disk/boot/grub.cfg").write_text("set timeout=5 \x1b[2J\n")
    (tmp_path / "disk/boot").joinpath(os.fsdecode(b"odd\xff")).touch()
    (tmp_path / "disk/vmlinuz").symlink_to("/boot/grub.cfg")
    os.mkfifo(tmp_path / "disk/fifo")
    machine = empty_machine(lambda: supervisor._run_child("rescue"))
    machine.console.expect_exact(">>> ")

    def answer(line: str) -> str:
        machine.say(line)
        machine.say("print('do' + 'ne')")
        machine.console.expect_exact("\r\ndone\r\n")
        return str(machine.console.before)

    answer("from bootpy.volume import FolderVolume, Volumes")
    answer(f"disk = FolderVolume({str(tmp_path / 'disk')!r}, name='vda2', uuid='12-34')")
    answer("disk.label = 'ro\\x1b[1mot'; survey.volumes = Volumes([disk])")
    yield answer
    machine.console.send("\x04")
    assert machine.returned() == []


def test_files_of_a_volume(ask: Ask) -> None:
    assert "vda2:/ UUID 12-34 label ro?[1mot" in ask("ls")
    for line in ("ls vda2:/boot", "ls (vda2)/boot", "ls vda2:boot/../boot"):
        shown = ask(line)
        assert "\r\ngrub.cfg\r\n" in shown, line
        assert "odd?" in shown
    assert "\r\nfifo\r\n" in ask("ls vda2:")
    assert "set timeout=5 ?[2J\r\n" in ask("cat vda2:/vmlinuz")
    assert "neither a file nor a folder" in ask("cat vda2:/fifo")
    assert "No such file" in ask("cat vda2:/none")
    assert "ls: vda2:/none: no such file or folder" in ask("ls vda2:/none")
    assert "no volume is called vda9" in ask("ls vda9:/")
    assert "which file?" in ask("cat")


def test_files_of_the_system(ask: Ask) -> None:
    assert "\r\nbootpy\r\n" in ask("ls /run")
    assert "bootpy.wait=0" in ask("cat /proc/cmdline")
    assert "No such file or directory" in ask("ls /none")
    assert "Not a directory" in ask("ls /proc/cmdline")


def test_words_on_an_empty_machine(ask: Ask) -> None:
    shown = ask("help")
    assert all(word.usage in shown and word.meaning in shown for word in WORDS.values())
    assert "no block device" in ask("lsblk")
    assert "no entry: `report` says what was seen" in ask("entries")
    assert "no entry is called 3" in ask("entries 3")
    assert "no disk at all" in ask("report")
    assert "nothing here boots by itself" in ask("boot")
    assert "no entry is called Debian" in ask("boot 'Debian'")
    assert " /run tmpfs " in ask("mount")
    assert "mounted, read-only" not in ask("mount")
    assert "every volume that can be mounted is" in ask("mount /dev/sda1 /mnt")


def test_python_with_what_is_known(ask: Ask) -> None:
    assert "ZeroDivisionError" in ask("1/0")
    ask("ls = 39")
    assert "42" in ask("print(ls + 3)")
    assert "vda2:/ UUID" in ask("ls")
    assert "{'vda2': <Volume vda2 at " in ask("volumes")
    assert "b'set timeout" in ask("volumes['vda2'].read('/vmlinuz')")
