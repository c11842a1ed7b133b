"""Takes the place of the standard library's linecache in the boot image.

The original imports tokenize, which finds out how a source is encoded, and asks importers for
sources. What the image imports has none; a file that a person brings along is read as UTF-8.
"""

import os

cache: dict[str, tuple[int, float, list[str], str]] = {}


def clearcache() -> None:
    """Forget all files."""
    cache.clear()


def getline(filename: str, lineno: int, module_globals: object = None) -> str:
    """Return a line of a file, counted from 1, with its end; "" where there is none."""
    lines = getlines(filename, module_globals)
    return lines[lineno - 1] if 1 <= lineno <= len(lines) else ""


def getlines(filename: str, module_globals: object = None) -> list[str]:
    """Return the lines of a file; none where it cannot be read."""
    known = cache.get(filename)
    return known[2] if known else updatecache(filename, module_globals)


def checkcache(filename: str | None = None) -> None:
    """Forget files that have changed, or one, if it has."""
    for name in list(cache) if filename is None else [filename] if filename in cache else []:
        size, changed, _, path = cache[name]
        try:
            now = os.stat(path)
        except OSError:
            del cache[name]
            continue
        if (now.st_size, now.st_mtime) != (size, changed):
            del cache[name]


def updatecache(filename: str, module_globals: object = None) -> list[str]:
    """Read a file anew, and return its lines."""
    cache.pop(filename, None)
    try:
        with open(filename, encoding="utf-8") as file:
            now, lines = os.stat(file.fileno()), file.readlines()
    except (OSError, ValueError):
        return []
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    cache[filename] = now.st_size, now.st_mtime, lines, filename
    return lines


def lazycache(filename: str, module_globals: object) -> bool:
    """Return False: no importer has sources."""
    return False
