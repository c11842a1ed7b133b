r"""Cut a GRUB script into tokens.

The rules are those of GRUB's own lexer: a word is a run of plain characters, quoted
strings, escapes and variables; `{ } | & ; < >` and the end of line stand for themselves; a
`#` at the start of a token begins a comment; `\` at the end of a line joins it with
the next. A `$` that no variable follows is an error there, also inside double quotes.
"""

from bootpy.readers.grub.known_words import KnownWords
from bootpy.readers.grub.limits import LONGEST_WORD
from bootpy.readers.grub.syntax import Word
from bootpy.readers.grub.tokens import (
    DANGLING_PATTERN,
    END,
    LOOSE_WORD_PATTERN,
    NEWLINE,
    OPERATOR,
    SECTION_PATTERN,
    TOKEN_PATTERN,
    WIDEST_INDENT,
    WORD,
    WORD_PATTERN,
    WORDS_PATTERN,
    SyntaxFault,
    count_lines,
)
from bootpy.readers.grub.words import PIECE, VARIABLE, pattern, split_word

LONGEST_OPENING = 4096
"""Characters of a line with a `{` at its end of which the words are cut out at once."""


class Lexer:
    """Tokens one by one: `kind`, `value`, `line` and `start` describe the current one.

    `known` are the words of the lines so far.

    `unclosed` is set by a quoted string that goes on to the end of the text.

    `wary` makes a quoted string that swallows the start of a section a fault, for reading
    on past a quote that was never closed.
    """

    __slots__ = (
        "_drops_lines",
        "_match",
        "_match_words",
        "kind",
        "known",
        "line",
        "next_line",
        "position",
        "start",
        "text",
        "unclosed",
        "value",
        "wary",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.start = 0
        self.line = 1
        self.next_line = 1
        self.kind = NEWLINE
        self.value = "\n"
        self.wary = False
        self.unclosed = False
        self._drops_lines = "\r" in text
        self._match = pattern(TOKEN_PATTERN).match
        self._match_words = pattern(WORDS_PATTERN).match
        self.known = KnownWords()

    def other(self) -> "Lexer":
        """Another lexer of the same text, which knows the same lines."""
        other = Lexer(self.text)
        other.known = self.known
        return other

    def advance(self) -> None:
        """Go to the next token. SyntaxFault where there is none that GRUB would accept."""
        found = self._match(self.text, self.position)
        assert found is not None
        group = found.lastindex
        if group is None:
            start = end = found.end()
        else:
            start, end = found.span(group)
        if self._drops_lines and start - self.position > 0:
            self.next_line += self.text.count("\r", self.position, start)
        self.line = self.next_line
        if group is None:
            self._at_no_token(end)
            return
        self.kind = group
        self.value = value = found[group]
        self.start = start
        self.position = end
        if group == NEWLINE:
            self.next_line += 1
        elif group == WORD and "\n" in value:
            if self.wary:
                self._refuse_sections(value)
            self._count_lines(value)

    def words(self) -> tuple[Word, ...]:
        """Take the current token and all words that follow it, and go to what comes then."""
        end = self.text.find("\n", self.start, self.start + LONGEST_OPENING)
        if end > 0 and self.text[end - 1] == "{" and self.text[end - 2] in " \t":
            opening = self.known.around_quotes(self.text[self.start : end - 2])
            if opening:
                self.kind, self.value = OPERATOR, "{"
                self.start, self.position = end - 1, end
                return opening
        found = self._match_words(self.text, self.start)
        if found is None:  # where mending has gone back into a word that was refused
            raise SyntaxFault(self.line, "a word that begins nowhere", "mend the lines before it")
        raw = found[1]
        self.position = found.end(1)
        words = self.known.get(raw) or self._split(raw)
        self.next_line = self.line
        if "\n" in raw:
            if self.wary:
                self._refuse_sections(raw)
            self._count_lines(raw)
        if found.lastindex == 2:
            self.kind = NEWLINE
            self.value = "\n"
            self.line = self.next_line
            self.next_line += 1
            self.position = found.end()
            self.start = self.position - 1
        else:
            self.advance()
        return words

    def _split(self, raw: str) -> tuple[Word, ...]:
        """Take the words of a command apart."""
        pieces = pattern(WORD_PATTERN).findall(raw.replace("\r", ""))
        if len(raw) > LONGEST_WORD and any(len(piece) > LONGEST_WORD for piece in pieces):
            raise SyntaxFault(
                self.line,
                f"a word of more than {LONGEST_WORD} characters",
                "look for a quotation mark that is missing",
            )
        if "[[" in pieces or "]]" in pieces:
            self._refuse_brackets(raw)
        words = tuple(map(split_word, pieces))
        self.known.keep(raw, words)
        return words

    def _refuse_brackets(self, words: str) -> None:
        """Raise the fault of a `[[` or `]]`, and go to where it ends."""
        for piece in pattern(WORD_PATTERN).finditer(words):
            if piece[0] in {"[[", "]]"}:
                self.position = self.start + piece.end()
                self.line = self.next_line = self.line + count_lines(words[: piece.end()])
                raise SyntaxFault(
                    self.line,
                    "`[[` and `]]`, which GRUB gives no meaning",
                    "write [ ... ] for a test, or quote the word",
                )

    def _count_lines(self, word: str) -> None:
        """Go on by the lines in a word; one that goes on past the end of the file is a fault."""
        if self.position >= len(self.text) and pattern(DANGLING_PATTERN).search(word):
            raise self._dangling()
        self.next_line += count_lines(word)

    def _dangling(self) -> SyntaxFault:
        self.position = self.start = len(self.text)
        self.kind = END
        self.value = ""
        return SyntaxFault(
            self.line,
            "the file ends where a backslash joins a line with the next",
            "remove the backslash at the end of the line",
        )

    def go_to(self, position: int, line: int) -> None:
        """Read on from `position`, which stands on `line`."""
        self.position = position
        self.next_line = line

    def indentation(self) -> int | None:
        """Blanks before the current token, or None where it is not the first of its line."""
        line_start = self.text.rfind("\n", 0, self.start) + 1
        before = self.text[line_start : self.start].replace("\r", "")
        return None if before.strip(" \t") else len(before[:WIDEST_INDENT].expandtabs())

    def _refuse_sections(self, words: str) -> None:
        """Take a quoted string with the start of a section in it for one that never ends."""
        if not pattern(SECTION_PATTERN).search(words):
            return
        for found in pattern(PIECE).finditer(words):
            if pattern(SECTION_PATTERN).search(found[0]):
                passed = count_lines(words[: found.start()])
                self.start += found.start()
                self.line += passed
                self._open_quote(self.start)

    def _at_no_token(self, position: int) -> None:
        self.start = position
        self.kind = WORD
        if position >= len(self.text):
            self.position = position
            self.kind = END
            self.value = ""
        elif self.text[position] == "$":
            self.position = position + 1
            if self.text.startswith('"', position + 1):
                self._open_quote(position + 1)
            raise SyntaxFault(
                self.line,
                "a `$` that no variable name follows",
                "write \\$ or '$' for a dollar sign",
            )
        elif self.text[position] == "\\":  # the last character of the file
            raise self._dangling()
        else:
            self._open_quote(position)

    def _go_past(self, position: int) -> None:
        """Go to the end of the word of which a string at `position` is a part.

        GRUB looks for the end of the word first, and into its strings only then.
        """
        found = pattern(LOOSE_WORD_PATTERN).match(self.text, position)
        assert found is not None
        self.position = found.end()
        self.unclosed = self.text[self.position : self.position + 1] in {"'", '"'}
        self.next_line = self.line + count_lines(found[0])

    def _open_quote(self, position: int) -> None:
        """Tell a stray dollar sign inside double quotes from a quote that never ends."""
        self.position = position + 1
        mark = self.text[position]
        if mark == '"':
            closed = pattern(r'"(?>(?:[^"\\]++|\\.){0,20000})"').match(self.text, position)
            if closed and not (self.wary and pattern(SECTION_PATTERN).search(closed[0])):
                inside = pattern(r"(?>(?:[^$\\]++|\\.|" + VARIABLE + "){0,20000})").match(closed[0])
                passed = count_lines(closed[0][: inside.end() if inside else 0])
                self._go_past(position)
                raise SyntaxFault(
                    self.line + passed,
                    "a `$` that no variable name follows, inside double quotes",
                    "write \\$ for a dollar sign",
                )
        self.unclosed = True
        raise SyntaxFault(
            self.line,
            f"a string that begins with {mark} and is not closed",
            f"close the string with {mark}",
        )
