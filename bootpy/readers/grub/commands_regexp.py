"""regexp: match, and set variables to what the groups matched."""

from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.options import Option, take_apart


def regexp(shell: Evaluator, arguments: list[str]) -> int:
    """Match an extended regular expression anywhere in a string; --set [GROUP:]NAME."""
    from bootpy.readers.grub.extended_regexp import Pattern
    from bootpy.readers.grub.regexp_syntax import PatternFault

    found = take_apart(arguments, (Option("set", "s", "value"),))
    if found.fault or len(found.arguments) != 2:
        return status.BAD_ARGUMENT
    text = found.arguments[1]
    shell.session.budget.charge(20 * len(found.arguments[0]))
    try:
        pattern = Pattern(found.arguments[0])
        shell.session.budget.charge(500 + 12 * pattern.work(text))
        groups = pattern.search(text)
    except PatternFault as fault:
        shell.tell("warning", f"regexp: {fault}", "correct the pattern")
        return status.FALSE
    if groups is None:
        return status.FALSE
    for setting in found.all("set"):
        group, colon, name = setting.partition(":")
        if not colon:
            group, name = "1", setting
        elif group and not (group.isascii() and group.isdigit() and len(group) < 20):
            return status.BAD_ARGUMENT
        number = int(group or "0")
        matched = groups[number] if number < len(groups) else None
        shell.set(name, matched or "")
    return status.OK


ACTIONS: dict[str, Action] = {"regexp": regexp}
