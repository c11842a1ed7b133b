"""Hypothesis strategies for what GRUB commands are made of: words, tests, patterns, files.

See grub_scripts.py
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

FILES = {
    "d/one": b"1\n",
    "d/three": b"33333\n",
    "d/two": b"22\n",
    "e*f": b"",
    "empty": b"",
    "env": b"# GRUB Environment Block\na=from env\nb=x\\\\y\n" + b"#" * 974,
    "f.1": b"1\n",
    "f.2": b"1\n",
    "f1": b"other\n",
    "g?": b"g\n",
    "inc/break": b"echo in\nbreak\necho still in\n",
    "inc/broken": b"echo before\nif true; then echo x |; fi\necho after\n",
    "inc/function": b"function inner { echo inner $# $1; return 4; }\ninner a b\n",
    "inc/params": b"echo $# $1 $2\nsetparams x y\nshift\necho $1\n",
    "inc/return": b"echo in; false\nreturn 3; echo no\necho next; echo no more\n",
    "inc/set": b"set a=included\nb=set\nfalse\n",
    "k-1.10": b"",
    "k-1.9": b"",
}
"""The disk that the scripts see, sorted by name as a folder's listing is."""

NAMES = ("a", "b", "c", "xx", "_y", "v1")
_PLAIN = "abzAZ019_-.,/:+%@~^!=[]#"
_EXPANDED = (
    *(f"${name}" for name in NAMES),
    *(f"${{{name}}}" for name in NAMES),
    *["$1", "$2", "${1}", "${12}", "$0", "$#", "$*", "$@", "${#}", "${@}", "${*}", "$?", "${?}"],
)
NEWLINES = ("\n", "\n", ";", "; ", " ; ", ";\n", "\n\n", "  # note 'x\n", '\n# "line\n', "\n#\n\t")


def some(choices: "tuple[str, ...] | str") -> SearchStrategy[str]:
    return st.sampled_from(tuple(choices))


_ESCAPED = some((*("\\" + c for c in "$\"'\\;{}*?# nax&|<"), "\\\n", "\\\n#x\n", "\\x41"))
_TEXT = st.text(some(_PLAIN), min_size=1, max_size=4)
_SINGLE = st.text(some(_PLAIN + ' \n$"\\*?;{}&|<>\u00e9'), max_size=5).map(lambda t: f"'{t}'")
_INSIDE = st.one_of(
    st.text(some(_PLAIN + " \n';*?{}|\u00e9"), min_size=1, max_size=4),
    some(("\\$", '\\"', "\\\\", "\\\n", "\\n", "\\a", "\\*", "\n#gone\n", "\\x41", "\\'")),
    some(_EXPANDED),
)
_DOUBLE = st.lists(_INSIDE, max_size=4).map(lambda parts: '"' + "".join(parts) + '"')
_GETTEXT = st.lists(
    st.one_of(_INSIDE, some(("${a}", "$b", "$ ", "${", "${ a}", "$$a", "\\$a", "\\\\$a"))),
    max_size=4,
).map(lambda parts: '$"' + "".join(parts) + '"')
_GLOB = some(
    (
        "/f*",
        "/f.?",
        "/d/*",
        "/*/one",
        "/d/t*",
        "(memdisk)/d/*",
        "/k-1.*",
        "/no*",
        "f*",
        "/e\\*f",
        "/e*",
        "'/f'*",
        '"/d"/*',
        "/d/'*'",
        "/?1",
        "/g\\?",
        "/g?",
        "/[df]*",
        "/f+",
        "/{f}*",
        "/d*/*e",
        "/d/../f*",
        "(mem*)/d",
        "/d/",
        "/*/",
        "/f.*1",
        "(memdisk)/f?",
    )
)
_WORD_PART = st.one_of(_TEXT, _TEXT, some(_EXPANDED), _SINGLE, _DOUBLE, _ESCAPED, _GETTEXT)
WORD = st.one_of(
    st.lists(_WORD_PART, min_size=1, max_size=3).map("".join), _TEXT, some(_EXPANDED), _GLOB
)
NUMBER = some(("0", "1", "2", "3", "-1", "07", "0x1F", "x", "", "08", "99999999999", "1k", " 2"))


def _quoted(word: str) -> str:
    return '"' + word + '"'


_OPERAND = st.one_of(
    WORD,
    NUMBER.map(lambda n: n or '""'),
    some(tuple(_quoted(e) for e in _EXPANDED)),
    some(("a", "b", "ab", "/f1", "/d", "/none", "(memdisk)/f1", "/empty", "k-1.9", "k-1.10")),
)
_BINARY = some(
    (
        "=",
        "==",
        "!=",
        "'<'",
        "'<='",
        "'>'",
        "\\>=",
        "-eq",
        "-ne",
        "-lt",
        "-le",
        "-gt",
        "-ge",
        "-pgt",
        "-plt",
        "-nt",
        "-ot",
        "-nt1",
        "-ot-5",
    )
)
_UNARY = some(("-n", "-z", "-e", "-f", "-d", "-s", "!"))
_PRIMARY = st.one_of(
    st.tuples(_OPERAND, _BINARY, _OPERAND).map(" ".join),
    st.tuples(_UNARY, _OPERAND).map(" ".join),
    _OPERAND,
)
_EXPRESSION = st.lists(
    st.tuples(some(("-a", "-o", "!", "", "-a !", "-o '('", "'('", "')'")), _PRIMARY).map(" ".join),
    max_size=3,
).map(" ".join)
TEST = st.one_of(
    _EXPRESSION.map(lambda e: f"[ {e} ]"),
    _EXPRESSION.map(lambda e: f"test {e}"),
    _PRIMARY.map(lambda e: f"[ {e} ]"),
    _PRIMARY.map(lambda e: f"[ {e} ]"),
)
_PATTERN = some(
    (
        "a",
        "^a",
        "b$",
        "(a)(b)?",
        "([a-z]+)([0-9]*)",
        ".",
        "a*",
        "x|y",
        "[^a]",
        "[[:alpha:]]+",
        "(a|ab)(c|bcd)",
        "\\.",
        "a{2}",
        "a{1,}",
        "a{,2}",
        "(",
        ")",
        "*a",
        "a**",
        "[",
        "\\(a\\)",
        "",
        "a|",
        "\\w+",
        "\\<a",
        "^/([^/]+)/(.*)$",
        "[]a]",
        "[a-]",
        "\u00e9",
        "^.$",
        "a+?",
        "(^|x)a",
        "()",
        "a{x",
        "\\bx",
        "\\s",
        "[a-c-]",
    )
)
_SUBJECT = st.one_of(
    some(("a", "ab", "abcd", "abc123", "aa", "x1", "", "/d/one", "a b", "]", "A", "\u00e9", ".")),
    _OPERAND,
)
REGEXP = st.tuples(
    some(
        (
            "",
            "--set a",
            "--set 1:b",
            "--set 0:a --set 2:b",
            "-s c",
            "--set=xx",
            "--set 9:a",
            "--set x:a",
            "--set 1:",
            "--set :a",
        )
    ),
    _PATTERN,
    _SUBJECT.map(lambda s: s if s.startswith(('"', "$")) else f"'{s}'" if "'" not in s else s),
).map(lambda t: f"regexp {t[0]} '{t[1]}' {t[2]}")
TR = st.tuples(
    some(
        (
            "",
            "--set a",
            "-s b",
            "-U",
            "-D",
            "--upcase --set c",
            "abc xyz",
            "--set a ab ba",
            "'a' 'bb'",
            "-U -D",
        )
    ),
    WORD,
).map(lambda t: f"tr {t[0]} {t[1]}")
