"""Take words of a GRUB script apart: quoted pieces, variables, escapes."""

import re
from functools import cache

from bootpy.readers.grub.syntax import Part, Word

VARIABLE = r"\$(?:[A-Za-z_]\w*|[0-9]+|[?#*@]|\{(?:[A-Za-z_]\w*|[0-9]+|[?#*@])\})"
_PLAIN = r"[^$'\"\\*?]*"
PIECE = (
    "(" + VARIABLE + r""")|'([^']*)'|"((?>(?:[^"\\]++|\\.)*))"|\$"((?>(?:[^"\\]++|\\.)*))"|"""
    r"""((?>(?:[^$'"\\]++|\\.)+))"""
)


@cache
def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed; a dot takes new lines, classes are ASCII."""
    return re.compile(text, re.DOTALL | re.ASCII)


def split_word(raw: str) -> Word:
    """Take a word apart; a plain string where nothing in it asks for expansion."""
    if pattern(_PLAIN).fullmatch(raw):
        return raw
    if raw[0] == "'" and raw.find("'", 1) == len(raw) - 1:
        return (Part("quoted", raw[1:-1]),)
    parts: list[Part] = []
    for found in pattern(PIECE).finditer(raw):
        value = found[found.lastindex or 0]
        match found.lastindex:
            case 1:
                parts.append(Part("variable", _name(value)))
            case 2:
                parts.append(Part("quoted", value))
            case 3:
                parts += _double_quoted(value)
            case 4:
                # GRUB takes for translatable what stands before the mark, too.
                if parts and parts[-1].kind == "text":
                    parts[-1] = Part("gettext", parts[-1].text)
                parts.append(Part("gettext", _gettext(value)))
            case _:
                parts.append(Part("text", value.replace("\\\n", "")))
    return tuple(parts)


def _double_quoted(inside: str) -> list[Part]:
    parts = []
    for found in pattern("(" + VARIABLE + r")|((?>(?:[^$\\]++|\\.)+))").finditer(inside):
        if found[1]:
            parts.append(Part("quoted variable", _name(found[1])))
        else:
            text = pattern(r'\\([$\\"\n])').sub(_unescape, found[2])
            parts.append(Part("quoted", text))
    # "" and "$nothing" are arguments; $nothing is none.
    if not parts or parts[-1].kind != "quoted":
        parts.append(Part("quoted", ""))
    return parts


def _gettext(inside: str) -> str:
    return pattern(r'\\(["\n])|(\\\\)').sub(lambda m: m[2] or _unescape(m), inside)


def _unescape(found: re.Match[str]) -> str:
    return "" if found[1] == "\n" else found[1]


def _name(variable: str) -> str:
    return variable[2:-1] if variable[1] == "{" else variable[1:]
