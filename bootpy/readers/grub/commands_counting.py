"""increment and decrement: Red Hat's commands that count boots in a variable.

Source: grub-core/commands/increment.c of Red Hat's GRUB, where a value that is no number
is an error and stays as it is.
"""

import re

from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, Evaluator

_LARGEST = 2**31 - 1
"""C's int, which is what they count in."""


def _count(step: int) -> Action:
    def action(shell: Evaluator, arguments: list[str]) -> int:
        if len(arguments) != 1:
            return status.BAD_ARGUMENT
        value = shell.value(arguments[0])
        if value is None or not re.fullmatch(r"\s*[-+]?[0-9]{1,10}\s*", value):
            return status.BAD_ARGUMENT
        number = int(value) + step
        if abs(number) > _LARGEST:
            return status.BAD_ARGUMENT
        shell.set(arguments[0], str(number))
        return status.OK

    return action


ACTIONS: dict[str, Action] = {"increment": _count(1), "decrement": _count(-1)}
