"""Parse a whole file, and read on past whatever in it is broken.

A statement of the top level that the strict parser refuses is parsed again by one that
mends: within a list, a faulty line is dropped and its place marked `Broken`; a section
(menuentry, submenu, function) that begins no further in than the construct around it
shows that a `}`, `fi` or `done` is missing before it, and so does the end of the file.
Every mend is a `Problem`. All sections beside the broken one stay what they are.
"""

from bootpy.readers.grub.parser import Parser, TooManyCommands
from bootpy.readers.grub.strict import made_line
from bootpy.readers.grub.syntax import (
    Block,
    Broken,
    Line,
    Problem,
    Script,
    Statement,
    Statements,
)
from bootpy.readers.grub.tokens import (
    END,
    NESTABLE,
    NEWLINE,
    OPERATOR,
    WIDEST_INDENT,
    WORD,
    SyntaxFault,
    as_lines,
)
from bootpy.readers.grub.words import pattern

MOST_RETRIES = 8
"""Statements parsed twice; after so many faults the rest of the file is mended only."""

MOST_PROBLEMS = 50
"""Problems told of one file; a file that is no script at all has one per line."""

MOST_SKIPPED_DEEP = 20
"""Broken blocks within each other that are passed over as blocks."""

MOST_COMMANDS = 30_000
"""Commands that are parsed outside of plain blocks; and as many where a fault is mended."""

MOST_IN_BLOCKS = 50_000
"""Commands in plain blocks, of whose parts that begin alike the first counts."""

MOST_FAULTS = 1000
"""Problems after which the rest of a file is not read."""


def parse(text: str) -> Script:
    """Parse the text of a file. Nothing is raised: see `Script.problems`."""
    nul = text.find("\0")
    line_of_nul = text.count("\n", 0, max(nul, 0)) + 1
    text = as_lines(text)
    mender = Mender(text)
    if nul >= 0:
        hint = "the file is damaged or binary: write it again as plain text"
        mender.problems.append(Problem(line_of_nul, "a NUL byte ends the line here", hint))
    lines: list[Line] = []
    pending: list[Statement] = []
    faults = 0
    strict = Parser(text, MOST_COMMANDS, MOST_IN_BLOCKS)
    lexer = strict.lexer
    while True:
        position, line = lexer.position, lexer.next_line
        statement: Statement | None
        if faults < MOST_RETRIES:
            try:
                statement = strict.statement()
            except SyntaxFault as fault:
                faults += 1
                statement = mender.mend(position, line, fault)
                lexer.go_to(mender.lexer.position, mender.lexer.next_line)
                lexer.kind = NEWLINE
                strict.on_new_line = True
        else:
            statement = mender.mend(position, line, None)
            lexer.go_to(mender.lexer.position, mender.lexer.next_line)
            strict.on_new_line = True
        if pending and (statement is None or strict.on_new_line):
            lines.append(made_line(pending))
            pending = []
        if statement is None:
            return Script(tuple(lines), tuple(mender.problems))
        pending.append(statement)


