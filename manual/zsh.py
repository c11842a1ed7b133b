"""Completion for zsh: one function for each verb, each a call of _arguments (zshcompsys(1))."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from manual.grammar import Argument, Command, Kind, Option, Value, commands

_HEAD = """\
#compdef bootpy
# zsh completion for bootpy; made by `python -m manual zsh`.

_bootpy_entries() {
  local -a entries
  entries=(default ${(f)"$(_call_program entries bootpy list --json 2>/dev/null |
    sed -n 's/^      "id": "\\(.*\\)",$/\\1/p')"})
  compadd -a entries
}
"""
_VERBS = """\
  local curcontext=$curcontext state line
  local -a verbs
  _arguments -C -S \\
{options}
    '1:verb:->verb' \\
    '*::argument:->argument' && return
  case $state in
    verb)
      verbs=(
{verbs}
      )
      _describe -t verbs verb verbs
      ;;
    argument)
      case $line[1] in
{functions}
      esac
      ;;
  esac
"""


def completion(root: Command) -> str:
    """Return the script: the file `_bootpy` of a folder in $fpath."""
    parts = [_HEAD]
    for path, command in reversed(list(commands(root))):
        body = _with_verbs(path, command) if command.commands else _alone(command)
        parts.append(f"\n{_function(path)}() {{\n{body}}}\n")
    parts.append('\n_bootpy "$@"\n')
    return "".join(parts)


def _function(path: tuple[str, ...]) -> str:
    return "_".join(("_bootpy", *path))


def _with_verbs(path: tuple[str, ...], command: Command) -> str:
    specs = [line for option in command.options for line in _option(option)]
    return _VERBS.format(
        options="\n".join(f"    {line} \\" for line in specs),
        verbs="\n".join(
            "        " + shlex.quote(f"{one.name}:{_text(one.summary)}") for one in command.commands
        ),
        functions="\n".join(
            f"        {one.name}) {_function((*path, one.name))} ;;" for one in command.commands
        ),
    )


def _alone(command: Command) -> str:
    specs = [line for option in command.options for line in _option(option)]
    specs += [
        _argument(place, argument) for place, argument in enumerate(command.arguments, start=1)
    ]
    return "  _arguments -S \\\n" + " \\\n".join(f"    {line}" for line in specs) + "\n"


def _option(option: Option) -> Iterator[str]:
    value = f":{_text(option.value.name)}:{_action(option.value)}" if option.value else ""
    for name in option.names:
        # An option that was given is not offered again, nor is it under its other names.
        front = "*" if option.repeats else f"({' '.join(option.names)})"
        wanted = "=" if value and name.startswith("--") else ""
        yield shlex.quote(f"{front}{name}{wanted}[{_text(option.help)}]{value}")


def _argument(place: int, argument: Argument) -> str:
    value = argument.value
    where = "*" if value.most != 1 else str(place)
    optional = ":" if not value.least and where != "*" else ""
    return shlex.quote(f"{where}:{optional}{_text(value.name)}:{_action(value)}")


def _action(value: Value) -> str:
    return {
        Kind.WORDS: f"({' '.join(value.words)})",
        Kind.ENTRY: "_bootpy_entries",
        Kind.DIRECTORY: "_files -/",
        Kind.FILE: "_files",
        Kind.OTHER: " ",
    }[value.kind]


def _text(text: str) -> str:
    for special in "\\:[]":
        text = text.replace(special, f"\\{special}")
    return text
