"""The kernel command line is taken apart as the kernel does, and nothing in it stops a boot."""

import subprocess
import sys
from pathlib import Path

import pytest

from bootpy.options import OPTIONS, Options, markdown, parse, words


@pytest.mark.parametrize(
    ("cmdline", "expected"),
    [
        ("", []),
        ("  quiet\tro\n", [("quiet", None), ("ro", None)]),
        ("root=/dev/sda1 ro", [("root", "/dev/sda1"), ("ro", None)]),
        ('a="b c" d', [("a", "b c"), ("d", None)]),
        ('"a=b c" d', [("a", "b c"), ("d", None)]),
        ('"a b" c', [("a b", None), ("c", None)]),
        ('a=b="c d" e', [("a", 'b="c d"'), ("e", None)]),
        ('dyndbg="file a +p; file b +p"', [("dyndbg", "file a +p; file b +p")]),
        ('a="b c', [("a", "b c")]),
        ('a=b" c"d e', [("a", 'b" c"d'), ("e", None)]),
        ("a=", [("a", "")]),
        ('a=""', [("a", "")]),
        ("=a", [("=a", None)]),
        ("=a=b", [("=a", "b")]),
        ("a=b=c", [("a", "b=c")]),
        ("a -- b=c", [("a", None), ("--", None), ("b", "c")]),
    ],
)
def test_words_are_those_of_the_kernel(cmdline: str, expected: list[tuple[str, str]]) -> None:
    assert list(words(cmdline)) == expected


@pytest.mark.parametrize(
    ("cmdline", "expected"),
    [
        ("quiet root=LABEL=x", Options()),
        ("bootpy.timeout=0", Options(timeout=0.0)),
        ("bootpy.timeout=2.5", Options(timeout=2.5)),
        ("bootpy.timeout=-1", Options(timeout=-1.0)),
        ('bootpy.entry="Debian GNU/Linux"', Options(entry="Debian GNU/Linux")),
        ('"bootpy.entry=a b>c d"', Options(entry="a b>c d")),
        ("bootpy.entry=", Options()),
        ('bootpy.append="single console=ttyS0"', Options(append="single console=ttyS0")),
        ('bootpy.append=dyndbg="file a +p"', Options(append='dyndbg="file a +p"')),
        ("bootpy.shell", Options(shell=True)),
        ("bootpy.shell=1", Options(shell=True)),
        ("bootpy.shell=off", Options()),
        ("bootpy.log=debug", Options(log="debug")),
        ("bootpy.wait=60", Options(wait=60.0)),
        ("ro -- bootpy.shell", Options(shell=True)),
        ("bootpy.formats=grub,bls", Options(formats=("grub", "bls"))),
        ("bootpy.formats=heuristic", Options(formats=("heuristic",))),
        ("bootpy.platform=efi", Options(platform="efi")),
        ("bootpy.list=ttyS1", Options(list="ttyS1")),
        ("bootpy.kexec=load", Options(kexec="load")),
        ("bootpy.kexec=auto", Options()),
    ],
)
def test_options_are_read_without_a_remark(cmdline: str, expected: Options) -> None:
    assert parse(cmdline) == (expected, ())


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("bootpy.timeout=soon", "-1 to wait for ever"),
        ("bootpy.timeout=-2", "-1 to wait for ever"),
        ("bootpy.timeout", "-1 to wait for ever"),
        ("bootpy.timeout=nan", "-1 to wait for ever"),
        ("bootpy.wait=-1", "number of seconds"),
        ("bootpy.wait=inf", "number of seconds"),
        ("bootpy.entry", "a title"),
        ("bootpy.append", "words to append"),
        ("bootpy.shell=maybe", "without a value"),
        ("bootpy.log=loud", "error, warning, info or debug"),
        ("bootpy.tiemout=5", "bootpy.timeout"),
        ("bootpy.formats=grub,nothing", "grub-legacy"),
        ("bootpy.formats=,", "give names"),
        ("bootpy.formats", "give names"),
        ("bootpy.platform=EFI", "efi or pc"),
        ("bootpy.list", "ttyS1"),
        ("bootpy.list=../mem", "ttyS1"),
        ("bootpy.kexec=both", "auto, load or file"),
    ],
)
def test_what_cannot_be_used_is_said_and_passed_over(word: str, remedy: str) -> None:
    options, (remark,) = parse(f"quiet {word} ro")
    assert options == Options()
    assert (remark.level, remark.source) == ("warning", None)
    assert word in remark.message
    assert remedy in remark.hint


def test_the_last_usable_occurrence_counts_and_the_others_are_named() -> None:
    options, remarks = parse("bootpy.timeout=9 bootpy.timeout=3 bootpy.timeout=x")
    assert options.timeout == 3
    assert [remark.level for remark in remarks] == ["info", "warning"]
    assert "bootpy.timeout=3 counts" in remarks[0].message


def test_the_same_value_twice_needs_no_remark() -> None:
    assert parse("bootpy.log=debug bootpy.log=debug") == (Options(log="debug"), ())


def test_appended_words_follow_the_command_line_of_an_entry() -> None:
    options, _ = parse('bootpy.append="a b"')
    assert options.extended("root=/dev/sda1 ro") == "root=/dev/sda1 ro a b"
    assert options.extended("") == "a b"
    assert Options().extended("root=/dev/sda1") == "root=/dev/sda1"


def test_the_manual_is_made_from_the_table() -> None:
    page = Path(__file__).parents[1] / "docs" / "options.md"
    printed = subprocess.run(
        [sys.executable, "-m", "bootpy.options"], capture_output=True, text=True, check=True
    )
    assert page.read_text() == markdown() == printed.stdout


def test_every_option_is_a_field_with_the_default_that_the_manual_names() -> None:
    assert tuple(option.name for option in OPTIONS) == Options._fields
    assert f"{Options().wait:g}" in {option.default for option in OPTIONS}
    assert Options().log in {option.default for option in OPTIONS}
