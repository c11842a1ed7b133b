"""Run a GRUB script: statements in, variables, menus, output and an exit status out.

Control flow is kept as GRUB keeps it (execute.c): counters of active loops and breaks, a
mark for `return`, `$?` after every command and list. A command that does not exist leaves
status 0, as measured with GRUB 2.06, although it says so in a diagnostic.
"""

from collections.abc import Callable, Iterable

from bootpy.diagnostics import Source
from bootpy.readers.grub import status
from bootpy.readers.grub.expansion import expand_words
from bootpy.readers.grub.limits import MOST_CALLS, MOST_VARIABLES, LimitReached
from bootpy.readers.grub.menu import Menu
from bootpy.readers.grub.options import UsageAsked
from bootpy.readers.grub.plain import PlainBlock
from bootpy.readers.grub.state import MachineLeft, Session, State
from bootpy.readers.grub.syntax import (
    Block,
    Broken,
    Command,
    For,
    Function,
    If,
    Line,
    Script,
    Statement,
    Statements,
    While,
)
from bootpy.readers.grub.variables import Variables

Action = Callable[["Evaluator", list[str]], int]
"""A command: arguments in, exit status out."""

BlockAction = Callable[["Evaluator", list[str], Block | PlainBlock | None], int]
"""A command that may take a block."""


