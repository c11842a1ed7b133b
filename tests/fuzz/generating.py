"""Cases for one format, without end: realistic ones changed, texts of its words, raw bytes."""

import random
from collections.abc import Iterable

from bootpy.entry import Configuration, Host
from bootpy.readers.table import Row
from tests.fuzz import grammar, mutations
from tests.fuzz.binary_seeds import binary_seeds
from tests.fuzz.case import Case, Link, Locked, Node, Other, Tree
from tests.fuzz.folders import OUTSIDE
from tests.fuzz.layout import layout
from tests.fuzz.memory_volume import MemoryVolume
from tests.fuzz.realistic import realistic
from tests.fuzz.vocabulary import vocabulary

_HOSTS = tuple(
    Host(platform, machine) for platform in ("efi", "pc")
    for machine in ("x86_64", "x86_64", "aarch64", "armv7l", "riscv64")
)  # fmt: skip
_VARIABLES = ("LoaderEntryDefault", "LoaderEntryOneShot", "LoaderConfigTimeout",
              "LoaderConfigTimeoutOneShot", "LoaderEntrySelected", "LoaderEntries")  # fmt: skip
_LINKS = (OUTSIDE, f"{OUTSIDE}/file", "../outside/file", "../../outside/file",
          "../../../outside/file",
          "../../../../outside", "../outside", "/", "..", ".", "/dev/zero", "/dev/stdin",
          "/proc/self/environ", "/proc/self/cwd", "/etc/passwd", "loop", "/loop", "/k")  # fmt: skip
_MOST_KEPT = 200


