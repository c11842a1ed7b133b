r"""The script language: what commands print. Every expectation is what grub-emu 2.06 prints,
but for `\xHH`, which stays as in Red Hat's GRUB.
"""

from pathlib import Path

import pytest

from bootpy.entry import Host
from bootpy.readers.grub.devices import Devices
from bootpy.readers.grub.extended_regexp import Pattern
from bootpy.readers.grub.reader import start
from bootpy.readers.grub.regexp_syntax import PatternFault
from bootpy.readers.grub.salvage import parse
from bootpy.readers.grub.state import Session
from bootpy.volume import FolderVolume, Volumes


def run(script: str, folder: Path | str = "/nonexistent") -> list[str]:
    volume = FolderVolume(str(folder), name="hd0")
    session = Session(Devices(Volumes([volume])), Host("efi", "x86_64"))
    shell = start(session, volume, "/grub/grub.cfg")
    parsed = parse(script)
    assert parsed.problems == ()
    shell.run_script(parsed)
    return "".join(shell.output).splitlines()


@pytest.mark.parametrize(
    ("script", "printed"),
    [
        ('x="a  b"; echo $x "$x" \'$x\' "a${x}b"', ["a b a  b $x aa  bb"]),
        ('e=; for i in $e "$e" "" x$e; do echo "<$i>"; done', ["<>", "<>", "<x>"]),
        (r'echo "a\$b" "a\\b" "a\"b" "a\nb" a\ b a\$b', [r'a$b a\b a"b a\nb a b a$b']),
        ("echo a\\\nb \"c\\\nd\"", ["ab cd"]),
        ("echo \"line one\nline two\"", ["line one", "line two"]),
        (r'x=5; echo $"v ${x} $x" $"a\$b"', ["v 5 5 a$b"]),
        (r'echo "a\x20b"', [r"a\x20b"]),
        ("x='echo hi'; $x there", ["hi there"]),
        ("echo a#b #c", ["a#b"]),
        ("echo if then fi", ["if then fi"]),
        ("x=1; set y=2; unset x; echo \"<$x>\" $y", ["<> 2"]),
        ("$nothing; echo $?", ["0"]),
        (r'echo \a$"b" \a"b"', [r"\ab ab"]),
        (r'a=1; echo $"x${a" $"y\$a"', ["x y$a"]),
        ("echo 'a\n#gone\nb'", ["a", "b"]),
        ("echo a\\\n#gone\nb", ["ab"]),
        (r"echo -e 'a\' 'b\tc'", ["a b\tc"]),
    ],
)  # fmt: skip
def test_quoting_and_expansion(script: str, printed: list[str]) -> None:
    assert run(script) == printed


@pytest.mark.parametrize(
    ("script", "printed"),
    [
        ("if false; then echo a; elif true; then echo b; else echo c; fi", ["b"]),
        ("if false; then echo a; fi; echo $?", ["0"]),
        ("for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; echo $i; done", ["1", "3"]),
        ("for i in 1 2; do for j in a b; do break 2; done; echo no; done; echo out", ["out"]),
        ("i=; while [ \"$i\" != xx ]; do i=x$i; echo $i; done", ["x", "xx"]),
        ("i=; until [ \"$i\" = xx ]; do i=x$i; done; echo $i", ["xx"]),
        ("function f { shift; echo $1 $#; return 3; echo no; }\nf a b; echo $?", ["b 1", "3"]),
        ('function f { for i in "$@"; do echo $i; done; }\nf "a b" c', ["a b", "c"]),
        ("function f { for i in 1 2; do g; echo $i; done; }\nfunction g { break; echo g; }\nf",
         ["g", "1", "g", "2"]),
        ("! true; echo $?", ["1"]),
        ("nosuch; echo $?", ["0"]),
        ("return 3; echo $?", ["18"]),
        ("y=7; x='$y'; eval echo $x", ["7"]),
        ("g; function g { echo G; }", ["G"]),
        ("if false; then true; else echo $?; fi", ["1"]),
        ("eval 'false'; echo $?; eval 'false\n'; echo $?", ["1", "0"]),
        ("eval 'echo a\necho b |\necho c'; echo $?", ["a", "0"]),
        ("function f { eval 'return 2\necho x; echo y'; echo no; }\nf; echo $?", ["x", "0"]),
        ("! true; ! ; echo $?", ["18"]),
    ],
)  # fmt: skip
def test_control_flow(script: str, printed: list[str]) -> None:
    assert run(script) == printed


