"""The Python that this process runs on, file by file, for an image that runs the same.

The capture image is made on the machine that it is for, of what is installed there: it has the
system's own, current libraries, and nothing has to be built for each architecture and release.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

from bootpy.errors import BootError

# Run by the interpreter in a process of its own, isolated and without site: what it has loaded
# after every import statement of the given modules (those in functions, too) is what they need.
# Modules that are for types alone are not.
_LOOK = """\
import ast, importlib, json, sys
import traceback, warnings, linecache
sys.path[:0] = [{path!r}]
done, waiting = set(), {wanted!r}
def statements(tree):
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module, [alias.name for alias in node.names]
        yield from statements(node)
while waiting:
    name = waiting.pop()
    if name in done:
        continue
    done.add(name)
    module = importlib.import_module(name)
    if not name.startswith("bootpy") or not module.__file__:
        continue
    with open(module.__file__, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for wanted, names in statements(tree):
        waiting.append(wanted)
        for each in names:
            try:
                importlib.import_module(wanted + "." + each)
            except ImportError:
                continue
            waiting.append(wanted + "." + each)
from bootpy.linux import blkid
blkid.probe(blkid.__file__)
skipped = {{"ast", "_ast", "__main__"}}
specs = {{name: getattr(module, "__spec__", None) for name, module in sys.modules.items()}}
files = {{
    name: spec.origin
    for name, spec in specs.items()
    if name not in skipped and spec and spec.has_location
}}
with open("/proc/self/maps") as file:
    rows = [line.split() for line in file]
mapped = sorted({{row[5] for row in rows if len(row) == 6 and row[1] == "r-xp"}})
print(json.dumps([files, [path for path in mapped if path[0] == "/"]]))
"""
_UNCHECKED = b"\1\0\0\0" + bytes(8)  # PEP 552: byte-code that is held against no source


class Python(NamedTuple):
    """An interpreter and what it loads: `modules` are files by module name, `libraries` paths."""

    program: str
    folder: str
    modules: dict[str, str]
    libraries: tuple[str, ...]


def running_python(wanted: list[str]) -> Python:
    """Find out what the running interpreter needs for bootpy's modules `wanted`.

    BootError: one of them cannot be imported.
    """
    folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    # Of a virtual environment: the interpreter that it was made of.
    base: str = getattr(sys, "_base_executable", "") or sys.executable
    program = os.path.realpath(base)
    code = _LOOK.format(path=folder, wanted=wanted)
    done = subprocess.run([program, "-IS", "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise BootError(
            f"{program} cannot load what saves a dump: {' '.join(last)}",
            "install the Debian package python3 whole",
        )
    modules, mapped = json.loads(done.stdout)
    # It has it frozen inside, and yet knows its library by this file.
    modules["os"] = os.__file__
    libraries = tuple(path for path in mapped if os.path.realpath(path) != program)
    return Python(program, folder, modules, libraries)


def byte_code(file: str) -> bytes:
    """Return a source file's byte-code, to stand without it: what Python kept, or made anew."""
    from importlib import util

    try:
        with open(util.cache_from_source(file), "rb") as cached:
            content = cached.read()
        stamp = int.from_bytes(content[8:12], "little")
        found = os.stat(file)
        same = stamp == int(found.st_mtime) & 0xFFFFFFFF
        if content[:4] == util.MAGIC_NUMBER and content[4:8] == bytes(4) and same:
            return util.MAGIC_NUMBER + _UNCHECKED + content[16:]
    except OSError:
        pass
    import marshal

    with open(file, "rb") as source:
        code = compile(source.read(), file, "exec", dont_inherit=True)
    return util.MAGIC_NUMBER + _UNCHECKED + marshal.dumps(code)


def libraries_of(program: str) -> Iterator[str]:
    """Give the libraries of a program, the dynamic linker among them, as that finds them.

    Source: ld.so(8), --list. BootError: it is no program of this machine's.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile
    from elftools.elf.segments import InterpSegment

    try:
        with open(program, "rb") as file:
            names = [
                segment.get_interp_name()
                for segment in ELFFile(file).iter_segments()
                if isinstance(segment, InterpSegment)
            ]
    except (OSError, ELFError) as error:
        raise BootError(f"{program} is no program: {error}", "install its package again") from None
    if not names:
        return
    done = subprocess.run(
        [names[0], "--list", program], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BootError(
            f"{program} lacks a library: {done.stderr.strip() or done.stdout.strip()}",
            "install its package again",
        )
    yield names[0]
    for line in done.stdout.splitlines():
        # "libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x...)"; the linker itself without "=>".
        _, arrow, rest = line.partition(" => ")
        if arrow and rest.startswith("/"):
            yield rest.rpartition(" (")[0]
