"""The words, nests and file names of a format: written down, and mined from its reader."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from bootpy.readers.table import Row

_WRITTEN = Path(__file__).with_name("words.toml")
_WEIGHT = 4
_SHARED = ("bootpy.readers.table", "bootpy.readers.files", "bootpy.readers.reading")


class Vocabulary(NamedTuple):
    """What a format's texts are made of; `endings` are those of file names (".conf").

    Words that are written down are among `words` several times: they are the format's own.
    """

    words: tuple[str, ...]
    common: tuple[str, ...]
    nests: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    endings: tuple[str, ...]


@cache
def vocabulary(row: Row) -> Vocabulary:
    """Collect the words of a row's format. Its reader is imported."""
    written = tomllib.loads(_WRITTEN.read_text())
    own, common = written.get(row.format, {}), written["any"]
    texts = [text for source in _sources(row.module) for text in _texts(source)]
    mined = {word for text in texts for word in text.split() if len(word) <= 40}
    endings = {text for text in texts if re.fullmatch(r"(\.[a-z][a-z0-9_-]{1,9}){1,2}", text)}
    endings |= {place.partition("*")[2] for place in row.places if "*" in place}
    names = {text for text in texts if re.fullmatch(r"[\w+-]+(\.[\w+-]+)+", text)}
    return Vocabulary(
        words=(*own.get("words", "").split() * _WEIGHT, *sorted(mined)),
        common=(*common["words"].split(), *common["strange"]),
        nests=tuple((pair[0], pair[1]) for pair in (*own.get("nest", ()), *common["nest"])),
        names=tuple(sorted({*own.get("names", "").split(), *common["names"].split(), *names})),
        endings=tuple(sorted(endings)),
    )


def _sources(module: str) -> Iterator[str]:
    """The sources of a reader: its package or module, and the readers' modules it imports."""
    import_module(module)
    package = module.rpartition(".")[0]
    inside = package if package != "bootpy.readers" else module
    waiting = [name for name in sys.modules if name == module or name.startswith(f"{inside}.")]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or name in _SHARED:
            continue
        seen.add(name)
        file = sys.modules[name].__file__
        if not file:
            continue
        source = Path(file).read_text()
        yield source
        waiting += [
            found
            for found in re.findall(r"(?:from|import) (bootpy\.readers[\w.]*)", source)
            if found in sys.modules
        ]


def _texts(source: str) -> Iterator[str]:
    """The short text constants of a source: keys, names, signs, and no sentences."""
    tree = ast.parse(source)
    # A text that is a statement of its own is a docstring.
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in told:
            continue
        value = node.value
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        if isinstance(value, str) and value and (" " not in value or _is_list(value)):
            yield from value.split()
            yield value


def _is_list(text: str) -> bool:
    """Whether it is a list of words in one string, and not a sentence."""
    return "\n" in text or not re.search(r"[.;:,]( |$)| (is|the|a|of|has|not) ", text)
