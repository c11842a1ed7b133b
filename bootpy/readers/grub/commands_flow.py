"""Commands of the language itself: variables, loops, functions, other files."""

from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.options import Option, take_apart


def true(_shell: Evaluator, _arguments: list[str]) -> int:
    """Succeed."""
    return status.OK


def false(_shell: Evaluator, _arguments: list[str]) -> int:
    """Fail."""
    return status.FALSE


def set_variable(shell: Evaluator, arguments: list[str]) -> int:
    """Set NAME=VALUE, or print all variables."""
    if not arguments:
        shell.print(f"?={shell.status}\n")
        for name, value in shell.variables.sorted():
            shell.print(f"{name}={value}\n")
        return status.OK
    name, equals, value = arguments[0].partition("=")
    if not equals:
        return status.BAD_ARGUMENT
    shell.set(name, value)
    return status.OK


def unset(shell: Evaluator, arguments: list[str]) -> int:
    """Unset NAME."""
    if not arguments:
        return status.BAD_ARGUMENT
    shell.variables.unset(arguments[0])
    shell.missing.pop(arguments[0], None)
    return status.OK


def export(shell: Evaluator, arguments: list[str]) -> int:
    """Export NAMEs to submenus and configfiles."""
    if not arguments:
        return status.BAD_ARGUMENT
    for name in arguments:
        shell.variables.export(name)
    return status.OK


def leave_loop(shell: Evaluator, arguments: list[str], *, going_on: bool) -> int:
    """Break or continue N loops."""
    count = 1
    if arguments:
        if len(arguments) > 1:
            return status.BAD_ARGUMENT
        number = unsigned(arguments[0])
        if number is None:
            return status.BAD_NUMBER
        if number == 0:
            return status.BAD_ARGUMENT
        count = number
    shell.continuing = going_on
    shell.breaks = min(count, shell.loops)
    return status.OK


def shift(shell: Evaluator, arguments: list[str]) -> int:
    """Drop the first N positional parameters."""
    if shell.scope is None:
        return status.OK
    count = unsigned(arguments[0]) if arguments else 1
    if count is None or len(arguments) > 1 or count > len(shell.scope):
        return status.BAD_ARGUMENT
    shell.scope = shell.scope[count:]
    return status.OK


def setparams(shell: Evaluator, arguments: list[str]) -> int:
    """Replace the positional parameters."""
    if shell.scope is None:
        return status.INVALID_COMMAND
    shell.scope = arguments
    return status.OK


def return_(shell: Evaluator, arguments: list[str]) -> int:
    """Leave a function, with status N or that of the command before."""
    if shell.scope is None or len(arguments) > 1:
        return status.BAD_ARGUMENT
    if not arguments:
        shell.returning = True
        return shell.status
    number = unsigned(arguments[0])
    if number is None:
        return status.BAD_NUMBER
    shell.returning = True
    return number


def source(shell: Evaluator, arguments: list[str]) -> int:
    """Run another file here, with these variables and this menu."""
    from bootpy.readers.grub.files import run_file

    if len(arguments) != 1:
        return status.BAD_ARGUMENT
    return run_file(shell, arguments[0])


def configfile(shell: Evaluator, arguments: list[str]) -> int:
    """Run another file in a context of its own and show its menu."""
    from bootpy.readers.grub.files import show_file

    if len(arguments) != 1:
        return status.BAD_ARGUMENT
    return show_file(shell, arguments[0])


def normal(shell: Evaluator, arguments: list[str]) -> int:
    """Show the menu of FILE, or of the main configuration."""
    from bootpy.readers.grub.files import show_file

    prefix = shell.value("prefix") or ""
    return show_file(shell, arguments[0] if arguments else f"{prefix}/grub.cfg")


def evaluate(shell: Evaluator, arguments: list[str]) -> int:
    """Run the arguments as a script; a line of it that cannot be parsed ends it, with status 0."""
    from bootpy.readers.grub.strict import parse_lines

    if not arguments:
        return status.OK
    before = shell.line
    text = " ".join(arguments)
    shell.charge(32 * len(text))
    # Here, other than in a file, an empty line follows the last end of line.
    script = parse_lines(text + "\n" if text.endswith("\n") else text)

    def work() -> int:
        result = status.OK
        for line in script.lines:
            result = shell.run_line(line)
            if line.problem is not None:
                shell.line = before
                shell.tell("error", f"eval: {line.problem.message}", line.problem.hint)
                return status.OK
        return result

    try:
        return shell.within(work)
    finally:
        shell.line = before


def unsigned(text: str) -> int | None:
    """GRUB's strtoul: decimal, or with 0x and 0 as in C where the caller says so."""
    digits = text.lstrip()
    return int(digits) if digits.isascii() and digits.isdigit() else None


_READ = (Option("silent", "s"),)


def read(shell: Evaluator, arguments: list[str]) -> int:
    """Read a line from the keyboard: nobody is there, so that it is empty."""
    found = take_apart(arguments, _READ)
    if found.arguments:
        shell.set(found.arguments[0], "")
    return status.OK


ACTIONS: dict[str, Action] = {
    "true": true,
    "false": false,
    "set": set_variable,
    "unset": unset,
    "export": export,
    "break": lambda shell, arguments: leave_loop(shell, arguments, going_on=False),
    "continue": lambda shell, arguments: leave_loop(shell, arguments, going_on=True),
    "shift": shift,
    "setparams": setparams,
    "return": return_,
    "source": source,
    ".": source,
    "extract_entries_source": source,
    "configfile": configfile,
    "extract_entries_configfile": configfile,
    "normal": normal,
    "eval": evaluate,
    "read": read,
}
