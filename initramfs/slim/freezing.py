"""Modules as byte-code in a C table, which Python's importer for frozen modules reads.

Two files: the byte-code of all modules end to end, and C with a row for each. A third is for the
modules that are imported while the image is built: their byte-code is not needed afterwards, so
that it is read from there and does not come into the program (init.c).
"""

import base64
import json
import struct
from collections.abc import Collection, Sequence
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

def plain(code):
    # What a function is called by in a class stands in no traceback: a string less for each.
    inner = tuple(plain(each) if isinstance(each, type(code)) else each for each in code.co_consts)
    same = all(new is old for new, old in zip(inner, code.co_consts))
    if same and code.co_qualname == code.co_name:
        return code
    return code.replace(co_consts=inner, co_qualname=code.co_name)

done = []
rows = json.load(sys.stdin)
for (_, shown, _), tree in zip(rows, trees(rows)):
    code = compile(tree, shown, "exec", dont_inherit=True, optimize=2)
    done.append(base64.b64encode(marshal.dumps(plain(code))).decode())
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


# As init.c reads it: how long the name and the byte-code are, and whether it is a package.
_HEAD = struct.Struct("=III")


def freeze(
    python: Python, magic: int, modules: Sequence[Frozen], early: Collection[str], folder: Path
) -> tuple[Path, Path]:
    """Write frozen.c, with modules.bin, and early.bin to `folder`; return the first and the last.

    `early` are the names of those imported while the image is built. `magic` is the number of
    the byte-code that the interpreter built from source runs. Rows stand in the order of
    `modules`: the importer compares names one by one.
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
    inside, outside, rows = bytearray(), bytearray(), []
    for each, code in zip(modules, codes, strict=True):
        if each.name in early:
            name = each.name.encode() + b"\0"
            outside += _HEAD.pack(len(name), len(code), each.is_package) + name + code
            continue
        package = "true" if each.is_package else "false"
        at = f"modules + {len(inside)}"
        rows.append(f'    {{"{each.name}", {at}, {len(code)}, {package}, NULL}},')
        inside += code
    data, table, kept = (folder / name for name in ("modules.bin", "frozen.c", "early.bin"))
    data.write_bytes(inside)
    kept.write_bytes(outside)
    table.write_text(_TABLE.format(rows="\n".join(rows), data=data))
    return table, kept


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
const struct _frozen *_PyImport_FrozenBootstrap = none;
const struct _frozen *_PyImport_FrozenStdlib = ours;
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
