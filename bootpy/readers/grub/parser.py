"""Parse a GRUB script into statements, as strictly as GRUB's own grammar does.

A list of commands is never empty and, before a closing word, ends with `;` or a new line;
a function is defined at the top level only. `&&`, `||`, `|` and redirections are
tokens without a meaning, so that they are errors, as in GRUB.
"""

import sys

from bootpy.readers.grub.lexer import Lexer
from bootpy.readers.grub.limits import LimitReached
from bootpy.readers.grub.plain import DEEPEST, PlainBlock, PlainBlocks
from bootpy.readers.grub.syntax import (
    Block,
    Command,
    For,
    Function,
    If,
    Statement,
    Statements,
    While,
)
from bootpy.readers.grub.tokens import END, NEWLINE, OPERATOR, RESERVED, WORD, SyntaxFault

MOST_NESTED = 60
"""Blocks and conditions within each other; what no person writes, and no stack holds."""


class TooManyCommands(SyntaxFault):
    """The text has more commands than a boot has time for."""


class Parser:
    """A strict parser: the first fault of a statement raises SyntaxFault.

    One for too many commands is raised after `most` of them; those of plain blocks, which are
    parsed when they are asked for, are counted by themselves, up to `most_in_blocks`.
    """

    def __init__(
        self, text: str, most: int = sys.maxsize, most_in_blocks: int = sys.maxsize
    ) -> None:
        self.lexer = Lexer(text)
        self.depth = 0
        self.on_new_line = True
        self.left = most
        self._left_in_blocks = most_in_blocks
        self._blocks = PlainBlocks(self)

    def statement(self) -> Statement | None:
        """Parse the next statement of the top level; None at the end of the file.

        `on_new_line` then says whether it stands on another line than the one before.
        """
        lexer = self.lexer
        self.on_new_line = lexer.kind == NEWLINE
        lexer.advance()
        while lexer.kind == NEWLINE:
            self.on_new_line = True
            lexer.advance()
        if lexer.kind == END:
            return None
        self.depth = 0
        is_function = lexer.kind == WORD and lexer.value == "function"
        statement = self._function() if is_function else self._command()
        if lexer.kind != END and not self._ended():
            raise self._unexpected("`;` or the end of the line")
        return statement

    def next_line(self) -> None:
        """Go to the end of the line on which a fault was found."""
        lexer = self.lexer
        at = lexer.start if lexer.kind == NEWLINE else lexer.position
        end = lexer.text.find("\n", at)
        if end < 0 or lexer.unclosed:
            end = len(lexer.text)
        lexer.go_to(end, lexer.next_line)
        lexer.kind = NEWLINE

    def plain(self, start: int, line: int, end: int) -> Statements:
        """Parse what stands on `start` to `end` of a plain block, from `line` on.

        LimitReached: too many commands were parsed in this way.
        """
        commands = self._whole_lines(start, line, end)
        if commands is not None:
            return commands
        # With a lexer of its own: the file's may be on its way.
        before, self.lexer = self.lexer, self.lexer.other()
        lexer = self.lexer
        lexer.go_to(start, line)
        depth, self.depth = self.depth, 0
        left, self.left = self.left, self._left_in_blocks
        statements: list[Statement] = []
        try:
            lexer.advance()
            while True:
                while lexer.kind == NEWLINE:
                    lexer.advance()
                if lexer.start >= end:
                    return tuple(statements)
                statements.append(self._command())
                self._delimiters()
        except TooManyCommands as fault:
            raise LimitReached(fault.message, fault.hint) from None
        finally:
            self._left_in_blocks, self.left = self.left, left
            self.lexer, self.depth = before, depth

    def _whole_lines(self, start: int, line: int, end: int) -> Statements | None:
        """Parse lines that are a command each, without the tokens; None where one is not."""
        words_of = self.lexer.known.of_line
        commands: list[Command] = []
        for number, text in enumerate(self.lexer.text[start:end].split("\n"), line):
            words = words_of(text)
            if words is None:
                return None
            if words:
                commands.append(Command(number, words))
        if len(commands) > self._left_in_blocks:
            return None
        self._left_in_blocks -= len(commands)
        return tuple(commands)

    def _command(self) -> Statement:
        lexer = self.lexer
        if lexer.kind != WORD:
            raise self._unexpected("a command")
        self.left -= 1
        if self.left < 0:
            raise TooManyCommands(
                lexer.line, "more commands than a boot has time for", "make the file shorter"
            )
        if lexer.value in RESERVED:
            return self._compound()
        line = lexer.line
        words = lexer.words()
        if lexer.kind == OPERATOR and lexer.value == "{":
            return Command(line, words, self._block())
        return Command(line, words)

    def _compound(self) -> Statement:
        if self.depth >= MOST_NESTED:
            raise SyntaxFault(
                self.lexer.line,
                f"more than {MOST_NESTED} blocks within each other",
                "nest less deeply",
            )
        self.depth += 1
        try:
            match self.lexer.value:
                case "if":
                    return self._if()
                case "for":
                    return self._for()
                case "while" | "until":
                    return self._while()
            raise self._unexpected("a command")
        finally:
            self.depth -= 1

    def _if(self) -> If:
        line = self.lexer.line
        branches: list[tuple[Statements, Statements]] = []
        otherwise: Statements = ()
        while True:
            self.lexer.advance()
            condition = self._list(line, ("then",))
            self._close("then", "if", line)
            body = self._list(line, ("elif", "else", "fi"))
            branches.append((condition, body))
            if not self._at_word("elif"):
                break
        if self._at_word("else"):
            self.lexer.advance()
            otherwise = self._list(line, ("fi",))
        self._close("fi", "if", line)
        return If(line, tuple(branches), otherwise)

    def _for(self) -> For:
        lexer = self.lexer
        line = lexer.line
        lexer.advance()
        name = self._name("the name of a variable")
        if not self._at_word("in"):
            raise self._unexpected("`in`")
        lexer.advance()
        words = lexer.words() if lexer.kind == WORD else ()
        if not self._delimiters():
            raise self._unexpected("`;` or the end of the line")
        self._close("do", "for", line)
        body = self._list(line, ("done",))
        self._close("done", "for", line)
        return For(line, name, words, body)

    def _while(self) -> While:
        line = self.lexer.line
        keyword = self.lexer.value
        self.lexer.advance()
        condition = self._list(line, ("do",))
        self._close("do", keyword, line)
        body = self._list(line, ("done",))
        self._close("done", keyword, line)
        return While(line, condition, body, until=keyword == "until")

    def _function(self) -> Function:
        lexer = self.lexer
        line = lexer.line
        lexer.advance()
        name = self._name("the function's name")
        while lexer.kind == NEWLINE:
            lexer.advance()
        if not (lexer.kind == OPERATOR and lexer.value == "{"):
            raise self._unexpected("`{`")
        lexer.advance()
        body = self._list(line, ("}",))
        self._close("}", "function", line)
        return Function(line, name, body)

    def _block(self) -> Block | PlainBlock:
        lexer = self.lexer
        found = None
        if self.depth + DEEPEST < MOST_NESTED:
            found = self._blocks.at(lexer.position, lexer.line)
        if found is None:
            return self._parsed_block()
        block, end, line = found
        lexer.go_to(end, line)
        lexer.advance()
        self._close("}", "{", block.line)
        return block

    def _parsed_block(self) -> Block:
        lexer = self.lexer
        if self.depth >= MOST_NESTED:
            raise SyntaxFault(
                lexer.line, f"more than {MOST_NESTED} blocks within each other", "nest less deeply"
            )
        self.depth += 1
        line = lexer.line
        start = lexer.position
        lexer.advance()
        statements = self._list(line, ("}",), glued=True)
        end = lexer.start
        self._close("}", "{", line)
        self.depth -= 1
        return Block(line, statements, lexer.text, start, end)

    def _list(self, line: int, closers: tuple[str, ...], *, glued: bool = False) -> Statements:
        """Parse commands up to one of `closers`, which may follow directly where `glued`.

        `line` is where the construct that the list belongs to begins.
        """
        lexer = self.lexer
        while lexer.kind == NEWLINE:
            lexer.advance()
        statements = []
        while True:
            statements.append(self._command())
            delimited = self._delimiters()
            if (delimited or glued) and self._at_closer(closers):
                return tuple(statements)
            if not delimited or lexer.kind == END:
                raise self._unexpected(_listed(closers) if delimited else "`;` or a new line")

    def _close(self, word: str, opener: str, line: int) -> None:
        if not self._at_closer((word,)):
            raise self._unexpected(f"`{word}` for the `{opener}` of line {line}")
        self.lexer.advance()

    def _delimiters(self) -> bool:
        """Skip a `;` or new line and the new lines that follow; False where there is none."""
        lexer = self.lexer
        if lexer.kind != NEWLINE and (lexer.kind != OPERATOR or lexer.value != ";"):
            return False
        lexer.advance()
        while lexer.kind == NEWLINE:
            lexer.advance()
        return True

    def _at_delimiter(self) -> bool:
        return self.lexer.kind == NEWLINE or (
            self.lexer.kind == OPERATOR and self.lexer.value == ";"
        )

    def _ended(self) -> bool:
        """Whether a command may end here."""
        return self._at_delimiter()

    def _at_word(self, word: str) -> bool:
        return self.lexer.kind == WORD and self.lexer.value == word

    def _at_closer(self, closers: tuple[str, ...]) -> bool:
        return self.lexer.kind in {WORD, OPERATOR} and self.lexer.value in closers

    def _name(self, what: str) -> str:
        name = self.lexer.value
        # The lexer takes letters, digits and "_" of ASCII only for names.
        if (
            self.lexer.kind != WORD
            or name in RESERVED
            or not (name.isascii() and name.isidentifier())
        ):
            raise self._unexpected(what)
        self.lexer.advance()
        return name

    def _unexpected(self, expected: str) -> SyntaxFault:
        lexer = self.lexer
        if lexer.kind == END:
            found = "the end of the file"
        elif lexer.kind == NEWLINE:
            found = "the end of the line"
        else:
            found = f"`{lexer.value if len(lexer.value) <= 40 else lexer.value[:40] + '...'}`"
        return SyntaxFault(
            lexer.line, f"expected {expected}, found {found}", self._remedy(expected)
        )

    def _remedy(self, expected: str) -> str:
        lexer = self.lexer
        if lexer.kind == OPERATOR and lexer.value in {"&&", "||"}:
            return f"GRUB has no {lexer.value}: write if ...; then ...; fi"
        if lexer.kind == OPERATOR and lexer.value in {"|", "&", "<", ">", ";;"}:
            return f"GRUB gives {lexer.value} no meaning: quote it, or leave it out"
        if expected == "a command" and (lexer.kind == OPERATOR or lexer.value in RESERVED):
            return f"remove {lexer.value}, or write before it what it belongs to"
        return f"write {expected} before it"


def _listed(closers: tuple[str, ...]) -> str:
    return " or ".join(f"`{closer}`" for closer in closers)
