"""`bootpy kexec` where no kernel is asked: its ways of being called, its help, bad files."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WAYS = [["bootpy.cli.main", "kexec"], ["bootpy.cli.kexec"]]


def run(*words: str | Path, way: list[str] = WAYS[1]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", way[0], *way[1:], *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize("way", WAYS)
def test_either_way_of_calling_it(way: list[str]) -> None:
    shown = run("--help", way=way)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines()[1] == "Usage: kexec [OPTION]... [kernel]"
    assert run("-v", "--debug", way=way).stdout.split()[:2] == ["kexec-tools", "2.0.25"]
    wrong = run("--", "-l", "--debug", way=way)
    assert wrong.stderr.startswith("kexec: kernel ")
    assert wrong.returncode == 1
    wrong = run("--app", way=way)
    assert wrong.stderr == "kexec: option '--append' requires an argument\n"
    assert wrong.stdout == shown.stdout
    assert wrong.returncode == 1


def test_without_a_kernel() -> None:
    nothing = run("-l")
    assert nothing.returncode == 255
    assert nothing.stderr == "kexec: No kernel specified\n"
    assert "Usage" in nothing.stdout


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((), 1),
        (("-c",), 1),
        (("-s",), 255),
        (("-a",), 255),
    ],
)
def test_a_kernel_that_is_not_there(tmp_path: Path, options: tuple[str, ...], status: int) -> None:
    missing = run("-l", *options, tmp_path / "vmlinuz")
    assert missing.returncode == status
    assert missing.stderr == (
        f"kexec: kernel {tmp_path}/vmlinuz does not exist\n"
        f"  hint: {tmp_path}/ holds nothing\n"
    )  # fmt: skip


@pytest.mark.parametrize("options", [(), ("-s",), ("-a",)])
def test_what_is_no_kernel(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "text").write_text("hello\n" * 1000)
    text = run("-l", *options, tmp_path / "text")
    assert text.returncode == 255
    assert f"{tmp_path}/text is no kernel image but a text file" in text.stderr
    for name in ("folder", "empty"):
        (tmp_path / "folder").mkdir(exist_ok=True)
        (tmp_path / "empty").touch()
        refused = run("-l", *options, tmp_path / name)
        assert refused.returncode == 1
        assert name in refused.stderr


def test_misuse_keeps_from_loading(tmp_path: Path) -> None:
    refused = run("-l", "--serial=ttyS9", tmp_path / "vmlinuz")
    assert refused.returncode == 255
    assert refused.stderr == "kexec: Bad serial port base 'ttyS9'\n"
