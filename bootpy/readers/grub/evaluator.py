"""Run a GRUB script: statements in, variables, menus, output and an exit status out.

Control flow is kept as GRUB keeps it (execute.c): counters of active loops and breaks, a
mark for `return`, `$?` after every command and list. A command that does not exist leaves
status 0, as measured with GRUB 2.06, although it says so in a diagnostic.
"""

from collections.abc import Callable

from bootpy.diagnostics import Diagnostic, Level, Source
from bootpy.entry import Host, Write
from bootpy.readers.grub import status
from bootpy.readers.grub.devices import Devices, Place, device_name, split
from bootpy.readers.grub.expansion import expand_words
from bootpy.readers.grub.limits import (
    LONGEST_VALUE,
    MOST_CALLS,
    MOST_OUTPUT,
    STEPS_PER_ENTRY,
    Budget,
    LimitReached,
)
from bootpy.readers.grub.loading import Loading
from bootpy.readers.grub.menu import Menu
from bootpy.readers.grub.syntax import (
    Block,
    Broken,
    Command,
    For,
    Function,
    If,
    Script,
    Statement,
    Statements,
    While,
)
from bootpy.readers.grub.variables import Variables
from bootpy.volume import Volume

Action = Callable[["Evaluator", list[str]], int]
"""A command: arguments in, exit status out."""

BlockAction = Callable[["Evaluator", list[str], Block | None], int]
"""A command that may take a block."""


class Session:
    """What all evaluators of one configuration share."""

    def __init__(self, devices: Devices, host: Host) -> None:
        self.devices = devices
        self.host = host
        self.budget = Budget()
        self.diagnostics: dict[Diagnostic, None] = {}
        self.scripts: dict[tuple[str, str], Script] = {}
        self.keeps_hex = True
        # Here and not above: the commands' modules import this one.
        from bootpy.readers.grub.commands import ACTIONS, BLOCK_ACTIONS

        self.actions: dict[str, Action] = ACTIONS
        self.block_actions: dict[str, BlockAction] = BLOCK_ACTIONS


