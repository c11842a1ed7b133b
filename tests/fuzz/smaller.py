"""Make a failing case smaller, as long as it fails in the same way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from tests.fuzz.case import Case, Node, Tree

Fails = Callable[[Case], bool]
T = TypeVar("T")


def smaller(case: Case, fails: Fails, tries: int = 300) -> Case:
    """Return the smallest case found in so many `tries` that still `fails`."""
    left = tries
    progress = True
    while progress and left > 0:
        progress = False
        for candidate in _candidates(case):
            if left <= 0:
                break
            left -= 1
            if fails(candidate):
                case, progress = candidate, True
                break
    return case


def _candidates(case: Case) -> Iterator[Case]:
    """Smaller cases, the ones that save most first."""
    if len(case.trees) > 1:
        yield replace(case, trees=case.trees[:-1])
    if case.host.efi_variables:
        yield replace(case, host=case.host._replace(efi_variables=()))
    for number, tree in enumerate(case.trees):
        for nodes in _fewer(tree.nodes):
            yield _with(case, number, replace(tree, nodes=nodes))
        largest_first = sorted(tree.nodes.items(), key=lambda item: -_length(item[1]))
        for path, node in largest_first:
            if isinstance(node, bytes):
                for content in _shorter(node):
                    yield _with(case, number, replace(tree, nodes={**tree.nodes, path: content}))


def _with(case: Case, number: int, tree: Tree) -> Case:
    return replace(case, trees=(*case.trees[:number], tree, *case.trees[number + 1 :]))


def _fewer(nodes: dict[str, Node]) -> Iterator[dict[str, Node]]:
    paths = list(nodes)
    half = len(paths) // 2
    if half > 1:
        yield {path: nodes[path] for path in paths[:half]}
        yield {path: nodes[path] for path in paths[half:]}
    for gone in paths:
        yield {path: node for path, node in nodes.items() if path != gone}


def _length(node: Node) -> int:
    return len(node) if isinstance(node, bytes) else 0


def _shorter(content: bytes) -> Iterator[bytes]:
    """The content without ever smaller pieces, at line ends first."""
    lines = content.splitlines(keepends=True)
    if len(lines) > 1:
        yield from (b"".join(kept) for kept in _without_pieces(lines))
    if 1 < len(content) < 1 << 16:
        for kept in _without_pieces(list(content)):
            yield bytes(kept)


def _without_pieces(parts: list[T]) -> Iterator[list[T]]:
    piece = max(1, len(parts) // 2)
    while True:
        for start in range(0, len(parts), piece):
            yield parts[:start] + parts[start + piece :]
        if piece == 1:
            return
        piece //= 2
