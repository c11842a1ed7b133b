"""A POSIX shell on the console: commands in, their output back."""

import re
import shlex

from qemu.console import Console


class CommandError(AssertionError):
    """A command in the guest ended with another status than 0."""


class Shell:
    """A shell that reads commands on `console`, wherever it came from.

    Output is told from the shell's echo and from kernel messages by marks: each line of it
    begins with one, and the marks never stand in what is typed.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._count = 0

    def run(self, command: str, *, timeout: float = 90, check: bool = True) -> str:
        """Run a command and return what it wrote (both streams), without the last line end.

        CommandError: it ended with a status that is not 0, and `check` is true.
        """
        self._count += 1
        mark = f"o{self._count}"
        # The shell puts the mark together from two halves, so that its echo holds neither.
        typed = (
            f"m='@@''{mark}'; dmesg -n 1 2>/dev/null; "
            f"{{ ( eval {shlex.quote(command)} ) 2>&1; printf '\\n%s=%s=\\n' \"$m\" $?; }} "
            f'| sed "s/^/$m|/"'
        )
        self._console.line(typed)
        ended = self._console.expect(
            rf"(?s)((?:.*?[\r\n])??)@@{mark}\|@@{mark}=(\d+)=", timeout=timeout
        )
        lines = re.findall(rf"@@{mark}\|([^\r\n]*)", ended[1])
        output = "\n".join(lines)
        # The line end that stands before the status ends the output's own last line.
        output = output.removesuffix("\n") if lines and not lines[-1] else output
        if check and ended[2] != "0":
            raise CommandError(f"{command}: exit status {ended[2]}\n{output}")
        return output
