"""What the machines' tests have in common: the type of their fixture, and the rescue prompt."""

from collections.abc import Callable

from qemu.guest import Guest
from qemu.scenarios import Scenario

Start = Callable[..., Scenario]
"""The fixture `start`: machine (and system) in, scenario out."""

PROMPT = r"\r?\n>>> "


def at_prompt(guest: Guest, line: str, timeout: float = 120) -> str:
    """Type a line at the rescue prompt and return what it printed."""
    guest.console.line(line)
    # Anchored: a search that begins at every character takes minutes for the kernel's log.
    return guest.expect(rf"(?s)\A(.*?){PROMPT}", timeout=timeout)[1]
