"""The interpreter's table of modules written in C (CPython's Modules/config.c)."""

from collections.abc import Iterable
from pathlib import Path

# Those of the interpreter itself, with functions that are not named by the rule; the two
# without a function are made before any table is read. _ast is not among them (trees.c).
_INSIDE = {
    "marshal": "PyMarshal_Init",
    "_imp": "PyInit__imp",
    "_tokenize": "PyInit__tokenize",
    "builtins": "NULL",
    "sys": "NULL",
    "gc": "PyInit_gc",
    "_warnings": "_PyWarnings_Init",
    "_string": "PyInit__string",
}


def write(modules: Iterable[str], path: Path) -> Path:
    """Write C for the table of `modules` and the interpreter's own to `path`; return it."""
    functions = {name: f"PyInit_{name}" for name in modules} | _INSIDE
    declared = [
        f"extern PyObject *{function}(void);"
        for function in functions.values()
        if function != "NULL"
    ]
    rows = [f'    {{"{name}", {function}}},' for name, function in functions.items()]
    lines = [
        '#include "Python.h"',
        *declared,
        "struct _inittab _PyImport_Inittab[] = {",
        *rows,
        "    {0, 0}",
        "};",
    ]
    path.write_text("\n".join(lines) + "\n")
    return path
