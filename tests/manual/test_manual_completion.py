"""What a person gets who presses Tab: the shells themselves are asked."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bootpy.cli.main import parser
from manual import bash, fish, zsh
from manual.grammar import Kind, commands, grammar

ROOT = grammar(parser())
LOADER = Path("/usr/share/bash-completion/bash_completion")
SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}
CHECKS = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}

# What `bootpy list --json` writes of two entries; one of them is nobody's friend.
LISTED = """\
    {
      "id": "grub:sda1:a b$(touch evil)",
      "path": [
    {
      "id": "bls:sda1:debian-6.1",
"""


def needs(*programs: str) -> None:
    for program in programs:
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed (.ci/setup packaging)")
    if "bash" in programs and not LOADER.exists():
        pytest.skip("bash-completion is not installed (.ci/setup packaging)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the completions, a few files, and a `bootpy` that lists two entries."""
    for shell, module in SHELLS.items():
        (tmp_path / f"completion.{shell}").write_text(module.completion(ROOT))
    (tmp_path / "listed").write_text(LISTED)
    program = tmp_path / "bin/bootpy"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$*" = "list --json" ] && cat {tmp_path}/listed\n')
    program.chmod(0o755)
    (tmp_path / "work/folder").mkdir(parents=True)
    (tmp_path / "work/file").touch()
    return tmp_path


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder / "work",
        env={"PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def bash_offers(folder: Path, line: str) -> list[str]:
    """Call the completion as readline does, with the line taken apart at its word breaks."""
    words = [part for word in line.split(" ") for part in re.split("([=:])", word)]
    words = [word for number, word in enumerate(words) if word or number == len(words) - 1]
    script = f"""
        source {LOADER}
        source {folder}/completion.bash
        COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}
        COMP_WORDS=({shlex.join(words)}) COMP_CWORD={len(words) - 1}
        _bootpy
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return sorted(filter(None, run(folder, "bash", "-c", script).split("\n")))


def fish_offers(folder: Path, line: str) -> list[str]:
    script = f"source {folder}/completion.fish; complete -C {shlex.quote(line)}"
    shown = run(folder, "fish", "--no-config", "-c", script)
    return sorted(one.split("\t")[0] for one in shown.splitlines())


@pytest.mark.parametrize("shell", SHELLS)
def test_script_parses(folder: Path, shell: str) -> None:
    needs(shell)
    assert run(folder, *CHECKS[shell], str(folder / f"completion.{shell}")) == ""


OFFERED = [
    ("bootpy devi", ["devices"]),
    ("bootpy --debug devi", ["devices"]),
    ("bootpy analyze ", ["blame", "plot", "time"]),
    ("bootpy list --platform ", ["efi", "pc"]),
    ("bootpy list --json --format gr", ["grub", "grub-legacy"]),
    ("bootpy list --all --j", ["--json"]),
    ("bootpy analyze --from ", ["file", "folder/"]),
    ("bootpy list f", ["file", "folder/"]),
]


@pytest.mark.parametrize(("line", "offered"), OFFERED, ids=[line for line, _ in OFFERED])
def test_both_offer(folder: Path, line: str, offered: list[str]) -> None:
    needs("bash", "fish")
    # bash adds the slash of a folder when it types it.
    assert bash_offers(folder, line) == [one.removesuffix("/") for one in offered]
    assert fish_offers(folder, line) == offered


def test_verbs_are_offered_first(folder: Path) -> None:
    needs("bash", "fish")
    verbs = sorted(one.name for one in ROOT.commands)
    assert bash_offers(folder, "bootpy ") == verbs
    assert fish_offers(folder, "bootpy ") == verbs


def test_value_behind_an_equals_sign(folder: Path) -> None:
    needs("bash", "fish")
    assert bash_offers(folder, "bootpy list --format=bl") == ["bls"]
    assert fish_offers(folder, "bootpy list --format=bl") == ["--format=bls"]


def test_second_place_is_another_than_the_first(folder: Path) -> None:
    needs("bash")
    assert bash_offers(folder, "bootpy explain --platform efi d") == ["default"]
    assert bash_offers(folder, "bootpy explain --platform efi default f") == ["file", "folder"]


def test_entries_are_offered_by_id_and_nothing_in_one_is_run(folder: Path) -> None:
    needs("bash", "fish")
    assert "default" in bash_offers(folder, "bootpy explain ")
    # bash has ended a word at the colon: what stands before it is on the line already.
    assert bash_offers(folder, "bootpy explain bls:sda1:") == ["debian-6.1"]
    assert bash_offers(folder, "bootpy explain gr") == [r"grub:sda1:a\ b\$\(touch\ evil\)"]
    assert "bls:sda1:debian-6.1" in fish_offers(folder, "bootpy explain ")
    assert not list(folder.rglob("evil"))


@pytest.mark.parametrize("shell", SHELLS)
def test_all_that_the_parsers_take_is_there(shell: str) -> None:
    script = SHELLS[shell].completion(ROOT)
    for path, command in commands(ROOT):
        for word in path:
            assert re.search(rf"\b{re.escape(word)}\b", script)
        for option in command.options:
            for name in option.names:
                typed = f"-l '{name[2:]}'" if shell == "fish" and name[:2] == "--" else name
                typed = f"-s '{name[1:]}'" if shell == "fish" and name[:2] != "--" else typed
                assert typed in script, (path, name)
        for value in (
            *(one.value for one in command.arguments),
            *(one.value for one in command.options if one.value),
        ):
            if value.kind is Kind.WORDS:
                assert all(word in script for word in value.words), (path, value)


@pytest.mark.parametrize("what", ["man", *SHELLS])
def test_prints_the_same_twice(what: str) -> None:
    command = [sys.executable, "-m", "manual", what]
    environment = {"SOURCE_DATE_EPOCH": "1700000000", "PATH": "/usr/bin:/bin"}
    root = Path(__file__).parents[2]
    texts = {
        subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(texts) == 1
    assert texts.pop().count("\n") > 50