class Evaluator(State):
    """Runs scripts on its state: the file's, or one entry's on a copy of what the file left."""

    def __init__(self, session: Session, variables: Variables, menu: Menu, source: Source) -> None:
        super().__init__(session, variables, menu, source)
        # Here and not above: the commands' modules import this one.
        from bootpy.readers.grub.commands import ACTIONS, BLOCK_ACTIONS

        self._actions: dict[str, Action] = ACTIONS
        self._block_actions: dict[str, BlockAction] = BLOCK_ACTIONS

    def fork(self, variables: Variables, menu: Menu) -> "Evaluator":
        """An evaluator for what happens when an entry of `menu` is picked."""
        other = Evaluator(self.session, variables, menu, menu.source)
        other.functions = self.functions.copy()
        other.missing = self.missing.copy()
        other.images = self.images.copy()
        other.set_at = self.set_at.copy()
        other.configs = self.configs
        other.passed = self.passed
        other.calls = self.calls
        return other

    def run_script(self, script: Script) -> int:
        """Run a text line by line as GRUB reads it; `script` may have lines that are broken.

        A bound ends one line of the main file, and all of a file that is sourced.
        """
        for problem in script.problems:
            self.line = problem.line
            self.tell("error", problem.message, problem.hint)
        result = 0
        for line in script.lines:
            try:
                result = self.run_line(line)
            except LimitReached as limit:
                if self.calls > 1:
                    raise
                self._go_on_after(limit)
                result = status.FALSE
        return result

    def run_line(self, line: Line) -> int:
        """Define the functions of a line and run its commands."""
        for function in line.functions:
            if len(self.functions) < MOST_VARIABLES:
                self.functions[function.name] = function.body
        return self.run_list(line.statements) if line.statements else 0

    def _go_on_after(self, limit: LimitReached) -> None:
        """Leave a statement that ran into a bound, so that the entries after it are kept."""
        self.tell("error", limit.message, limit.hint)
        self.session.budget.stop()
        self.loops = self.breaks = self.repeating = 0
        self.returning = False

    def run_entry(self, bodies: Iterable[Statements], arguments: list[str]) -> int:
        """Run the body of an entry, part by part, its title and other arguments as $1 and so on.

        GRUB reads the body line by line, so that `return` ends no more than its own line.
        """
        from itertools import groupby

        self.scope = self.own_scope = arguments
        self.ends = True
        result = 0
        try:
            for body in bodies:
                for _line, group in groupby(body, lambda statement: statement.line):
                    statements = tuple(group)
                    self.session.budget.run_in_entry(len(statements))
                    result = self.run_list(statements)
        except MachineLeft:
            return status.OK
        return result

    def run_list(self, statements: Statements) -> int:
        """Run a list of commands; its status is that of the last one run."""
        result = 0
        for statement in statements:
            if self.breaks:
                break
            run = self._command if type(statement) is Command else self._run
            result = self.status = run(statement)  # type: ignore[arg-type]
            if self.returning:
                break
        self.status = result
        return result

    def call(self, body: Statements, arguments: list[str]) -> int:
        """Run a function."""
        loops, scope = self.loops, self.scope
        self.loops = 0
        self.scope = arguments
        self.repeating += 1
        try:
            return self.within(lambda: self.run_list(body))
        finally:
            self.repeating -= 1
            self.returning = False
            self.loops = loops
            self.scope = scope

    def within(self, work: Callable[[], int]) -> int:
        """Do `work` one call deeper. LimitReached at the bound."""
        if self.calls >= MOST_CALLS:
            raise LimitReached(
                f"more than {MOST_CALLS} calls within each other",
                "look for a function or a file that calls itself",
            )
        self.calls += 1
        self.session.budget.spend()
        try:
            return work()
        finally:
            self.calls -= 1

    def _run(self, statement: Statement) -> int:
        match statement:
            case Command():
                return self._command(statement)
            case If():
                return self._if(statement)
            case For():
                return self._for(statement)
            case While():
                return self._while(statement)
            case Function():
                self.functions[statement.name] = statement.body
                return 0
            case Broken():
                # It does nothing, and a loop may do that without end.
                if self.repeating:
                    self.session.budget.spend()
                return status.FALSE

    def _command(self, command: Command) -> int:
        self.line = command.line
        self.command = command
        arguments = expand_words(command.words, self)
        if self.repeating:
            self.session.budget.spend(1 + len(arguments) // 16)
        if not arguments:
            return 0
        name = arguments.pop(0)
        if name == "!":
            if not arguments:
                return status.BAD_ARGUMENT
            name = arguments.pop(0)
            return self._invert(self._call_by_name(name, arguments, command.block))
        result = self._call_by_name(name, arguments, command.block)
        return 0 if result is None else result

    def _invert(self, result: int | None) -> int:
        if result is None:
            return 0
        return status.FALSE if result == 0 else 0

    def _call_by_name(
        self, name: str, arguments: list[str], block: Block | PlainBlock | None
    ) -> int | None:
        """Run a command, a function, or an assignment; None where there is no such thing."""
        if block is not None:
            block_action = self._block_actions.get(name)
            if block_action is not None:
                try:
                    return block_action(self, arguments, block)
                except UsageAsked:
                    return self._show_usage(name)
            arguments.append("{" + block.text + "}")
        action = self._actions.get(name)
        if action is not None:
            try:
                return action(self, arguments)
            except UsageAsked:
                return self._show_usage(name)
        body = self.functions.get(name)
        if body is not None:
            return self.call(body, arguments)
        variable, equals, value = name.partition("=")
        if equals:
            if variable and not (variable[0].isdigit() or variable in {"#", "*", "@", "?"}):
                self.set(variable, value)
            return None
        self.tell(
            "warning",
            f"there is no command {name!r}, so that the line has no effect",
            "correct the name; commands of GRUB modules beyond GRUB 2.06 are unknown",
        )
        return None

    def _show_usage(self, name: str) -> int:
        from bootpy.readers.grub.usage import SUMMARIES

        self.print(f"Usage: {name} {SUMMARIES.get(name, '[OPTIONS]')}\n")
        return 0

    def _if(self, statement: If) -> int:
        for condition, body in statement.branches:
            result = self.status = self.run_list(condition)
            if self.returning:
                return result
            if self.status == 0:
                return self.run_list(body)
        return self.run_list(statement.otherwise) if statement.otherwise else 0

    def _for(self, statement: For) -> int:
        words = expand_words(statement.words, self)
        self.loops += 1
        self.repeating += 1
        result = 0
        for word in words:
            self.session.budget.spend()
            if self.continuing and self.breaks == 1:
                self.breaks = 0
            if not self.breaks:
                self.set(statement.name, word, "for")
                result = self.run_list(statement.body)
                if self.returning:
                    break
        self._leave_loop()
        return result

    def _while(self, statement: While) -> int:
        self.loops += 1
        self.repeating += 1
        while True:
            self.session.budget.spend()
            result = self.run_list(statement.condition)
            if self.returning or (result == 0) == statement.until:
                break
            result = self.run_list(statement.body)
            if self.returning:
                break
            if self.continuing and self.breaks == 1:
                self.breaks = 0
            if self.breaks:
                break
        self._leave_loop()
        return result

    def _leave_loop(self) -> None:
        if self.breaks:
            self.breaks -= 1
        self.loops -= 1
        self.repeating -= 1
