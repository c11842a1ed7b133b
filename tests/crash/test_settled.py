"""Files of a dump: names, rights, and what is left of an unfinished one."""

import os
import stat
from pathlib import Path

from bootpy.crash import settled


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_folders_are_new_and_for_root_alone(tmp_path: Path) -> None:
    wanted = str(tmp_path / "var/crash/20261129121000")
    assert settled.new_folder(wanted) == wanted
    assert settled.new_folder(wanted) == f"{wanted}-2"
    assert settled.new_folder(wanted) == f"{wanted}-3"
    assert mode(wanted) == 0o700


def test_a_whole_file_gets_its_name_and_rights(tmp_path: Path) -> None:
    path = str(tmp_path / "dump")
    unfinished = tmp_path / "dump.incomplete"
    unfinished.write_bytes(b"x" * 10_000)
    unfinished.chmod(0o644)
    assert settled.finish(path) >= 10_000
    assert not unfinished.exists()
    assert mode(path) == 0o600
    settled.give_up(path)  # nothing is unfinished any more
    assert os.path.getsize(path) == 10_000


def test_an_unfinished_file_goes(tmp_path: Path) -> None:
    (tmp_path / "dump.incomplete").write_bytes(b"x")
    settled.give_up(str(tmp_path / "dump"))
    assert list(tmp_path.iterdir()) == []


def test_text(tmp_path: Path) -> None:
    settled.write(str(tmp_path / "dmesg"), b"panic\n")
    assert (tmp_path / "dmesg").read_bytes() == b"panic\n"
    assert mode(tmp_path / "dmesg") == 0o600
