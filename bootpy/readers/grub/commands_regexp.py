"""regexp: match, and set variables to what the groups matched."""

import re

from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.options import Option, take_apart

_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
}


def regexp(shell: Evaluator, arguments: list[str]) -> int:
    """Match an extended regular expression anywhere in a string; --set [GROUP:]NAME."""
    found = take_apart(arguments, (Option("set", "s", "value"),))
    if found.fault or len(found.arguments) != 2:
        return status.BAD_ARGUMENT
    try:
        pattern = re.compile(_translated(found.arguments[0]), re.DOTALL)
    except (re.error, RecursionError, OverflowError):
        return status.FALSE
    if len(found.arguments[1]) > 4096:
        return status.FALSE
    match = pattern.search(found.arguments[1])
    if match is None:
        return status.FALSE
    for setting in found.all("set"):
        group, colon, name = setting.partition(":")
        if not colon:
            group, name = "1", setting
        if not group.isdigit() or not name:
            return status.BAD_ARGUMENT
        number = int(group)
        if number <= (pattern.groups or 0):
            shell.set(name, match[number] or "")
    return status.OK


def _translated(pattern: str) -> str:
    """POSIX extended to Python's: bracket expressions, where a backslash is plain."""

    def bracket(found: re.Match[str]) -> str:
        inside = found[2]
        inside = re.sub(
            r"\[:(\w+):\]|(\\)|(\[)",
            lambda m: _CLASSES.get(m[1], "") if m[1] else "\\" + (m[2] or m[3]),
            inside,
        )
        return f"[{found[1]}{inside}]"

    return re.sub(
        r"(?s)\[(\^?)(\]?(?:\[:\w+:\]|[^\]])*)\]|\\.",
        lambda m: m[0] if m[0][0] == "\\" else bracket(m),
        pattern,
    )


ACTIONS: dict[str, Action] = {"regexp": regexp}
