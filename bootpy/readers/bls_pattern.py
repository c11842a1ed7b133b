"""The patterns by which loader.conf and systemd-boot's variables name an entry.

They are glob patterns, though not those of fnmatch(3): there is no negated set, and a
backslash takes the next character as it is. Source: efi_fnmatch() of systemd's
src/boot/efi-string.c.
"""

from collections.abc import Iterable


def matches(pattern: str, names: Iterable[str]) -> bool:
    """Whether `pattern` means an entry that goes by any of `names`, without regard to case."""
    tokens = _tokens(pattern.lower())
    return tokens is not None and any(_match(tokens, name.lower()) for name in names)


_ANY = "*"
_Token = str | frozenset[tuple[str, str]] | None
"""`_ANY`, None for any one character, or the ranges of which a character has to be."""


def _tokens(pattern: str) -> list[_Token] | None:
    """Return the pattern's parts; None where it is malformed, and so matches nothing."""
    tokens: list[_Token] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "*":
            if tokens[-1:] != [_ANY]:
                tokens.append(_ANY)
        elif character == "?":
            tokens.append(None)
        elif character == "[":
            found = _set(pattern, at)
            if found is None:
                return None
            ranges, at = found
            tokens.append(ranges)
        else:
            if character == "\\":
                if at == len(pattern):
                    return None
                character, at = pattern[at], at + 1
            tokens.append(frozenset({(character, character)}))
    return tokens


def _set(pattern: str, at: int) -> tuple[frozenset[tuple[str, str]], int] | None:
    """Read a set from behind its bracket; its ranges and where it ends, None where it does not."""
    ranges: list[tuple[str, str]] = []
    first = can_range = True
    while at < len(pattern):
        character = pattern[at]
        if character == "]" and not first:
            return frozenset(ranges), at + 1
        if character == "-" and can_range and not first and pattern[at + 1 : at + 2] != "]":
            at += 2 if pattern[at + 1 : at + 2] == "\\" else 1
            if at >= len(pattern):
                return None
            ranges.append((ranges[-1][1], pattern[at]))
            can_range = False
        else:
            if character == "\\":
                at += 1
                if at == len(pattern):
                    return None
                character = pattern[at]
            ranges.append((character, character))
            can_range = True
        at += 1
        first = False
    return None


def _match(tokens: list[_Token], name: str) -> bool:
    """Match a whole name; only the last star is ever gone back to, so time is bounded."""
    token = at = 0
    star, resumed = -1, 0
    while at < len(name):
        if token < len(tokens) and tokens[token] == _ANY:
            star, resumed = token, at
            token += 1
        elif token < len(tokens) and _one(tokens[token], name[at]):
            token, at = token + 1, at + 1
        elif star >= 0:
            resumed += 1
            token, at = star + 1, resumed
        else:
            return False
    return all(rest == _ANY for rest in tokens[token:])


def _one(token: _Token, character: str) -> bool:
    if not isinstance(token, frozenset):
        return token is None
    return any(low <= character <= high for low, high in token)
