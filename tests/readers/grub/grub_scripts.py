"""Hypothesis strategies that make GRUB scripts out of the language's grammar.

What they make ends: loops count, functions call only those defined before. Where it would
go on for long or show more than a terminal has room for, it is kept short.
"""

import re
from typing import NamedTuple

from grub_words import FILES, NAMES, NEWLINES, NUMBER, REGEXP, TEST, TR, WORD, some
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

_KEYWORD = some(
    ("if", "then", "fi", "for", "in", "do", "done", "else", "case", "function", "[[", "{")
)


_ASSIGNMENT = st.one_of(
    st.tuples(some(NAMES), WORD).map(lambda t: f"{t[0]}={t[1]}"),
    st.tuples(some(NAMES), WORD).map(lambda t: f"set {t[0]}={t[1]}"),
    st.tuples(some((*NAMES, "1", "?", "a-b", "", "#", '"a b"')), WORD).map(
        lambda t: f"{t[0]}={t[1]}"
    ),
    st.tuples(
        some(
            (
                "set a",
                "set =x",
                "set 1=x",
                "set a=1 b=2",
                "set 'a=b c'",
                "unset a",
                "unset",
                "export a",
                "export",
                "unset a b",
                "export a c",
                "set a=",
                "a=",
            )
        )
    ).map(lambda t: t[0]),
)
_ECHO = st.tuples(
    some(
        (
            "echo",
            "echo",
            "echo",
            "echo -n",
            "echo -e",
            "echo -n -e",
            "echo -ne",
            "echo --",
            "e\\cho",
            '"echo"',
        )
    ),
    st.lists(st.one_of(WORD, _KEYWORD.map(lambda k: "'{'" if k == "{" else k)), max_size=3),
).map(lambda t: " ".join([t[0], *t[1]]))
_ESCAPES = some(("a\\tb", "a\\nb", "\\\\x", "a\\c", "\\q", "x\\", "\\\\n", "a\\\\\\nb")).map(
    lambda text: f"echo -e '{text}'"
)
_SHOW = some(
    (
        "echo $?",
        'echo "$?" $a',
        "echo $# $*",
        'for c in "$@"; do echo "<$c>"; done',
        "echo $a $b $c",
        'echo "<$a>" "<$b>"',
    )
)
_PLAIN_COMMAND = st.one_of(
    _ECHO,
    _ECHO,
    _SHOW,
    _SHOW,
    _ASSIGNMENT,
    _ASSIGNMENT,
    TEST,
    TEST,
    REGEXP,
    TR,
    _ESCAPES,
    some(
        (
            "true",
            "false",
            "nosuch",
            "nosuch a b",
            "$a",
            "$a x",
            '"$a"',
            "! true",
            "! false",
            "!",
            "! nosuch",
            "! [ a = b ]",
            "! ! true",
            "''",
            '""',
            "true x y",
            "\\true",
            "gettext hi; echo",
            "insmod regexp",
        )
    ),
    st.tuples(some(("shift", "return", "break", "continue")), st.one_of(st.just(""), NUMBER)).map(
        " ".join
    ),
    st.lists(WORD, max_size=3).map(lambda w: " ".join(["setparams", *w])),
    st.sampled_from(sorted(FILES)).map(lambda f: f"cat /{f}"),
    some(
        (
            *(f"source /{f}" for f in FILES if f.startswith("inc/")),
            ". /inc/set",
            "source /none",
            "source",
            "source /d",
            "source (nodisk)/x",
            "source /inc/set /inc/set",
        )
    ),
    some(
        (
            "load_env -f /env",
            "load_env -f /env a",
            "list_env -f /env",
            "load_env -f /f1",
            "load_env -f /none",
            "cmp /f.1 /f.2",
            "cmp /f.1 /f1",
            "cmp /f.1 /d/two",
            "cmp /f.1",
            "cmp /f.1 /none",
            "cat /none",
            "cat",
            "cat /d",
            "menuentry 'x' { echo no; }",
            "submenu y --id z { menuentry q { true; }; }",
            "menuentry",
            "menuentry q",
            "menuentry {true}",
        )
    ),
)
_EVALUATED = st.one_of(
    some(
        (
            "eval 'echo $a'",
            'eval "a=$b"',
            "eval echo '$a'",
            "eval '",
            "eval",
            "eval ''",
            'eval "return 2"',
            "eval 'echo x; false'",
            "eval 'echo a\necho b'",
            "eval 'if true; then\necho c\nfi'",
            "eval 'echo a |'",
            "eval 'function made { echo made $1; }'",
            "made x",
            "eval 'break'",
            'eval "$a"',
            "eval $a $b",
            "eval 'echo a\n\necho b |\necho c'",
            "eval '# note'",
            "eval 'echo \"'",
            "eval 'false'; echo $?",
            "eval 'nosuch; false\n'",
            "eval 'echo a\\'",
            "eval 'set a=x' 'y; echo $a'",
            "eval 'shift; echo $1'",
            "eval 'eval \"echo deep\"'",
            "eval 'false\n# end'",
            "eval 'return 7\necho x; echo y'",
        )
    ),
    _PLAIN_COMMAND.map(lambda c: "eval '" + c.replace("'", "'\\''") + "'"),
)


