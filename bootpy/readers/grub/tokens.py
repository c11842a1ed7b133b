r"""What GRUB's tokens look like, and the lines that they are cut from.

Patterns and not a hand-written loop: a configuration is read in a few milliseconds.
"""

from bootpy.readers.grub.words import VARIABLE, pattern

END, NEWLINE, WORD, OPERATOR = range(4)

WIDEST_INDENT = 200
"""Blanks at the start of a line that count as indentation."""

RESERVED = frozenset(
    (
        "[[",
        "]]",
        "case",
        "do",
        "done",
        "elif",
        "else",
        "esac",
        "fi",
        "for",
        "if",
        "in",
        "select",
        "then",
        "until",
        "while",
        "function",
    )
)

NESTABLE = frozenset(("menuentry", "submenu", "function"))
"""Words that begin what a person would call a section of the file."""

# Atomic groups and not possessive repeats of groups, which Python 3.11.2 gets wrong (gh-106052).
# Repeats are bounded: for each round the matcher keeps something in memory.
DOUBLE_PATTERN = r'"(?>(?:[^"\\$]++|\\.|' + VARIABLE + '){0,20000})"'
WORD_PATTERN = (
    r"""(?>(?:[^{}|&$;<> \t\r\n'"\\]++|'[^']*'|\\(?:\n\r*|.)|"""
    + DOUBLE_PATTERN
    + "|"
    + VARIABLE
    + r'|\$"(?>(?:[^"\\]++|\\.){0,20000})"){1,20000})'
)
LOOSE_WORD_PATTERN = (
    r"""(?>(?:[^{}|&$;<> \t\r\n'"\\]++|'[^']*'|\\(?:\n\r*|.)|\$?"(?>(?:[^"\\]++|\\.){0,20000})"|"""
    + VARIABLE
    + "){1,20000})"
)
TOKEN_PATTERN = r"(?>(?:[ \t\r]+|#[^\n]*)*)(?:(\n)|(" + WORD_PATTERN + r")|(\|\||&&|;;|[|&;<>{}]))?"
# A `#` after blanks begins a comment, so that the words of a command end before it.
WORDS_PATTERN = (
    "(" + WORD_PATTERN + r"(?>(?:[ \t]++(?!#)" + WORD_PATTERN + r"){0,20000}))(?:[ \t]*(\n))?"
)
# Words of ASCII in which nothing asks for expansion, or means something to the parser.
PLAIN_WORDS_PATTERN = r"[!#%()+,\-./0-9:=@A-Z^_`a-z~ \t]*"
# A line of words that end on it: nothing in it ends a command, opens a block, or goes on.
LINE_PATTERN = r"(?>(?:[^{}|&$;<>\r\n'\"\\]++|'[^'\r\n]*'|" + VARIABLE + ")*)"
DANGLING_PATTERN = r"(?<!\\)(?:\\\\)*\\(?:\n\r*)?\Z"
SECTION_PATTERN = r"[\n\r][ \t]*(?:menuentry|submenu|function)[ \t]"


class SyntaxFault(Exception):  # noqa: N818 -- it never leaves the parser
    """The parser's way out of a statement; `position` is where reading stopped."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.hint = hint


def as_lines(text: str) -> str:
    r"""Return the text of a file as GRUB's reading of lines leaves it.

    It drops carriage returns, what follows a NUL on its line, and every line that begins
    with `#`, also inside a quoted string. For a dropped line there stands a \r, which the
    lexer counts and passes over.
    """
    text = text.replace("\r", "")
    if "\0" in text:
        text = pattern(r"\0[^\n]*").sub("", text)
    if text.startswith("#") or "\n#" in text:
        text = pattern(r"(?:\A|(?<=\n))#[^\n]*(?:\n|\Z)").sub("\r", text)
    return text


def count_lines(text: str) -> int:
    """How many lines end in `text`, those that `as_lines` dropped included."""
    return text.count("\n") + text.count("\r")
