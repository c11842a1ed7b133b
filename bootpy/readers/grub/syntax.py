"""What a GRUB script consists of, as the parser hands it to the evaluator."""

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from bootpy.readers.grub.plain import PlainBlock

PartKind = Literal["text", "quoted", "variable", "quoted variable", "gettext"]


class Part(NamedTuple):
    """A piece of a word.

    "text" is as written, backslashes included, because only expansion knows which of them
    guard a wildcard; "quoted" is literal; the variables hold a name; "gettext" is the
    inside of $"...", with its own escapes and variables.
    """

    kind: PartKind
    text: str


Word: TypeAlias = str | tuple[Part, ...]
"""A plain string stands for itself; everything else is parts in order."""


class Block(NamedTuple):
    """The body between braces, from `start` to `end` of the text `whole`.

    `broken` says that something in it could not be parsed or that its closing brace is missing.
    """

    line: int
    statements: "tuple[Statement, ...]"
    whole: str
    start: int
    end: int
    broken: bool = False

    @property
    def text(self) -> str:
        """What stands between the braces: cut out when it is needed, as blocks may be nested."""
        return self.whole[self.start : self.end].replace("\r", "")


class Command(NamedTuple):
    """A command with its arguments, and its block where it has one."""

    line: int
    words: tuple[Word, ...]
    block: "Block | PlainBlock | None" = None


class If(NamedTuple):
    """if, elif: pairs of condition and body, tried in order; then the else."""

    line: int
    branches: "tuple[tuple[Statements, Statements], ...]"
    otherwise: "Statements"


class For(NamedTuple):
    """for NAME in WORDS; do ...; done."""

    line: int
    name: str
    words: tuple[Word, ...]
    body: "Statements"


class While(NamedTuple):
    """while or, where `until` is set, until."""

    line: int
    condition: "Statements"
    body: "Statements"
    until: bool


class Function(NamedTuple):
    """A function's definition."""

    line: int
    name: str
    body: "Statements"


class Broken(NamedTuple):
    """Where a statement stood that could not be parsed."""

    line: int


Statement: TypeAlias = Command | If | For | While | Function | Broken
Statements: TypeAlias = tuple[Statement, ...]


class Problem(NamedTuple):
    """What could not be parsed: where, what was expected, and the remedy."""

    line: int
    message: str
    hint: str


class Line(NamedTuple):
    """What GRUB parses at once and then runs: a line, with all that it needs to be complete.

    Functions are defined when they are parsed, before anything of their line runs. Where
    `problem` is set the line could not be parsed, and nothing else of it is run.
    """

    statements: Statements = ()
    functions: tuple[Function, ...] = ()
    problem: Problem | None = None


class Script(NamedTuple):
    """A parsed text: its lines in order, and what was wrong with it."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def statements(self) -> Statements:
        """All statements but functions, as the body of an entry has them."""
        return tuple(statement for line in self.lines for statement in line.statements)
