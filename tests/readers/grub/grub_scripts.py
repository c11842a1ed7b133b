"""Hypothesis strategies that make GRUB scripts out of the language's grammar.

What they make ends: loops count, functions call only those defined before. Where it would
go on for long or show more than a terminal has room for, it is kept short.
"""

from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

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
_NEWLINES = ("\n", "\n", ";", "; ", " ; ", ";\n", "\n\n", "  # note 'x\n", '\n# "line\n', "\n#\n\t")


def _some(choices: "tuple[str, ...] | str") -> SearchStrategy[str]:
    return st.sampled_from(tuple(choices))


_ESCAPED = _some(tuple("\\" + c for c in "$\"'\\;{}*?# nax&|<") + ("\\\n", "\\\n#x\n", "\\x41"))
_TEXT = st.text(_some(_PLAIN), min_size=1, max_size=4)
_SINGLE = st.text(_some(_PLAIN + ' \n$"\\*?;{}&|<>\u00e9'), max_size=5).map(lambda t: f"'{t}'")
_INSIDE = st.one_of(
    st.text(_some(_PLAIN + " \n';*?{}|\u00e9"), min_size=1, max_size=4),
    _some(("\\$", '\\"', "\\\\", "\\\n", "\\n", "\\a", "\\*", "\n#gone\n", "\\x41", "\\'")),
    _some(_EXPANDED),
)
_DOUBLE = st.lists(_INSIDE, max_size=4).map(lambda parts: '"' + "".join(parts) + '"')
_GETTEXT = st.lists(
    st.one_of(_INSIDE, _some(("${a}", "$b", "$ ", "${", "${ a}", "$$a", "\\$a", "\\\\$a"))),
    max_size=4,
).map(lambda parts: '$"' + "".join(parts) + '"')
_GLOB = _some(
    (
        "/f*", "/f.?", "/d/*", "/*/one", "/d/t*", "(memdisk)/d/*", "/k-1.*", "/no*", "f*", "/e\\*f",
        "/e*", "'/f'*", "\"/d\"/*", "/d/'*'", "/?1", "/g\\?", "/g?", "/[df]*", "/f+", "/{f}*", "/d*/*e",
        "/d/../f*", "(mem*)/d", "/d/", "/*/", "/f.*1", "(memdisk)/f?",
    )
)  # fmt: skip
_WORD_PART = st.one_of(_TEXT, _TEXT, _some(_EXPANDED), _SINGLE, _DOUBLE, _ESCAPED, _GETTEXT)
WORD = st.one_of(
    st.lists(_WORD_PART, min_size=1, max_size=3).map("".join), _TEXT, _some(_EXPANDED), _GLOB
)
_NUMBER = _some(("0", "1", "2", "3", "-1", "07", "0x1F", "x", "", "08", "99999999999", "1k", " 2"))
_KEYWORD = _some(
    ("if", "then", "fi", "for", "in", "do", "done", "else", "case", "function", "[[", "{")
)


def _quoted(word: str) -> str:
    return '"' + word + '"'


