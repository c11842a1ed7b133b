"""Bodies that are looked through line by line say what they say when each is parsed and run."""

import re
from pathlib import Path

import pytest
from boot_trees import EFI
from grub_scripts import command
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.configurations import MAKERS, UUID
from bootpy.entry import Configuration, Host
from bootpy.readers.grub.known_words import KnownWords
from bootpy.readers.grub.parser import Parser
from bootpy.readers.grub.plain import PlainBlock
from bootpy.readers.grub.reader import read
from bootpy.readers.grub.syntax import Block, Command, If, Part, Statement, Statements
from bootpy.readers.grub.tokens import RESERVED, WORD_PATTERN, SyntaxFault
from bootpy.readers.grub.words import pattern, split_word
from bootpy.volume import Volumes
from tests.fuzz.memory_volume import MemoryVolume

CORPUS = sorted(
    path
    for folder in ("tests/corpus", "tests/readers/grub/data")
    for path in (Path(__file__).parents[3] / folder).rglob("*")
    if path.is_file() and (path.name == "grub.cfg" or path.suffix == ".cfg")
)
assert CORPUS

ENTRY = """\
menuentry 'Title N' --class a $menuentry_id_option 'id-N' {
\tload_video
\tinsmod gzio
\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
\tset root='hd0,gpt1'
\tif [ x$feature_platform_search_hint = xy ]; then
\t  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt1 UUID
\telse
\t  search --no-floppy --fs-uuid --set=root UUID
\tfi
MORE
\techo\t'Loading N ...'
\tlinux\t/k-N root=UUID=UUID ro $args $default
\tinitrd\t/i-N
}
""".replace("UUID", UUID)

BEFORE = """\
args=quiet
timeout=0
if true; then menuentry_id_option=--id; fi
function load_video { gfxpayload=keep; insmod all_video; }
"""


def volume(text: str) -> MemoryVolume:
    files: dict[str, bytes | None] = {"/boot/grub/grub.cfg": text.encode()}
    files |= {f"/{name}-{number}": b"" for name in "ki" for number in range(4)}
    return MemoryVolume(files, name="sda1", uuid=UUID, grub="hd0,gpt1")


def listed(text: str, host: Host = EFI) -> Configuration:
    (found,) = read(one := volume(text), Volumes([one]), host)
    return found


def parsed_at_once(text: str) -> str:
    """The same script, its blocks written so that each is parsed where it stands."""
    return re.sub(r"\{[ \t]*$", "{ if true; then true; fi", text, flags=re.MULTILINE)


def blocks(text: str) -> list[Block | PlainBlock]:
    """The blocks of a script's commands at the top."""
    parser = Parser(text)
    found = []
    while (statement := parser.statement()) is not None:
        if isinstance(statement, Command) and statement.block is not None:
            found.append(statement.block)
    return found


class AtOnce(Parser):
    """A parser that knows no plain blocks."""

    def _block(self) -> Block:
        return self._parsed_block()


def statements(parser: Parser) -> list[object] | str:
    """All of a script as values that can be compared; the fault where there is one."""
    found: list[object] = []
    try:
        while (statement := parser.statement()) is not None:
            found.append(_comparable(statement))
    except SyntaxFault as fault:
        return f"{fault.line}: {fault.message}"
    return found


def _comparable(statement: Statement) -> object:
    match statement:
        case Command(line, words, Block() | PlainBlock() as block):
            return line, words, block.line, block.text, _all(block.statements)
        case If(line, branches, otherwise):
            return line, [(_all(one), _all(two)) for one, two in branches], _all(otherwise)
    return statement


def _all(found: Statements) -> list[object]:
    return [_comparable(statement) for statement in found]


LINES = st.one_of(
    st.sampled_from(
        (
            "\tinsmod gzio",
            "\techo\t'Loading Linux ...'",
            "\tlinux\t/k root=x ro quiet ",
            '  linux "/k" $x "a $x" # c',
            "\tinitrd /i",
            "",
            "  # a comment's quote",
            "if [ x$a = xy ]; then",
            "if a; then b; fi",
            "if a",
            "then",
            "then b",
            "else",
            "else b; c;",
            "elif b; then",
            "fi",
            "fi; a",
            "fi a",
            "a;; b",
            "a ;",
            "; a",
            "then; a",
            "set root='hd0,gpt1'",
            "set a='x",
            "y'",
            "a \\",
            "[[ a ]]",
            "echo $",
            'echo "$"',
            "echo a#b #c",
            "echo 'a'#b",
            "echo if then",
            "in",
            "while a; do",
            "done",
            "function f {",
            "menuentry x {",
            "}",
            "} ; a",
            "a }",
            "a | b",
            "echo \u00a0 \u2028 x\v y",
            "'if' x",
            "${a}",
            "$a b",
            "echo {a}",
        )
    ),
    command(1),
)


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(LINES, min_size=1, max_size=12), st.sampled_from(("", " ", " # x", " a")))
@example(["if a", "then", "b", "fi"], "")
@example(["linux /k", "insmod a", "linux /j"], "")
def test_a_block_has_the_statements_that_parsing_it_at_once_gives(
    lines: list[str], opening: str
) -> None:
    text = f"menuentry 'A' {{{opening}\n" + "\n".join(lines) + "\n}\nmenuentry b {\na\n}\n"
    assert statements(Parser(text)) == statements(AtOnce(text))


