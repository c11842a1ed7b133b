"""Takes the place of the standard library's re in the boot image: the same, without waiting.

The original compiles each pattern when it is first used, in Python, and imports enum for its
flags: together a third of what the loader's own imports cost. Here the patterns that the
image's modules name were compiled when the image was built (`re._ready`), by the same
interpreter; every other pattern is compiled by the original's own compiler, imported then.
Flags are plain integers. Undocumented parts (Scanner, template) are left out.
"""

import _sre  # type: ignore[import-not-found]

TYPE_CHECKING = False  # typing imports re
if TYPE_CHECKING:
    from typing import Any

_MOST_KEPT = 512

# Lib/re/_constants.py; _sre checks the patterns against its own MAGIC.
NOFLAG = 0
IGNORECASE = I = 2
LOCALE = L = 4
MULTILINE = M = 8
DOTALL = S = 16
UNICODE = U = 32
VERBOSE = X = 64
DEBUG = 128
ASCII = A = 256
RegexFlag = int

Pattern = type(_sre.compile("", U, [1], 0, {}, (None,)))  # 1 is SUCCESS
Match = type(_sre.compile("", U, [1], 0, {}, (None,)).match(""))

_kept: "dict[Any, Any]" = {}


def __getattr__(name: str) -> "Any":
    if name == "error":
        from re._constants import error  # type: ignore[import-not-found]

        return error
    raise AttributeError(f"module 're' has no attribute {name!r}")


def _compile(pattern: "Any", flags: int) -> "Any":
    try:
        return _kept[type(pattern), pattern, flags]
    except KeyError:
        pass
    if isinstance(pattern, Pattern):
        if flags:
            raise ValueError("cannot process flags argument with a compiled pattern")
        return pattern
    from re._ready import READY  # type: ignore[import-not-found]

    ready = READY.get((pattern, flags)) if isinstance(pattern, (str, bytes)) else None
    if ready is None:
        from re import _compiler  # type: ignore[attr-defined]

        if not isinstance(pattern, (str, bytes)):
            raise TypeError("first argument must be string or compiled pattern")
        found = _compiler.compile(pattern, flags)
    else:
        whole, code, groups, names, indices = ready
        found = _sre.compile(
            pattern, whole, list(memoryview(code).cast("I")), groups, dict(names), indices
        )
    if not flags & DEBUG:
        if len(_kept) >= _MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[type(pattern), pattern, flags] = found
    return found


def compile(pattern: "Any", flags: int = 0) -> "Any":
    return _compile(pattern, flags)


def match(pattern: "Any", string: "Any", flags: int = 0) -> "Any":
    return _compile(pattern, flags).match(string)


def fullmatch(pattern: "Any", string: "Any", flags: int = 0) -> "Any":
    return _compile(pattern, flags).fullmatch(string)


def search(pattern: "Any", string: "Any", flags: int = 0) -> "Any":
    return _compile(pattern, flags).search(string)


def sub(pattern: "Any", repl: "Any", string: "Any", count: int = 0, flags: int = 0) -> "Any":
    return _compile(pattern, flags).sub(repl, string, count)


def subn(pattern: "Any", repl: "Any", string: "Any", count: int = 0, flags: int = 0) -> "Any":
    return _compile(pattern, flags).subn(repl, string, count)


def split(pattern: "Any", string: "Any", maxsplit: int = 0, flags: int = 0) -> "Any":
    return _compile(pattern, flags).split(string, maxsplit)


def findall(pattern: "Any", string: "Any", flags: int = 0) -> "Any":
    return _compile(pattern, flags).findall(string)


def finditer(pattern: "Any", string: "Any", flags: int = 0) -> "Any":
    return _compile(pattern, flags).finditer(string)


def purge() -> None:
    _kept.clear()


_SPECIAL = {i: "\\" + chr(i) for i in b"()[]{}?*+-|^$\\.&~# \t\n\r\v\f"}


def escape(pattern: "Any") -> "Any":
    if isinstance(pattern, str):
        return pattern.translate(_SPECIAL)
    return str(pattern, "latin1").translate(_SPECIAL).encode("latin1")


# What _sre itself asks this module for.


def _expand(pattern: "Any", match: "Any", template: "Any") -> "Any":
    from re import _parser  # type: ignore[attr-defined]

    return _parser.expand_template(_parser.parse_template(template, pattern), match)


def _subx(pattern: "Any", template: "Any") -> "Any":
    from re import _parser  # type: ignore[attr-defined]

    parsed = _parser.parse_template(template, pattern)
    if not parsed[0] and len(parsed[1]) == 1:
        return parsed[1][0]
    return lambda match: _parser.expand_template(parsed, match)