_OPERAND = st.one_of(
    WORD, _NUMBER.map(lambda n: n or '""'), _some(tuple(_quoted(e) for e in _EXPANDED)),
    _some(("a", "b", "ab", "/f1", "/d", "/none", "(memdisk)/f1", "/empty", "k-1.9", "k-1.10")),
)  # fmt: skip
_BINARY = _some(
    (
        "=", "==", "!=", "'<'", "'<='", "'>'", "\\>=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-pgt",
        "-plt", "-nt", "-ot", "-nt1", "-ot-5",
    )
)  # fmt: skip
_UNARY = _some(("-n", "-z", "-e", "-f", "-d", "-s", "!"))
_PRIMARY = st.one_of(
    st.tuples(_OPERAND, _BINARY, _OPERAND).map(" ".join),
    st.tuples(_UNARY, _OPERAND).map(" ".join),
    _OPERAND,
)
_EXPRESSION = st.lists(
    st.tuples(_some(("-a", "-o", "!", "", "-a !", "-o '('", "'('", "')'")), _PRIMARY).map(" ".join),
    max_size=3,
).map(" ".join)
_TEST = st.one_of(
    _EXPRESSION.map(lambda e: f"[ {e} ]"),
    _EXPRESSION.map(lambda e: f"test {e}"),
    _PRIMARY.map(lambda e: f"[ {e} ]"),
    _PRIMARY.map(lambda e: f"[ {e} ]"),
)
_PATTERN = _some(
    (
        "a", "^a", "b$", "(a)(b)?", "([a-z]+)([0-9]*)", ".", "a*", "x|y", "[^a]", "[[:alpha:]]+", "(a|ab)(c|bcd)",
        "\\.", "a{2}", "a{1,}", "a{,2}", "(", ")", "*a", "a**", "[", "\\(a\\)", "", "a|", "\\w+", "\\<a",
        "^/([^/]+)/(.*)$", "[]a]", "[a-]", "\u00e9", "^.$", "a+?", "(^|x)a", "()", "a{x", "\\bx", "\\s", "[a-c-]",
    )
)  # fmt: skip
_SUBJECT = st.one_of(
    _some(("a", "ab", "abcd", "abc123", "aa", "x1", "", "/d/one", "a b", "]", "A", "\u00e9", ".")),
    _OPERAND,
)
_REGEXP = st.tuples(
    _some(("", "--set a", "--set 1:b", "--set 0:a --set 2:b", "-s c", "--set=xx", "--set 9:a", "--set x:a",
           "--set 1:", "--set :a")),
    _PATTERN,
    _SUBJECT.map(lambda s: s if s.startswith(('"', "$")) else f"'{s}'" if "'" not in s else s),
).map(lambda t: f"regexp {t[0]} '{t[1]}' {t[2]}")  # fmt: skip
_TR = st.tuples(
    _some(("", "--set a", "-s b", "-U", "-D", "--upcase --set c", "abc xyz", "--set a ab ba", "'a' 'bb'", "-U -D")),
    WORD,
).map(lambda t: f"tr {t[0]} {t[1]}")  # fmt: skip
_ASSIGNMENT = st.one_of(
    st.tuples(_some(NAMES), WORD).map(lambda t: f"{t[0]}={t[1]}"),
    st.tuples(_some(NAMES), WORD).map(lambda t: f"set {t[0]}={t[1]}"),
    st.tuples(_some((*NAMES, "1", "?", "a-b", "", "#", "\"a b\"")), WORD).map(lambda t: f"{t[0]}={t[1]}"),
    st.tuples(_some(("set a", "set =x", "set 1=x", "set a=1 b=2", "set 'a=b c'", "unset a", "unset", "export a",
                     "export", "unset a b", "export a c", "set a=", "a="))).map(lambda t: t[0]),
)  # fmt: skip
_ECHO = st.tuples(
    _some(("echo", "echo", "echo", "echo -n", "echo -e", "echo -n -e", "echo -ne", "echo --", "e\\cho", '"echo"')),
    st.lists(st.one_of(WORD, _KEYWORD.map(lambda k: "'{'" if k == "{" else k)), max_size=3),
).map(lambda t: " ".join([t[0], *t[1]]))  # fmt: skip
_ESCAPES = _some(
    ("a\\tb", "a\\nb", "\\\\x", "a\\c", "\\q", "x\\", "\\\\n", "a\\\\\\nb")
).map(lambda text: f"echo -e '{text}'")  # fmt: skip
_SHOW = _some(
    ("echo $?", 'echo "$?" $a', "echo $# $*", 'for c in "$@"; do echo "<$c>"; done', "echo $a $b $c",
     'echo "<$a>" "<$b>"')
)  # fmt: skip
_PLAIN_COMMAND = st.one_of(
    _ECHO, _ECHO, _SHOW, _SHOW, _ASSIGNMENT, _ASSIGNMENT, _TEST, _TEST, _REGEXP, _TR, _ESCAPES,
    _some(("true", "false", "nosuch", "nosuch a b", "$a", "$a x", '"$a"', "! true", "! false", "!", "! nosuch",
           "! [ a = b ]", "! ! true", "''", '""', "true x y", "\\true", "gettext hi; echo", "insmod regexp")),
    st.tuples(_some(("shift", "return", "break", "continue")), st.one_of(st.just(""), _NUMBER)).map(" ".join),
    st.lists(WORD, max_size=3).map(lambda w: " ".join(["setparams", *w])),
    st.sampled_from(sorted(FILES)).map(lambda f: f"cat /{f}"),
    _some(tuple(f"source /{f}" for f in FILES if f.startswith("inc/")) + (". /inc/set", "source /none", "source",
          "source /d", "source (nodisk)/x", "source /inc/set /inc/set")),
    _some(("load_env -f /env", "load_env -f /env a", "list_env -f /env", "load_env -f /f1", "load_env -f /none",
           "cmp /f.1 /f.2", "cmp /f.1 /f1", "cmp /f.1 /d/two", "cmp /f.1", "cmp /f.1 /none", "cat /none", "cat",
           "cat /d", "menuentry 'x' { echo no; }", "submenu y --id z { menuentry q { true; }; }", "menuentry",
           "menuentry q", "menuentry {true}")),
)  # fmt: skip
_EVALUATED = st.one_of(
    _some(
        (
            "eval 'echo $a'", 'eval "a=$b"', "eval echo '$a'", "eval '", "eval", "eval ''", 'eval "return 2"',
            "eval 'echo x; false'", "eval 'echo a\necho b'", "eval 'if true; then\necho c\nfi'", "eval 'echo a |'",
            "eval 'function made { echo made $1; }'", "made x", "eval 'break'", "eval \"$a\"", "eval $a $b",
            "eval 'echo a\n\necho b |\necho c'", "eval '# note'", "eval 'echo \"'", "eval 'false'; echo $?",
            "eval 'nosuch; false\n'", "eval 'echo a\\'", "eval 'set a=x' 'y; echo $a'", "eval 'shift; echo $1'",
            "eval 'eval \"echo deep\"'", "eval 'false\n# end'", "eval 'return 7\necho x; echo y'",
        )
    ),
    _PLAIN_COMMAND.map(lambda c: "eval '" + c.replace("'", "'\\''") + "'"),
)  # fmt: skip


