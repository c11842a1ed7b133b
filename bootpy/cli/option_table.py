"""`python -m bootpy.cli.option_table VERB...`: the options of verbs as a table for the docs."""

import argparse
import sys
from collections.abc import Iterator

from bootpy.cli.main import parser


def table(*verbs: str) -> str:
    """Return one table (Markdown) of what these verbs take, as their parsers have it."""
    rows: dict[tuple[str, str], list[str]] = {}
    for verb in verbs:
        for row in _rows(_parser_of(verb)):
            rows.setdefault(row, []).append(verb)
    lines = [
        f"| `{words}` | {', '.join(takers)} | {meaning} |"
        for (words, meaning), takers in rows.items()
    ]
    return "\n".join(("| option | verbs | meaning |", "| --- | --- | --- |", *lines, ""))


def _parser_of(verb: str) -> argparse.ArgumentParser:
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            found: argparse.ArgumentParser = action.choices[verb]
            return found
    raise AssertionError("bootpy has no verbs")


def _rows(of: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in of._actions:
        if isinstance(action, argparse._HelpAction) or action.dest == "debug":
            continue
        words = action.option_strings[-1] if action.option_strings else ""
        if action.choices:
            words += " " + "\\|".join(map(str, action.choices))
        elif action.nargs != 0:
            words += f" {action.metavar or action.dest.upper()}"
        yield words.strip(), (action.help or "").strip()


if __name__ == "__main__":
    print(table(*sys.argv[1:]), end="")
