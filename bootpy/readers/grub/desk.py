"""Run a script by itself, as GRUB would at its prompt's side: what it prints, and its status.

Nothing is booted and no menu is shown: entries are taken note of, and `exit`, `halt`,
`reboot` and a `boot` with something loaded end the script.
"""

from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Host
from bootpy.readers.grub.devices import Devices
from bootpy.readers.grub.limits import STEPS_AT_THE_DESK, LimitReached
from bootpy.readers.grub.reader import begin
from bootpy.readers.grub.state import MachineLeft, Session
from bootpy.readers.grub.strict import parse_file
from bootpy.readers.grub.syntax import Problem
from bootpy.volume import Volumes


class Run(NamedTuple):
    """What came of a script.

    `printed` is what its commands wrote, in bytes; `status` is that of the last command;
    `problems` are its lines that cannot be parsed, and `diagnostics` all that was said.
    """

    printed: bytes
    status: int
    problems: tuple[Problem, ...]
    diagnostics: tuple[Diagnostic, ...]


def run(content: bytes, name: str, volumes: Volumes, host: Host) -> Run:
    """Run the script with this content; `name` is what its lines are called in diagnostics.

    `$root` is the first volume, or empty. As in GRUB, a line that cannot be parsed is left
    out and the others run.
    """
    home = next(iter(volumes), None)
    root = home.name if home else ""
    session = Session(Devices(volumes), host, at_desk=True)
    session.budget.left = STEPS_AT_THE_DESK
    shell = begin(session, root, f"({root})/boot/grub", Source("", name))
    script = parse_file(content.decode("utf-8", "surrogateescape"))
    try:
        shell.run_script(script)
    except LimitReached as limit:
        shell.tell("error", limit.message, limit.hint)
        shell.status = 1
    except MachineLeft:
        shell.status = 0
    return Run(
        "".join(shell.output).encode("utf-8", "surrogateescape"),
        shell.status,
        script.problems,
        tuple(session.diagnostics),
    )
