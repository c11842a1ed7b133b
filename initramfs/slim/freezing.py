"""Modules as byte-code in a C table, which Python's importer for frozen modules reads.

Two files: the byte-code of all modules end to end, and C with a row for each. The byte-code
is plain marshal data: "deep-freezing", which CPython's own build does, makes wrong strings in
3.11 of texts with a backslash before a letter.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bootpy.errors import BootError
from initramfs.python import Python, lean

# The importer itself, which the interpreter looks for by these names and not by those of its
# files; tracebacks leave it out by what stands in it as its file.
BOOTSTRAP = {
    "_frozen_importlib": ("importlib/_bootstrap.py", "<frozen importlib._bootstrap>"),
    "_frozen_importlib_external": (
        "importlib/_bootstrap_external.py",
        "<frozen importlib._bootstrap_external>",
    ),
}

_FREEZE = """
import base64, json, marshal, sys
done = []
rows = json.load(sys.stdin)
for (_, shown, _), tree in zip(rows, trees(rows)):
    code = compile(tree, shown, "exec", dont_inherit=True, optimize=2)
    done.append(base64.b64encode(marshal.dumps(code)).decode())
json.dump(done, sys.stdout)
"""


@dataclass(frozen=True)
class Frozen:
    """A module to freeze: `shown` is what tracebacks call its `file`."""

    name: str
    file: Path
    shown: str
    is_package: bool = False
    is_ours: bool = False


def freeze(python: Python, magic: int, modules: Sequence[Frozen], folder: Path) -> Path:
    """Write modules.bin and frozen.c to `folder`; return the latter.

    `magic` is the number of the byte-code that the interpreter built from source runs.
    Rows stand in the order of `modules`: the importer compares names one by one.
    """
    if python.magic() != magic:
        raise BootError(
            f"Python {python.version} of the packages writes other byte-code than the one of the "
            "source reads",
            f"Name a source of Python {python.version} as [python] source in the profile.",
        )
    job = [[str(each.file), each.shown, each.is_ours] for each in modules]
    script = f"{lean()}\n{_FREEZE}"
    codes = [base64.b64decode(text) for text in json.loads(python.run(script, job))]
    (folder / "modules.bin").write_bytes(b"".join(codes))
    rows, at = [], 0
    for each, code in zip(modules, codes, strict=True):
        package = "true" if each.is_package else "false"
        rows.append(f'    {{"{each.name}", modules + {at}, {len(code)}, {package}, NULL}},')
        at += len(code)
    text = _TABLE.format(rows="\n".join(rows), data=folder / "modules.bin")
    path = folder / "frozen.c"
    path.write_text(text)
    return path


_TABLE = """\
#include "Python.h"
#include "pycore_import.h"
#include <stdbool.h>

extern const unsigned char modules[];
__asm__(
    ".section .rodata.modules, \\"a\\"\\n"
    ".balign 16\\n"
    ".globl modules\\n"
    "modules: .incbin \\"{data}\\"\\n"
    ".previous\\n");

static const struct _frozen ours[] = {{
{rows}
    {{0, 0, 0}}
}};
static const struct _frozen none[] = {{{{0, 0, 0}}}};
const struct _frozen *_PyImport_FrozenBootstrap = ours;
const struct _frozen *_PyImport_FrozenStdlib = none;
const struct _frozen *_PyImport_FrozenTest = none;
const struct _frozen *PyImport_FrozenModules = NULL;

static const struct _module_alias aliases[] = {{
    {{"_frozen_importlib", "importlib._bootstrap"}},
    {{"_frozen_importlib_external", "importlib._bootstrap_external"}},
    {{0, 0}}
}};
const struct _module_alias *_PyImport_FrozenAliases = aliases;

/* The interpreter has objects made ready by deep-freezing; ours has none. */
int
_Py_Deepfreeze_Init(void)
{{
    return 0;
}}

void
_Py_Deepfreeze_Fini(void)
{{
}}
"""
