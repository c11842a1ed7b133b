"""Completion for bash, loaded by the package bash-completion and made with its functions."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from manual.grammar import Command, Kind, Value, commands

# Names of entries hold colons, at which bash ends a word: what stands before is taken off.
_HEAD = """\
# bash completion for bootpy; made by `python -m manual bash`.

_bootpy_words()
{
    local word cur=$1
    shift
    for word; do
        # No compgen -W: it expands its words, and names of entries are whatever a disk says.
        [[ $word != "$cur"* ]] || COMPREPLY+=("$word")
    done
}

_bootpy_entries()
{
    local -a ids
    mapfile -t ids < <(bootpy list --json 2>/dev/null |
        sed -n 's/^      "id": "\\(.*\\)",$/\\1/p')
    _bootpy_words "$1" default "${ids[@]}"
    __ltrim_colon_completions "$1"
    ((!${#COMPREPLY[@]})) || mapfile -t COMPREPLY < <(printf '%q\\n' "${COMPREPLY[@]}")
}

_bootpy()
{
    local cur prev words cword
    _init_completion -n := || return
    local path= place=0 option= value=$cur word i
    for ((i = 1; i < cword; i++)); do
        word=${words[i]}
        if [[ $option ]]; then
            option=
            continue
        fi
        case "$path $word" in
"""
_OPTION_OR_PLACE = """\
            *" -"?*) ;;
            *) ((place += 1)) ;;
        esac
    done
    if [[ -z $option && $cur == --*=* ]]; then
        option=${cur%%=*}
        value=${cur#*=}
    fi
    if [[ $option ]]; then
        case "$path $option" in
"""
_NAMES = """\
        esac
        return
    fi
    if [[ $cur == -* ]]; then
        case "$path" in
"""
_PLACES = """\
        esac
        return
    fi
    case "$path $place" in
"""
_TAIL = """\
    esac
} &&
    complete -F _bootpy bootpy
"""


def completion(root: Command) -> str:
    """Return the script."""
    found = [("".join(f" {word}" for word in path), command) for path, command in commands(root)]
    return "".join(
        (
            _HEAD,
            *(
                f'            {shlex.quote(path)}) path="$path $word" place=0 ;;\n'
                for path, _ in found[1:]
            ),
            *(
                f"            {shlex.quote(f'{path} {name}')}) option=$word ;;\n"
                for path, name, _ in _valued(found)
            ),
            _OPTION_OR_PLACE,
            *(
                f"            {shlex.quote(f'{path} {name}')}) {_complete(value)} ;;\n"
                for path, name, value in _valued(found)
            ),
            _NAMES,
            *(
                f"            {shlex.quote(path)}) {_words(_names(one))} ;;\n"
                for path, one in found
            ),
            _PLACES,
            *(f"        {line} ;;\n" for path, command in found for line in _places(path, command)),
            _TAIL,
        )
    )


def _valued(found: list[tuple[str, Command]]) -> Iterator[tuple[str, str, Value]]:
    for path, command in found:
        for option in command.options:
            if option.value:
                for name in option.names:
                    yield path, name, option.value


def _names(command: Command) -> list[str]:
    return [name for option in command.options for name in option.names]


def _places(path: str, command: Command) -> Iterator[str]:
    if command.commands:
        yield f"{shlex.quote(f'{path} 0')}) {_words([one.name for one in command.commands])}"
    for place, argument in enumerate(command.arguments):
        # The last one may be there several times: in all places that are left.
        pattern = shlex.quote(f"{path} {place}")
        if argument.value.most != 1:
            pattern = f"{shlex.quote(f'{path} ')}*"
        yield f"{pattern}) {_complete(argument.value)}"


def _complete(value: Value) -> str:
    match value.kind:
        case Kind.WORDS:
            return _words(value.words)
        case Kind.ENTRY:
            return '_bootpy_entries "$value"'
        case Kind.DIRECTORY:
            return "cur=$value; _filedir -d"
        case Kind.FILE:
            return "cur=$value; _filedir"
        case Kind.OTHER:
            return ":"


def _words(words: Iterable[str]) -> str:
    return f'_bootpy_words "$value" {shlex.join(words)}'