@pytest.mark.parametrize(
    ("expression", "status"),
    [
        ("a = a -a b = b", 0), ("a = b -o b = b", 0), ("! a = b", 0), ("", 0), ('""', 1),
        ("-n", 0), ("( a = b ) -o ( c = c )", 0), ("! ( a = b )", 0), ("010 -eq 8", 0),
        ("0x10 -eq 16", 0), ("abc -eq 0", 0), ("-5 -lt 3", 0), ("vmlinuz-2 -plt vmlinuz-11", 0),
        ("vmlinuz-2 -pgt vmlinuz-11", 1), ('a "<" b', 0),
        ("99999999999999999999999 -gt 5", 1), ("-f /f", 0), ("-d /d/", 0), ("-f /d", 1),
        ("-s /f", 0), ("-s /empty", 1), ("-e (hd0)/f", 0), ("-e (hd9)/f", 1),
        ("/f -nt /none", 0), ("/none -ot /f", 0),
    ],
)  # fmt: skip
def test_test(tmp_path: Path, expression: str, status: int) -> None:
    (tmp_path / "f").write_text("x")
    (tmp_path / "empty").write_text("")
    (tmp_path / "d").mkdir()
    script = expression if "<" in expression else expression.replace("(", "'('").replace(")", "')'")
    script = script.replace("'('hd0')'", "(hd0)").replace("'('hd9')'", "(hd9)")
    assert run(f"[ {script} ]; echo $?", tmp_path) == [str(status)]


def test_wildcards_name_files(tmp_path: Path) -> None:
    for name in ("vmlinuz-1", "vmlinuz-2", "other"):
        (tmp_path / name).write_text("")
    assert run("echo /vm*-? '/vm*' /no* x*; p='/vm*'; echo $p \"$p\"", tmp_path) == [
        "/vmlinuz-1 /vmlinuz-2 /vm* /no* x*",
        "/vmlinuz-1 /vmlinuz-2 /vm*",
    ]


def test_regexp_sets_groups() -> None:
    script = "regexp --set d --set 2:p '^([^,]+),(.*)$' 'hd0,gpt2'; echo $? $d $p"
    assert run(script) == ["0 hd0 gpt2"]
    assert run("regexp '[[:digit:]]+$' abc; echo $?") == ["1"]


def test_echo_escapes() -> None:
    assert run(r"echo -e 'a\tb\\c'; echo -n x; echo y; echo -ne 'z\n'") == ["a\tb\\c", "xy", "z"]


@pytest.mark.parametrize(
    "script",
    [
        "while true; do true; done",
        "function f { f; }\nf",
        "function f { f; f; }\nf",
        "function a { b; }\nfunction b { a; }\na",
        "x=aaaaaaaa; while true; do x=$x$x; done",
    ],
)
def test_endless_scripts_end(script: str) -> None:
    volume = FolderVolume("/nonexistent", name="hd0")
    session = Session(Devices(Volumes([volume])), Host("efi", "x86_64"))
    shell = start(session, volume, "/grub/grub.cfg")
    shell.run_script(parse(script + "\necho on"))
    (diagnostic,) = session.diagnostics
    assert diagnostic.level == "error"
    assert shell.output == ["on\n"]


@pytest.mark.parametrize(
    ("pattern", "text", "groups"),
    [
        ("x([0-9]+)", "abx123", ["x123", "123"]),
        ("(a|ab)(c|bcd)", "abcd", ["abcd", "a", "bcd"]),
        ("a|ab|abc", "abcd", ["abc"]),
        ("^b", "ab", None),
        ("(a){2,3}$", "aaaa", ["aaa", "a"]),
        (r"[]x[:digit:]-]+", "a]x-1]", ["]x-1]"]),
        (r"a\.b|[^[:space:]]\*", "axb c*", ["c*"]),
        ("((a*)*)*b", "a" * 500, None),
        ("(a))", "xa)", ["a)", "a"]),
        (r"\<b.\>", "ab b\u00e9 bb", ["bb"]),
        ("[[=a=][.-.]]{,2}$", "xa-", ["a-"]),
        ("^.$", "\u00e9", ["\u00e9"]),
        ("[[:alpha:]]", "\u00e9", None),
    ],
)
def test_extended_regular_expressions(
    pattern: str, text: str, groups: list[str | None] | None
) -> None:
    assert Pattern(pattern).search(text) == groups


@pytest.mark.parametrize(
    "pattern", ["(a", "*a", "^+a", "a|*", "{2}", "[a", "a{9999}", "a\\", "(" * 200, "[[:no:]]"]
)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(PatternFault):
        Pattern(pattern)
