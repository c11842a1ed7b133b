"""The manual page holds all that the parsers take, and groff and mandoc find no fault with it."""

import argparse
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bootpy import __version__
from bootpy.cli.main import parser
from bootpy.options import OPTIONS
from manual.grammar import Kind, commands, grammar
from manual.page import page
from manual.roff import literal, paragraphs, prose

ROOT = grammar(parser())
DATE = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "bootpy.1"
    file.write_text(page(ROOT, DATE))
    return file


def shown(file: Path, width: int = 500) -> str:
    """The page as `man` shows it, on a screen so wide that nothing is broken."""
    if not shutil.which("man") or not shutil.which("groff"):
        pytest.skip("man-db and groff-base are not installed (.ci/setup packaging)")
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", str(file)],
        env={"MANWIDTH": str(width), "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return re.sub(".\b", "", done.stdout)


@pytest.mark.parametrize("width", [60, 80, 500])
def test_groff_has_nothing_to_say(file: Path, width: int) -> None:
    assert f"bootpy {__version__}" in shown(file, width)


def test_mandoc_has_nothing_to_say(file: Path) -> None:
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed (.ci/setup packaging)")
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_verb_option_and_value_is_told(file: Path) -> None:
    text = shown(file)
    for path, command in commands(ROOT):
        assert f"bootpy {' '.join(path)}".strip() in text
        for option in command.options:
            assert re.search(rf"^ +.*{re.escape(option.names[-1])}\b", text, re.MULTILINE)
        for value in (one.value for one in command.arguments):
            assert value.name in text
    for one in OPTIONS:
        assert re.search(rf"^ +bootpy\.{one.name}\b", text, re.MULTILINE)


def test_examples_stand_as_they_are_typed(file: Path) -> None:
    """Also on a paper where groff would make curly quotes and dashes of what is to be copied."""
    lines = [line.strip() for line in shown(file).splitlines()]
    examples = [
        line.strip()
        for _, command in commands(ROOT)
        for line in command.notes.splitlines()
        if line.startswith("  ")
    ]
    assert len(examples) > 20
    assert [one for one in examples if one not in lines] == []


def test_text_that_looks_like_roff_is_text() -> None:
    assert prose(".SH is a request") == "\\&.SH is a request"
    assert literal("'quoted' a\\b --all ~ ^ `") == (
        "\\(aqquoted\\(aq a\\eb \\-\\-all \\(ti \\(ha \\(ga"
    )
    assert prose("`bootpy list` of [a page](docs/list.md)") == "\\fBbootpy list\\fR of a page"
    assert list(paragraphs("one\n  .two\n\nthree")) == [
        *("one", ".RS 4", ".nf", "\\&.two", ".fi", ".RE"),
        *(".PP", "three"),
    ]


def test_what_a_later_verb_may_have() -> None:
    """Verbs below verbs, counted and repeated options, percent signs, hidden ones."""
    root = argparse.ArgumentParser(description="About.", epilog="examples:\n  bootpy crash")
    crash = root.add_subparsers().add_parser("crash", help="kdump")
    enable = crash.add_subparsers().add_parser("enable", help="turn it on")
    enable.add_argument("-v", "--verbose", action="count", help="100%% more of it")
    enable.add_argument("--append", action="append", metavar="WORDS", help="of %(prog)s")
    enable.add_argument("--secret", help=argparse.SUPPRESS)
    enable.add_argument("entry", nargs="?", metavar="ENTRY", help="an entry")
    told = dict(commands(grammar(root)))
    assert list(told) == [(), ("crash",), ("crash", "enable")]
    enabled = told["crash", "enable"]
    assert [one.names for one in enabled.options] == [
        ("-h", "--help"),
        ("-v", "--verbose"),
        ("--append",),
    ]
    assert [one.repeats for one in enabled.options] == [False, True, True]
    assert enabled.options[1].help == "100% more of it"
    assert enabled.options[1].value is None
    assert enabled.arguments[0].value[:2] == ("ENTRY", Kind.ENTRY)
    assert enabled.arguments[0].value[3:] == (0, 1)
    text = page(grammar(root), DATE)
    assert ".SS crash enable [\\fIENTRY\\fR]" in text
    assert ".B bootpy crash enable" in text