class Evaluator:
    """One run: the file's, or one entry's with a copy of what the file left.

    `variables`, `menu` and `source` change with the context. `configs` are the files whose
    menus are being shown, `passed` those in which the items picked on the way here stand.
    `loading` collects what an entry loads, `writes` what save_env would have written,
    `output` what was printed, `missing` what searches looked for in vain, by variable, with
    its value then. `repeating` is above 0 inside loops and functions.
    """

    def __init__(self, session: Session, variables: Variables, menu: Menu, source: Source) -> None:
        self.session = session
        self.variables = variables
        self.menu = menu
        self.shown: list[Menu] = []
        self.source = source
        self.line = 1
        self.functions: dict[str, Statements] = {}
        self.loading = Loading()
        self.writes: list[Write] = []
        self.output: list[str] = []
        self.missing: dict[str, tuple[str, str]] = {}
        self.configs: tuple[tuple[str, str], ...] = ()
        self.passed: tuple[tuple[str, str], ...] = ()
        self.status = 0
        self.scope: list[str] | None = None
        self.keeps_hex = session.keeps_hex
        self.loops = 0
        self.breaks = 0
        self.continuing = False
        self.returning = False
        self._printed = 0
        self._calls = 0
        self.repeating = 0

    def fork(self, variables: Variables, menu: Menu) -> "Evaluator":
        """An evaluator for what happens when an entry of `menu` is picked."""
        other = Evaluator(self.session, variables, menu, menu.source)
        other.functions = self.functions.copy()
        other.missing = self.missing.copy()
        other.configs = self.configs
        other.passed = self.passed
        other._calls = self._calls
        return other

    # What commands use.

    def value(self, name: str) -> str | None:
        """The value of a variable, `?` included."""
        return str(self.status) if name == "?" else self.variables.get(name)

    def parameters(self) -> list[str] | None:
        """The positional parameters; None outside functions and entries."""
        return self.scope

    def set(self, name: str, value: str) -> None:
        """Set a variable; what a search for it missed before is forgotten."""
        if len(value) > LONGEST_VALUE:
            raise LimitReached(
                f"the value of {name} is longer than {LONGEST_VALUE} characters",
                "look for a loop that makes a variable longer and longer",
            )
        self.variables.set(name, value)
        self.missing.pop(name, None)

    def place(self, name: str) -> Place:
        """Find the place of a file named as in a script."""
        root = self.variables.get("root") or ""
        device, path = split(name, root)
        if not name.startswith("("):
            if "root" in self.missing:
                return Place(device, path, None, self.missing["root"][1])
            return Place(device, path, self.session.devices.find(device), None)
        volume = self.session.devices.find(device)
        if volume is None:
            for before, wanted in self.missing.values():
                if before == device:
                    return Place(device, path, None, wanted)
        return Place(device, path, volume, None)

    def read(self, name: str) -> bytes | None:
        """Read a file named as in a script; None where it cannot be read."""
        place = self.place(name)
        if place.volume is None:
            return None
        try:
            return place.volume.read(place.path)
        except (OSError, ValueError):
            return None

    def files_in(self, folder: str) -> list[str]:
        """Names in a folder, for wildcards."""
        place = self.place(folder)
        return place.volume.names(place.path or "/") if place.volume else []

    def device_names(self) -> list[str]:
        """Names of all volumes, for wildcards."""
        return [device_name(volume) for volume in self.session.devices.volumes]

    def print(self, text: str) -> None:
        """Print as GRUB's commands do."""
        self._printed += len(text)
        if self._printed > MOST_OUTPUT:
            raise LimitReached(f"more than {MOST_OUTPUT} characters printed", "look for a loop")
        self.output.append(text)

    def tell(self, level: Level, message: str, hint: str = "") -> None:
        """Remark on the current line; the same remark is kept once."""
        source = self.source._replace(line=self.line)
        self.session.diagnostics.setdefault(Diagnostic(level, source, message, hint))

    def write(self, volume: Volume, path: str, variables: dict[str, str]) -> None:
        """Record what would have been written."""
        self.writes.append(Write(volume.name, path, tuple(variables.items())))

    # Running.

    def run_script(self, script: Script) -> int:
        """Run a file's statements, one by one as GRUB reads them.

        A bound ends one statement of the main file, and all of a file that is sourced.
        """
        result = 0
        for problem in script.problems:
            self.line = problem.line
            self.tell("error", problem.message, problem.hint)
        for statement in script.statements:
            try:
                result = self.run_list((statement,))
            except LimitReached as limit:
                if self._calls > 1:
                    raise
                self._go_on_after(limit)
                result = status.FALSE
        return result

    def _go_on_after(self, limit: LimitReached) -> None:
        """Leave a statement that ran into a bound, so that the entries after it are kept."""
        self.tell("error", limit.message, limit.hint)
        self.session.budget.left = max(self.session.budget.left, STEPS_PER_ENTRY)
        self.loops = self.breaks = self.repeating = 0
        self.returning = False

    def run_entry(self, body: Statements, arguments: list[str]) -> int:
        """Run the body of an entry, its title and other arguments as $1 and so on.

        GRUB reads the body line by line, so that `return` ends no more than its own line.
        """
        from itertools import groupby

        self.scope = arguments
        result = 0
        for _line, statements in groupby(body, lambda statement: statement.line):
            result = self.run_list(tuple(statements))
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
        if self._calls >= MOST_CALLS:
            raise LimitReached(
                f"more than {MOST_CALLS} calls within each other",
                "look for a function or a file that calls itself",
            )
        self._calls += 1
        self.session.budget.spend()
        try:
            return work()
        finally:
            self._calls -= 1

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
                return status.FALSE

    def _command(self, command: Command) -> int:
        self.line = command.line
        if self.repeating:
            self.session.budget.spend()
        arguments = expand_words(command.words, self)
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

    def _call_by_name(self, name: str, arguments: list[str], block: Block | None) -> int | None:
        """Run a command, a function, or an assignment; None where there is no such thing."""
        session = self.session
        if block is not None:
            block_action = session.block_actions.get(name)
            if block_action is not None:
                return block_action(self, arguments, block)
            arguments.append("{" + block.text + "}")
        action = session.actions.get(name)
        if action is not None:
            return action(self, arguments)
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

    def _if(self, statement: If) -> int:
        for condition, body in statement.branches:
            result = self.status = self.run_list(condition)
            if self.returning:
                return result
            if self.status == 0:
                return self.run_list(body)
        self.status = 0
        return self.run_list(statement.otherwise)

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
                self.set(statement.name, word)
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