WORDS = st.lists(
    st.sampled_from(
        (
            *("a", "--class", "if", "x=y", "'b c'", "''", "'b'c", "a'b'", "'a''b'", "$x", "${x}"),
            *('"a b"', '"$x"', "a\\ b", "#c", "a#b", "[[", "a[[b", "*", "\u00a0", "x\vy", "'#'"),
        )
    ),
    min_size=1,
    max_size=6,
).map(" ".join)


@given(WORDS)
def test_words_quickly_taken_apart_are_those_that_matching_gives(raw: str) -> None:
    matched = tuple(map(split_word, pattern(WORD_PATTERN).findall(raw)))
    known = KnownWords()
    for _ in range(2):  # the second time they are kept
        assert known.get(raw) in {None, matched}
        of_line = known.of_line(f"\t{raw} ")
        assert of_line in {None, matched}
        assert not of_line or of_line[0] not in RESERVED
        assert known.around_quotes(raw) in {None, matched}


def test_usual_lines_are_quickly_taken_apart() -> None:
    known = KnownWords()
    assert known.get("linux /k root=UUID=1-2 ro") == ("linux", "/k", "root=UUID=1-2", "ro")
    assert known.of_line("\techo\t'a b'") == ("echo", (Part("quoted", "a b"),))
    assert known.of_line("fi") is None
    assert known.of_line("a; b") is None
    assert known.of_line(" ") == ()


@given(WORDS)
def test_the_line_that_opens_a_block_may_end_in_blanks(words: str) -> None:
    quick, matched = (
        statements(Parser(f"menuentry {words} {{{blanks}\na\n}}\n")) for blanks in ("", " ")
    )
    # The text of the body has the blanks; all else is alike.
    assert repr(quick) == repr(matched).replace("' \\n", "'\\n")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: "-".join(path.parts[-5:]))
def test_files_that_tools_wrote_are_parsed_alike(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace").replace("\r", "")
    assert statements(Parser(text)) == statements(AtOnce(text))


def test_a_generators_bodies_are_plain() -> None:
    assert [type(block) for block in blocks(ENTRY + ENTRY)] == [PlainBlock, PlainBlock]
    assert [type(block) for block in blocks(parsed_at_once(ENTRY))] == [Block]


@pytest.mark.parametrize(
    "more",
    [
        "",
        "\tset x=$chosen",
        "\tset x=$1",
        "\tsetparams a",
        "\tshift",
        "\texport root",
        "\tfoo",
        "\tunset chosen",
        "\techo $chosen",
        "\tsave_env x",
        "\tsource /nowhere",
        "\tloopback l /x.iso",
        "\tlinux /other",
        "\texit",
        "\treturn",
        "\tfalse",
        "\tconfigfile /x.cfg",
        "\tset args=more",
        "\tset default=9",
        "\tunset args",
        "\tload_video $1",
        "\teval 'args=$2'",
        "\tif [ $chosen = id-1 ]; then args=one; fi",
    ],
)
def test_entries_that_begin_alike_are_what_each_is_by_itself(more: str) -> None:
    text = BEFORE + "".join(
        ENTRY.replace("MORE", f"{more}\n\tset y=$x" if more else "\ttrue").replace("N", str(number))
        for number in range(4)
    )
    assert listed(text) == listed(parsed_at_once(text))
    assert len(listed(text).entries) == 4


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: "-".join(path.parts[-5:]))
def test_configurations_that_tools_wrote_are_the_same(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    assert listed(text) == listed(parsed_at_once(text))


@pytest.mark.parametrize("default", ["0", "2", "id-3", "Title 1", "more>id-2", "more>1", "none"])
@pytest.mark.parametrize("fallback", ["", "1 2", "id-0"])
def test_where_nobody_is_asked_only_what_may_boot_is_looked_into(
    default: str, fallback: str
) -> None:
    entries = "".join(
        ENTRY.replace("MORE", "\ttrue").replace("N", str(number)) for number in range(4)
    )
    text = (
        f"{BEFORE}default='{default}'\nfallback='{fallback}'\nexport default\n{entries}"
        f"submenu 'More' --id more {{\n{entries}}}\n"
    )
    full = listed(text)
    brief = listed(text, EFI._replace(waits=None))
    assert brief.passed + len(brief.entries) == len(full.entries) == 8
    assert brief.passed >= 3  # of each menu the first is looked into, and what may boot
    assert (brief.default, brief.timeout, brief.fallbacks) == (
        full.default,
        full.timeout,
        full.fallbacks,
    )
    known = {entry.id: entry for entry in full.entries}
    assert [known[entry.id] for entry in brief.entries] == list(brief.entries)
    assert {brief.default, *brief.fallbacks} <= {entry.id for entry in brief.entries}


@pytest.mark.parametrize(
    ("timeout", "waits", "passes"), [("0", None, True), ("5", None, False), ("5", 0, True)]
)
def test_a_countdown_asks(timeout: str, waits: float | None, passes: bool) -> None:
    text = BEFORE.replace("timeout=0", f"timeout={timeout}") + "".join(
        ENTRY.replace("MORE", "").replace("N", str(number)) for number in range(4)
    )
    assert bool(listed(text, EFI._replace(waits=waits)).passed) == passes
    assert not listed(text, EFI._replace(waits=-1)).passed


def test_a_menu_of_ten_thousand_is_read_to_the_end() -> None:
    files = MAKERS["grub"](10_000)
    home = MemoryVolume(files, name="sda1", uuid=UUID)
    (found,) = read(home, Volumes([home]), EFI)
    assert len(found.entries) == 10_000
    assert not found.diagnostics
