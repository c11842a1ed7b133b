"""Parse a script line by line, as GRUB reads it.

GRUB parses one line, and those after it that a quotation, a backslash, or an `if`, `for`,
`while`, `function` or `{` asks for; runs what it has parsed; and goes on. A line that cannot be
parsed is dropped up to its end, whatever was open, and the next one is read afresh:
functions that were complete by then exist, nothing else of it runs.
"""

from bootpy.readers.grub.parser import Parser
from bootpy.readers.grub.syntax import Function, Line, Problem, Script, Statement
from bootpy.readers.grub.tokens import SyntaxFault, as_lines

MOST_PROBLEMS = 1000
"""Lines that cannot be parsed; the rest of a text with more of them is not read."""


def parse_file(text: str) -> Script:
    """Parse the text of a file, whose lines that begin with `#` do not exist for GRUB."""
    return parse_lines(as_lines(text))


def parse_lines(text: str) -> Script:
    """Parse the text of a script. Nothing is raised: see `Script.problems`."""
    parser = Parser(text)
    lines: list[Line] = []
    problems: list[Problem] = []
    pending: list[Statement] = []

    def flush() -> None:
        if pending:
            lines.append(made_line(pending))
            pending.clear()

    while len(problems) < MOST_PROBLEMS:
        try:
            statement = parser.statement()
        except SyntaxFault as fault:
            if parser.on_new_line:
                flush()
            problem = Problem(fault.line, fault.message, fault.hint)
            problems.append(problem)
            lines.append(Line(functions=made_line(pending).functions, problem=problem))
            pending.clear()
            parser.next_line()
            continue
        if statement is None or parser.on_new_line:
            flush()
        if statement is None:
            if parser.on_new_line:
                lines.append(Line())  # an empty line, too, is run: with status 0
            break
        pending.append(statement)
    return Script(tuple(lines), tuple(problems))


def made_line(statements: list[Statement]) -> Line:
    """Put the functions of a line before what it runs."""
    return Line(
        tuple(one for one in statements if not isinstance(one, Function)),
        tuple(one for one in statements if isinstance(one, Function)),
    )