class Generator:
    """Makes cases with dice of its own: the same ones for the same seed.

    `largest` bounds a file's size in bytes, `on_disk` is the share of cases on real folders.
    """

    def __init__(
        self, row: Row, seed: str, *, largest: int = 8 << 20, on_disk: float = 0.04
    ) -> None:
        self.row = row
        self.dice = random.Random(seed)
        self.largest = largest
        self.on_disk = on_disk
        self.vocabulary = vocabulary(row)
        self.layout = layout(row, self.vocabulary)
        self.realistic = realistic(row, self.vocabulary)
        self.binaries = binary_seeds(row.format)
        self.contents = [*self.realistic.files]
        for volume in self.realistic.volumes:
            self.contents += [one for one in volume.values() if one not in self.contents]
        self._paths = ("/k", "/i", *self.layout.files[:20])
        self._seen: set[object] = set()

    def case(self) -> Case:
        """Make one more case."""
        dice = self.dice
        on_disk = dice.random() < self.on_disk
        trees = [self._tree(0, on_disk)]
        if dice.random() < 0.15:
            trees += [self._tree(number, False) for number in range(1, dice.choice((2, 2, 3)))]
        host = dice.choice(_HOSTS)
        if dice.random() < 0.1:
            texts = [self._word() for _ in range(3)]
            host = host._replace(
                efi_variables=tuple((dice.choice(_VARIABLES), text) for text in texts)
            )
        return Case(self.row.format, tuple(trees), host, on_disk)

    def with_what_was_missing(self, case: Case, volume: MemoryVolume) -> Case:
        """Return the case with files where the reader looked in vain: includes, kernels."""
        tree = case.trees[0]
        missing = sorted(path for path in volume.asked_files if volume.status(path) is None)
        self.dice.shuffle(missing)
        added = {_rooted(path): self._content(False) for path in missing[:4] if _possible(path)}
        nodes = {**added, **tree.nodes}
        return _with_tree(case, nodes)

    def learn(self, case: Case, found: Iterable[Configuration]) -> None:
        """Keep contents to which the reader said something new, to change them further."""
        shape: set[object] = set()
        for one in found:
            shape |= {said.message[:20] for said in one.diagnostics[:50]}
            shape |= {(entry.kind, len(entry.initrds)) for entry in one.entries[:20]}
            shape.add(min(len(one.entries), 5))
        if shape <= self._seen or len(self._seen) > 5_000:
            return
        self._seen |= shape
        kept = [
            node for node in case.trees[0].nodes.values()
            if isinstance(node, bytes) and 0 < len(node) < 1 << 14
        ]  # fmt: skip
        self.contents += kept[:3]
        if len(self.contents) > _MOST_KEPT + len(self.realistic.files):
            del self.contents[self.dice.randrange(len(self.contents))]

    def _tree(self, number: int, on_disk: bool) -> Tree:
        dice = self.dice
        nodes: dict[str, Node] = {}
        if self.realistic.volumes and dice.random() < 0.45:
            nodes.update(dice.choice(self.realistic.volumes))
            for path in dice.sample(sorted(nodes), min(len(nodes), dice.choice((1, 1, 2, 3)))):
                self._change(nodes, path)
        else:
            for _ in range(dice.choice((1, 1, 2, 3, 6))):
                nodes[self._path()] = self._content(bool(self.binaries))
        if dice.random() < 0.5:
            nodes.setdefault("/k", b"kernel")
            nodes.setdefault(f"/boot/{dice.choice(self.vocabulary.names)}", b"initrd")
        if dice.random() < 0.1:
            nodes[self._path()] = Other(dice.choice(("fifo", "socket", "device", "folder")))
        if on_disk:
            for _ in range(dice.choice((1, 2, 4))):
                path = dice.choice(sorted(nodes)) if nodes and dice.random() < 0.6 else self._path()
                if dice.random() < 0.3 and path.count("/") > 1:
                    path = path.rpartition("/")[0]
                    nodes = {own: node for own, node in nodes.items() if f"{path}/" not in own}
                nodes[path] = (
                    Link(dice.choice(_LINKS)) if dice.random() < 0.85 else Locked(b"locked")
                )
        named = dice.random()
        return Tree(
            nodes,
            name=f"sda{number + 1}" if named < 0.9 else f"{self._word()[:8] or 'x'}{number}",
            uuid="1234-ABCD" if number else "6bdb0a5a-1f5c-4c3c-9d35-000000000000",
            label=dice.choice(("", "EFI", "LIVE", "a b")),
            partuuid="0a-01" if named < 0.5 else "",
            partlabel="root" if named < 0.3 else "",
            grub=f"hd0,gpt{number + 1}" if named < 0.4 else "",
            ignores_case=dice.random() < 0.2 and not on_disk,
        )

    def _change(self, nodes: dict[str, Node], path: str) -> None:
        node = nodes[path]
        what = self.dice.random()
        if what < 0.05:
            del nodes[path]
        elif what < 0.1:
            nodes[self._path()] = nodes.pop(path)
        elif isinstance(node, bytes) and what < 0.8:
            nodes[path] = self._cut(self._mutated(node))
        else:
            nodes[path] = self._content(False)

    def _path(self) -> str:
        dice = self.dice
        if dice.random() < 0.5 and self.layout.files:
            return dice.choice(self.layout.files)
        folder = dice.choice(self.layout.folders or ("/",))
        what = dice.random()
        if what < 0.75:
            name = dice.choice(self.vocabulary.names)
        else:
            stem = self._word() if what < 0.95 else "x" * dice.choice((100, 250, 256))
            name = stem.replace("/", "").replace("\0", "") or "a"
        if self.layout.endings and dice.random() < 0.6:
            ending = dice.choice(self.layout.endings)
            name = name if name.endswith(ending) else f"{name}{ending}"
        return f"{folder.rstrip('/')}/{name}"

    def _word(self) -> str:
        words = self.vocabulary.common if self.dice.random() < 0.5 else self.vocabulary.words
        return self.dice.choice(words or self.vocabulary.common)

    def _content(self, binary: bool) -> bytes:
        """Contents for a file; `binary` says that the format is not of text."""
        dice = self.dice
        what = dice.random()
        if binary and what < 0.8:
            seed = dice.choice(self.binaries)
            if dice.random() < 0.05:
                return seed
            return mutations.mutated(dice, seed, dice.choice(self.binaries), binary=True)
        if what < 0.4 and self.contents:
            made = self._mutated(dice.choice(self.contents))
        elif what < 0.85:
            made = grammar.text(dice, self.vocabulary, self._paths)
            if dice.random() < 0.3:
                made = self._mutated(made)
        elif what < 0.9:
            # Mostly small ones: what grows too fast shows there already.
            most = 1 << 14 if dice.random() < 0.97 else self.largest
            made = grammar.deep(dice, self.vocabulary, most)
        else:
            made = dice.randbytes(int(2 ** dice.uniform(0, 12)))
        return self._cut(made)

    def _mutated(self, content: bytes) -> bytes:
        other = self.dice.choice(self.contents) if self.contents else content
        if self.dice.random() < 0.3:
            other = grammar.text(self.dice, self.vocabulary, self._paths)
        return mutations.mutated(self.dice, content, other, binary=b"\0" in content[:64])

    def _cut(self, content: bytes) -> bytes:
        return content[: self.largest]


def _possible(path: str) -> bool:
    parts = [part for part in path.split("/") if part]
    return bool(parts) and "\0" not in path and len(path) < 1000 and not {".", ".."} & {*parts}


def _rooted(path: str) -> str:
    return "/" + "/".join(part for part in path.split("/") if part)


def _with_tree(case: Case, nodes: dict[str, Node]) -> Case:
    from dataclasses import replace

    first = replace(case.trees[0], nodes=nodes)
    return replace(case, trees=(first, *case.trees[1:]))