class Mender(Parser):
    """A parser that mends instead of refusing."""

    def __init__(self, text: str) -> None:
        super().__init__(text, MOST_COMMANDS)
        self.lexer.wary = True
        self.problems: list[Problem] = []
        self.faults = 0
        self._skipping = 0
        self._indents: list[int] = []
        self._cut_short = False
        self._starts: list[int] | None = None

    def mend(self, position: int, line: int, fault: SyntaxFault | None) -> Statement | None:
        """Parse one statement of the top level that begins at `position`."""
        told = self.faults
        self.lexer.go_to(position, line)
        self._indents.clear()
        try:
            statement = self.statement()
        except SyntaxFault as found:
            statement = Broken(found.line)
            self._tell(found)
            self._skip_line()
        else:
            if self.lexer.kind != END and not self._at_delimiter():
                # The next section begins here: it is read once more, as a statement.
                self.lexer.go_to(self.lexer.start, self.lexer.line)
        if fault is not None and self.faults == told:
            self._tell(fault)
        return statement

    def _tell(self, fault: SyntaxFault) -> None:
        self.faults += 1
        if isinstance(fault, TooManyCommands):
            self._give_up(fault.line, fault.message, fault.hint)
        elif self.faults > MOST_FAULTS:
            hint = "this may be no GRUB script at all"
            self._give_up(fault.line, f"more than {MOST_FAULTS} faults", hint)
        elif len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(fault.line, fault.message, fault.hint))

    def _give_up(self, line: int, message: str, hint: str) -> None:
        lexer = self.lexer
        if lexer.position < len(lexer.text):
            self.problems.append(Problem(line, f"{message}: the rest is not read", hint))
        lexer.go_to(len(lexer.text), line)
        lexer.start = len(lexer.text)

    def _block(self) -> Block:
        before = self.faults
        block = self._parsed_block()
        return block._replace(broken=self.faults > before)

    def _list(self, line: int, closers: tuple[str, ...], *, glued: bool = False) -> Statements:
        lexer = self.lexer
        self._indents.append(self._indentation_of(line))
        statements: list[Statement] = []
        try:
            while True:
                self._delimiters_of_any_kind()
                if lexer.kind == END or self._at_closer(closers) or self._closed_from_outside():
                    if not statements and self._at_closer(closers):
                        self._tell(self._unexpected("a command"))
                    return tuple(statements)
                try:
                    statements.append(self._command())
                    if self._ended() or self._closed_from_outside():
                        continue
                    if not (glued and self._at_closer(closers)):
                        raise self._unexpected("`;` or a new line")
                except SyntaxFault as fault:
                    self._tell(fault)
                    statements.append(Broken(fault.line))
                    self._skip_line()
                    self._advance_safely()
        finally:
            self._indents.pop()

    def _close(self, word: str, opener: str, line: int) -> None:
        self._cut_short = not self._at_closer((word,))
        if not self._cut_short:
            self._advance_safely()
        else:
            self._tell(self._unexpected(f"`{word}` for the `{opener}` of line {line}"))

    def _command(self) -> Statement:
        self._cut_short = False
        return super()._command()

    def _ended(self) -> bool:
        return self._at_delimiter() or self._cut_short or self.lexer.kind == END

    def _closed_from_outside(self) -> bool:
        """Whether the current token belongs to a construct further out."""
        lexer = self.lexer
        if lexer.kind == OPERATOR and lexer.value == "}":
            return len(self._indents) > 1
        if lexer.kind == WORD and lexer.value in NESTABLE:
            indentation = lexer.indentation()
            return indentation is not None and indentation <= self._indents[-1]
        return False

    def _delimiters_of_any_kind(self) -> None:
        while self._at_delimiter():
            self._advance_safely()

    def _advance_safely(self) -> None:
        while True:
            try:
                self.lexer.advance()
            except SyntaxFault as fault:
                self._tell(fault)
                self._skip_line()
            else:
                return

    def _skip_line(self) -> None:
        """Go to the end of the line; a block that begins there is passed over with it."""
        lexer = self.lexer
        text = lexer.text
        end = text.find("\n", min(max(lexer.start, 0), len(text)))
        if lexer.kind == NEWLINE and lexer.start < len(text) and text[lexer.start] == "\n":
            end = lexer.start
        end = len(text) if end < 0 else end
        line = lexer.line
        opens_block = text[lexer.start : end].rstrip().endswith("{")
        lexer.go_to(end, line)
        lexer.kind = NEWLINE
        lexer.value = "\n"
        if opens_block and self._skipping < MOST_SKIPPED_DEEP:
            self._skipping += 1
            self._advance_safely()
            self._list(line, ("}",))
            self._skipping -= 1
            if self._at_closer(("}",)):
                lexer.go_to(lexer.position, lexer.line)
            elif lexer.kind != END:
                lexer.go_to(lexer.start, lexer.line)

    def _indentation_of(self, line: int) -> int:
        text = self.lexer.text
        if self._starts is None:
            self._starts = [0, *(found.end() for found in pattern(r"[\n\r]").finditer(text))]
        start = self._starts[min(line, len(self._starts)) - 1]
        blanks = text[start : start + WIDEST_INDENT].expandtabs()
        return len(blanks) - len(blanks.lstrip(" "))
