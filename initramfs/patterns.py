"""The regular expressions that modules name, compiled when the image is built.

The image's `re` (overlay/re) takes them from `re._ready`, which `text` writes. Like lean.py
this is handed as text to the target's interpreter, whose compiler it asks: what that gives
fits its own engine and no other.
"""

import ast
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

Pattern = tuple[str | bytes, int]
"""A pattern and the flags that are given beside it."""

_TAKE_FLAGS = {
    **dict.fromkeys(("compile", "template"), 1),
    **dict.fromkeys(("match", "fullmatch", "search", "findall", "finditer"), 2),
    "split": 3,
    "sub": 4,
    "subn": 4,
}
"""Functions of re, and the place of their argument `flags`."""


def named(module: ast.Module) -> Iterator[Pattern]:
    """Yield the patterns that calls of re's functions have as a constant."""
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=name),
                args=[ast.Constant(value=(str() | bytes()) as pattern), *_],
            ) if name in _TAKE_FLAGS:
                flags = _flags(node, _TAKE_FLAGS[name])
                if flags is not None:
                    yield pattern, flags


def _flags(call: ast.Call, place: int) -> int | None:
    """Return the flags of a call, None where they are not known before it runs."""
    given = next((one.value for one in call.keywords if one.arg == "flags"), None)
    if given is None:
        given = call.args[place] if len(call.args) > place else ast.Constant(0)
    return _value(given)


def _value(node: ast.expr) -> int | None:
    match node:
        case ast.Constant(value=int() as value):
            return value
        case ast.Attribute(value=ast.Name(id="re"), attr=name):
            flag = getattr(re, name, None)
            return None if flag is None else int(flag)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            one, other = _value(left), _value(right)
            return None if one is None or other is None else one | other
    return None


def compile_called(modules: Iterable[Any]) -> None:
    """Do what modules that are loaded will do later: have their own functions compile patterns.

    Such a function takes nothing but a pattern and is annotated to return a `re.Pattern`. Its
    calls are made whose argument is put together from constants alone.
    """
    for module in modules:
        names = dict(vars(module))
        makers = {name: value for name, value in names.items() if _makes_pattern(value)}
        file = getattr(module, "__file__", None) or ""
        if not makers or not file.endswith(".py"):
            continue
        with open(file, encoding="utf-8") as source:
            tree = ast.parse(source.read(), file)
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[given], keywords=[]) if name in makers:
                    pattern = _constant(given, names)
                    if pattern is not None:
                        with suppress(re.error):
                            makers[name](pattern)


def _makes_pattern(value: Any) -> bool:
    function = getattr(value, "__wrapped__", value)
    returned = getattr(function, "__annotations__", {}).get("return")
    code = getattr(function, "__code__", None)
    made = getattr(returned, "__origin__", returned)
    return made is re.Pattern and code is not None and code.co_argcount == 1


def _constant(node: ast.expr, names: Mapping[str, Any]) -> str | None:
    """Return a string that is put together from constants, those of the module among them."""
    match node:
        case ast.Constant(value=str() as value):
            return value
        case ast.Name(id=name):
            found = names.get(name)
            return found if isinstance(found, str) else None
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            one, other = _constant(left, names), _constant(right, names)
            return None if one is None or other is None else one + other
    return None


def text(modules: Iterable[ast.Module], compiled: Iterable[Pattern]) -> str:
    """Return the text of `re._ready`: what modules name, and what imports have `compiled`.

    A pattern that is none is left to fail where it is used.
    """
    found = {pattern for module in modules for pattern in named(module)}
    rows = []
    for pattern, flags in sorted({*found, *compiled}, key=repr):
        made = _compiled(pattern, flags)
        if made is not None:
            rows.append(f"    ({pattern!r}, {flags}): {made!r},\n")
    return "READY = {\n" + "".join(rows) + "}\n"


def _compiled(pattern: str | bytes, flags: int) -> tuple[Any, ...] | None:
    """Return what _sre.compile takes: flags, code as 32-bit words, groups, names, indices."""
    # Below the public functions: they keep nothing of the code.
    from re import _compiler, _parser  # type: ignore[attr-defined]

    try:
        parsed = _parser.parse(pattern, flags)
        code = _compiler._code(parsed, flags)
    except re.error:
        return None
    names: dict[str, int] = parsed.state.groupdict
    indices: list[str | None] = [None] * parsed.state.groups
    for name, index in names.items():
        indices[index] = name
    whole = int(flags | parsed.state.flags)
    words = array("I", [int(word) for word in code]).tobytes()
    return whole, words, parsed.state.groups - 1, tuple(names.items()), tuple(indices)
