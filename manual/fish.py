"""Completion for fish: one `complete` for each thing that can be typed."""

from __future__ import annotations

from collections.abc import Iterator

from manual.grammar import Command, Kind, Option, Value, commands

_HEAD = """\
# fish completion for bootpy; made by `python -m manual fish`.

function __bootpy_entries
    echo default
    bootpy list --json 2>/dev/null | string replace -fr '^      "id": "(.*)",$' '$1'
end

# Words that are no options, the first of which are verbs.
function __bootpy_typed
    set -l words (commandline -opc)
    set -e words[1]
    string match -v -- '-*' $words
end

# Whether these verbs are the first of them.
function __bootpy_at
    set -l typed (__bootpy_typed)
    for verb in $argv
        test "$typed[1]" = $verb
        or return 1
        set -e typed[1]
    end
end

# Whether these verbs are all of them.
function __bootpy_just_at
    set -l typed (__bootpy_typed)
    test "$typed" = "$argv"
end

complete -c bootpy -f
"""


def completion(root: Command) -> str:
    """Return the script."""
    lines = [line for path, command in commands(root) for line in _command(path, command)]
    return _HEAD + "".join(f"{line}\n" for line in lines)


def _command(path: tuple[str, ...], command: Command) -> Iterator[str]:
    at, just_at = (
        f"complete -c bootpy -n {_quoted(' '.join((name, *path)))}"
        for name in ("__bootpy_at", "__bootpy_just_at")
    )
    for one in command.commands:
        yield f"{just_at} -a {_quoted(one.name)} -d {_quoted(one.summary)}"
    for option in command.options:
        yield f"{just_at if command.commands else at} {_option(option)}"
    for argument in command.arguments:
        given = _given(argument.value)
        if given:
            yield f"{at} {given}"


def _option(option: Option) -> str:
    names = " ".join(
        f"-l {_quoted(name[2:])}"
        if name.startswith("--")
        else f"{'-s' if len(name) == 2 else '-o'} {_quoted(name[1:])}"
        for name in option.names
    )
    value = _behind(option.value) if option.value else ""
    return f"{names}{value} -d {_quoted(option.help)}"


def _behind(value: Value) -> str:
    """What completes the value of an option: file names only where it is one."""
    return " -r -F" if value.kind is Kind.FILE else f" -x {_given(value)}".rstrip()


def _given(value: Value) -> str:
    match value.kind:
        case Kind.WORDS:
            return f"-a {_quoted(' '.join(value.words))}"
        case Kind.ENTRY:
            return "-a '(__bootpy_entries)'"
        case Kind.DIRECTORY:
            return "-a '(__fish_complete_directories)'"
        case Kind.FILE:
            return "-F"
        case Kind.OTHER:
            return ""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
