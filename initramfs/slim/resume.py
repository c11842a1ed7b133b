"""Runs in the slim program: readies an interpreter for being kept, and takes it up again.

`prepare` runs once, when the image is built; what is in memory then is written into the program
(snapshot.py). `resume` runs at each start, in place of the interpreter's own start and of the
imports. It gives back what belongs to a process and not to its memory: the streams, the
environment, and where the libraries lie that were opened.
"""

import _ctypes
import ctypes
import gc
import io
import os
import sys
import time
from collections.abc import Iterable, Sequence

_STREAMS = ("stdin", "stdout", "stderr")
# Libraries with the functions that were asked for so far, each with its name.
_opened: list[tuple[ctypes.CDLL, list[tuple["ctypes.c_void_p", str]]]] = []


def prepare(modules: Iterable[str]) -> None:
    """Import `modules`, and forget what no other process may find.

    RuntimeError: something points to where only this process has something.
    """
    # What reads the clock while it is imported reads it again in `resume`.
    clock, time.monotonic = time.monotonic, _midnight
    for name in modules:
        __import__(name)
    time.monotonic = clock
    gc.collect()
    found = gc.get_objects()
    functions = {id(each): each for each in found if isinstance(each, _ctypes.CFuncPtr)}
    for library in [each for each in found if isinstance(each, ctypes.CDLL)]:
        named = []
        for name, function in vars(library).items():
            if functions.pop(id(function), None) is not None:
                named.append((_address(function), name))
        for place, _ in named:
            place.value = None
        library._handle = 0
        _opened.append((library, named))
    # Those that are left are of this program, which lies where the linker put it.
    strange = [each for each in functions.values() if (_address(each).value or 0) >> 32]
    if strange:
        raise RuntimeError(f"functions of libraries that cannot be found again: {strange}")
    for name in _STREAMS:
        _set_stream(name, None)
    os.environ.clear()
    gc.collect()
    # What is kept stays for ever: the collector need not look at it.
    gc.freeze()


def resume(arguments: Sequence[str], environment: Iterable[tuple[bytes, bytes]]) -> None:
    """Give the interpreter what this process has. OSError: a library cannot be opened."""
    began = time.monotonic()
    # An error is told on the last of them.
    for number in (2, 1, 0):
        _set_stream(_STREAMS[number], _stream(number))
    sys.argv = sys.orig_argv = list(arguments)
    os.environ._data.update(environment)  # type: ignore[attr-defined]
    for library, functions in _opened:
        library._handle = _ctypes.dlopen(library._name, ctypes.DEFAULT_MODE)
        for place, name in functions:
            place.value = _ctypes.dlsym(library._handle, name)
    package = sys.modules.get("bootpy.init")
    if package is not None:
        package.BEGAN = began  # type: ignore[attr-defined]


def _midnight() -> float:
    return 0.0


def _address(function: "_ctypes.CFuncPtr") -> "ctypes.c_void_p":
    """Return the pointer that a function of a library is called through."""
    return ctypes.c_void_p.from_address(ctypes.addressof(function))


def _set_stream(name: str, stream: io.TextIOWrapper | None) -> None:
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def _stream(number: int) -> io.TextIOWrapper | None:
    """Open a standard stream as the interpreter does when it starts (Python/pylifecycle.c)."""
    mode = "w" if number else "r"
    try:
        raw = io.FileIO(number, mode, closefd=False)
    except OSError:
        return None
    raw.name = f"<{_STREAMS[number]}>"
    stream = io.TextIOWrapper(
        io.BufferedWriter(raw) if number else io.BufferedReader(raw),
        "utf-8",
        "backslashreplace" if number == 2 else "surrogateescape",
        newline="\n",
        line_buffering=number == 2 or raw.isatty(),
    )
    setattr(stream, "mode", mode)  # noqa: B010  (read-only by its declared type)
    return stream
