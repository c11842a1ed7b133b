"""crashkernel= in GRUB's settings: ours, and those of others."""

import subprocess
from pathlib import Path

import pytest

from bootpy.system import grub_defaults


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc/default/grub.d").mkdir(parents=True)
    (tmp_path / "etc/default/grub").write_text(
        '# GRUB_CMDLINE_LINUX="crashkernel=1G"\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n'
    )
    return tmp_path


def test_a_shell_adds_the_word_to_what_is_there(root: Path) -> None:
    (root / grub_defaults.OURS).write_text(grub_defaults.text("crashkernel=192M"))
    files = [root / "etc/default/grub", root / grub_defaults.OURS]
    script = "".join(f". {path}; " for path in files) + 'echo "$GRUB_CMDLINE_LINUX_DEFAULT"'
    done = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "quiet crashkernel=192M\n"
    assert grub_defaults.written(str(root))


def test_others_are_found_and_ours_is_no_other(root: Path) -> None:
    (root / grub_defaults.OURS).write_text(grub_defaults.text("crashkernel=192M"))
    assert grub_defaults.reserved_by_others(str(root)) == []
    other = root / "etc/default/grub.d/kdump-tools.cfg"
    other.write_text('GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=1G"\n')
    (root / "etc/default/grub.d/notes.txt").write_text("crashkernel=1G\n")
    assert grub_defaults.reserved_by_others(str(root)) == [str(other)]


def test_nothing_is_removed_where_nothing_was_written(root: Path) -> None:
    grub_defaults.remove(str(root))
    assert not grub_defaults.written(str(root))


def test_a_system_without_grub(tmp_path: Path) -> None:
    assert not grub_defaults.used(str(tmp_path))
    assert grub_defaults.reserved_by_others(str(tmp_path)) == []