@st.composite
def _list(draw: DrawFn, depth: int, most: int = 3) -> str:
    commands = draw(st.lists(command(depth), min_size=1, max_size=most))
    text = commands[0]
    for one in commands[1:]:
        text += draw(_some(_NEWLINES)) + one
    return text


@st.composite
def _if(draw: DrawFn, depth: int) -> str:
    end = _some(_NEWLINES)
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
    return f"for {draw(_some(NAMES))} in {words}{draw(_some(_NEWLINES))}do {body}{draw(_some(_NEWLINES))}done"


@st.composite
def _while(draw: DrawFn, depth: int) -> str:
    # The counter has a name of its own on each depth, so that nothing inside resets it.
    counter = f"w{depth}"
    test = draw(_some((f"while {counter}=x${counter}; [ ${counter} != xxx ]",
                       f"until {counter}=x${counter}; [ ${counter} = xxx ]")))  # fmt: skip
    return f"{counter}=; {test}; do {draw(_list(depth))}{draw(_some(_NEWLINES))}done"


def _condition(depth: int) -> SearchStrategy[str]:
    return st.one_of(_TEST, _some(("true", "false", "nosuch", "! true", "$a")), _list(0, 2))


def command(depth: int) -> SearchStrategy[str]:
    """A command, with others inside it up to `depth`."""
    if depth <= 0:
        return _PLAIN_COMMAND
    return st.one_of(
        _PLAIN_COMMAND, _PLAIN_COMMAND, _PLAIN_COMMAND, _EVALUATED, _if(depth - 1), _for(depth - 1),
        _while(depth - 1), st.lists(WORD, max_size=3).map(lambda w: " ".join(["f0", *w])),
        st.lists(WORD, max_size=2).map(lambda w: " ".join(["f1", *w])),
        _list(0, 2).map(lambda body: "echo block {" + body + "}"),
        _list(0, 2).map(lambda body: "nosuch {\n" + body + "\n}"),
    )  # fmt: skip


@st.composite
def well_formed(draw: DrawFn) -> str:
    """A script that parses."""
    text = ""
    for number in range(draw(st.integers(0, 2))):
        opening = draw(_some((" {\n", " { ", "\n{\n", "  {\n\n")))
        body = draw(_list(2 if number else 1)).replace("f1", "f0" if number else "nosuch")
        if not number:
            body = body.replace("f0", "nosuch")
        text += f"function f{number}{opening}{body}{draw(_some((';', chr(10), '; ')))}" + "}\n"
    text += draw(_list(2, 5))
    return text + draw(_some(("\n", "\n", "", ";", " # end", "\n\n")))


_NOISE = _some(
    ("|", "&", "&&", "||", ";", ";;", "<", ">", "{", "}", "$", '"', "'", "\\", "if", "then", "fi", "else", "do",
     "done", "for", "in", "while", "until", "function", "elif", "case", "[[", "]]", "\n", " ", "#", "$(", "`",
     "function f {", "if true; then", "$\"", "${", "esac", "select", "\t", "\\\n")
)  # fmt: skip


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
            noise = draw(_some((" ", "", "\n"))) + draw(_NOISE) + draw(_some((" ", "")))
            text = text[:at] + noise + text[at:]
        else:
            text = text[:at] + text[at + draw(st.integers(1, 3)) :]
    return Sample(text, "while" not in text and "until" not in text)