@st.composite
def _list(draw: DrawFn, depth: int, most: int = 3) -> str:
    commands = draw(st.lists(command(depth), min_size=1, max_size=most))
    text = commands[0]
    for one in commands[1:]:
        text += draw(some(NEWLINES)) + one
    return text


@st.composite
def _if(draw: DrawFn, depth: int) -> str:
    end = some(NEWLINES)
    text = f"if {draw(_condition(depth))}{draw(end)}then {draw(_list(depth))}{draw(end)}"
    for _ in range(draw(st.integers(0, 1))):
        text += f"elif {draw(_condition(depth))}{draw(end)}then\n{draw(_list(depth))}{draw(end)}"
    if draw(st.booleans()):
        text += f"else {draw(_list(depth))}{draw(end)}"
    return text + "fi"


@st.composite
def _for(draw: DrawFn, depth: int) -> str:
    words = " ".join(draw(st.lists(WORD, max_size=3)))
    body = draw(_list(depth))
    head = f"for {draw(some(NAMES))} in {words}{draw(some(NEWLINES))}"
    return f"{head}do {body}{draw(some(NEWLINES))}done"


@st.composite
def _while(draw: DrawFn, depth: int) -> str:
    # The counter has a name of its own on each depth, so that nothing inside resets it.
    counter = f"w{depth}"
    test = draw(
        some(
            (
                f"while {counter}=x${counter}; [ ${counter} != xxx ]",
                f"until {counter}=x${counter}; [ ${counter} = xxx ]",
            )
        )
    )
    return f"{counter}=; {test}; do {draw(_list(depth))}{draw(some(NEWLINES))}done"


def _condition(depth: int) -> SearchStrategy[str]:
    return st.one_of(TEST, some(("true", "false", "nosuch", "! true", "$a")), _list(0, 2))


def command(depth: int) -> SearchStrategy[str]:
    """A command, with others inside it up to `depth`."""
    if depth <= 0:
        return _PLAIN_COMMAND
    return st.one_of(
        _PLAIN_COMMAND,
        _PLAIN_COMMAND,
        _PLAIN_COMMAND,
        _EVALUATED,
        _if(depth - 1),
        _for(depth - 1),
        _while(depth - 1),
        st.lists(WORD, max_size=3).map(lambda w: " ".join(["f0", *w])),
        st.lists(WORD, max_size=2).map(lambda w: " ".join(["f1", *w])),
        _list(0, 2).map(lambda body: "echo block {" + body + "}"),
        _list(0, 2).map(lambda body: "nosuch {\n" + body + "\n}"),
    )


@st.composite
def well_formed(draw: DrawFn) -> str:
    """A script that parses."""
    text = ""
    for number in range(draw(st.integers(0, 2))):
        opening = draw(some((" {\n", " { ", "\n{\n", "  {\n\n")))
        body = draw(_list(2 if number else 1)).replace("f1", "f0" if number else "nosuch")
        if not number:
            body = body.replace("f0", "nosuch")
        # A function that is called in a loop must not set that loop's counter back.
        body = re.sub(r"\b(w\d)\b", rf"\1_{number}", body)
        text += f"function f{number}{opening}{body}{draw(some((';', chr(10), '; ')))}" + "}\n"
    text += draw(_list(2, 5))
    return text + draw(some(("\n", "\n", "", ";", " # end", "\n\n")))


_NOISE = some(
    (
        "|",
        "&",
        "&&",
        "||",
        ";",
        ";;",
        "<",
        ">",
        "{",
        "}",
        "$",
        '"',
        "'",
        "\\",
        "if",
        "then",
        "fi",
        "else",
        "do",
        "done",
        "for",
        "in",
        "while",
        "until",
        "function",
        "elif",
        "case",
        "[[",
        "]]",
        "\n",
        " ",
        "#",
        "$(",
        "`",
        "function f {",
        "if true; then",
        '$"',
        "${",
        "esac",
        "select",
        "\t",
        "\\\n",
    )
)


class Sample(NamedTuple):
    """A script; `ends` says that GRUB surely comes to its end."""

    text: str
    ends: bool = True


@st.composite
def scripts(draw: DrawFn) -> Sample:
    """A script; a third of them have been damaged."""
    text = draw(well_formed())
    if draw(st.integers(0, 2)):
        return Sample(text)
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(text)))
        if draw(st.booleans()):
            noise = draw(some((" ", "", "\n"))) + draw(_NOISE) + draw(some((" ", "")))
            text = text[:at] + noise + text[at:]
        else:
            text = text[:at] + text[at + draw(st.integers(1, 3)) :]
    return Sample(text, "while" not in text and "until" not in text)
