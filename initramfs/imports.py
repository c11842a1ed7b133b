"""Which modules bootpy may import when it runs: every import statement, found in its source.

Statements inside functions count too: those are the ones that a boot reaches late.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bootpy.errors import BootError


@dataclass(frozen=True)
class Import:
    """One import statement: absolute source text, and where it stands.

    `optional` says that an ImportError is caught around it.
    """

    text: str
    place: str
    optional: bool = False


def imports(path: Path, module: str) -> list[Import]:
    """Return the import statements of the file at `path`, which is the module `module`.

    Those under `if TYPE_CHECKING` never run and are left out. BootError for a file that
    does not parse.
    """
    try:
        parsed = ast.parse(path.read_bytes(), str(path))
    except SyntaxError as error:
        raise BootError(f"{path}:{error.lineno}: {error.msg}", "Mend the file.") from None
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return list(_statements(parsed, path, package, optional=False))


def codecs(path: Path) -> set[str]:
    """Return names of codecs that the file uses: `.decode("utf-16-le")`, `encoding="..."`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        values = [word.value for word in node.keywords if word.arg == "encoding"]
        if called in {"encode", "decode"}:
            values += node.args[:1]
        names.update(
            value.value
            for value in values
            if isinstance(value, ast.Constant) and isinstance(value.value, str)
        )
    return names


def _statements(node: ast.AST, path: Path, package: str, optional: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            text = ast.unparse(_absolute(child, package))
            yield Import(text, f"{path}:{child.lineno}", optional)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _statements(ast.Module(child.orelse, []), path, package, optional)
        elif isinstance(child, ast.Try):
            caught = " ".join(ast.unparse(each.type) for each in child.handlers if each.type)
            guarded = "ImportError" in caught or "ModuleNotFoundError" in caught
            body = ast.Module(child.body, [])
            yield from _statements(body, path, package, optional or guarded)
            for handler in child.handlers:
                yield from _statements(handler, path, package, optional)
            rest = ast.Module([*child.orelse, *child.finalbody], [])
            yield from _statements(rest, path, package, optional)
        else:
            yield from _statements(child, path, package, optional)


def _absolute(node: ast.Import | ast.ImportFrom, package: str) -> ast.Import | ast.ImportFrom:
    if isinstance(node, ast.Import) or not node.level:
        return node
    parents = package.split(".")
    base = parents[: len(parents) - node.level + 1]
    return ast.ImportFrom(".".join([*base, *filter(None, [node.module])]), node.names, 0)
