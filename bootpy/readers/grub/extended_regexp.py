"""POSIX extended regular expressions, matched in time linear in the text.

Python's own module backtracks, so that a short pattern in a configuration could hold up
the boot for ever; and it takes the first alternative where POSIX takes the longest match.
The pattern becomes a small program whose threads walk the text side by side (Thompson,
Pike). Back-references are not supported.
"""

from typing import NamedTuple

from bootpy.readers.grub.regexp_syntax import Check, Node, PatternFault, Test, parse

MOST_WORK = 250_000
"""Instructions times characters; beyond that a match is not tried."""

_MOST_INSTRUCTIONS = 2000


class _Instruction(NamedTuple):
    kind: str  # "test", "split", "save", "at", "match"
    test: Test | None = None
    to: int = 0
    other: int = 0
    check: Check | None = None


class Pattern:
    """A compiled pattern; `groups` counts its parentheses."""

    def __init__(self, text: str) -> None:
        tree, self.groups = parse(text)
        self._program: list[_Instruction] = []
        self._emit(Node("group", (tree,), least=0))
        self._program.append(_Instruction("match"))

    def work(self, text: str) -> int:
        """How much a search in `text` costs at most: instructions, characters and groups."""
        return len(self._program) * (len(text) + 1) * (4 + self.groups) // 4

    def search(self, text: str) -> list[str | None] | None:
        """Find the leftmost, longest match: the whole and each group, or None."""
        if self.work(text) > MOST_WORK:
            raise PatternFault("the text is too long for this pattern")
        slots = 2 * (self.groups + 1)
        best: tuple[int, ...] | None = None
        threads: dict[int, tuple[int, ...]] = {}
        for position in range(len(text) + 1):
            if best is None:
                self._follow(0, (-1,) * slots, position, text, threads)
            following: dict[int, tuple[int, ...]] = {}
            for at, saved in threads.items():
                instruction = self._program[at]
                if instruction.kind == "match":
                    if best is None or (saved[0], -saved[1]) < (best[0], -best[1]):
                        best = saved
                elif best is not None and saved[0] > best[0]:
                    continue
                elif position < len(text) and instruction.test and instruction.test(text[position]):
                    self._follow(at + 1, saved, position + 1, text, following)
            threads = following
        if best is None:
            return None
        pairs = zip(best[::2], best[1::2], strict=True)
        return [text[start:end] if start >= 0 and end >= 0 else None for start, end in pairs]

    def _follow(
        self, at: int, saved: tuple[int, ...], position: int, text: str,
        threads: dict[int, tuple[int, ...]],
    ) -> None:  # fmt: skip
        """Add the threads that instruction `at` leads to without reading a character."""
        waiting = [(at, saved)]
        seen: set[int] = set()
        while waiting:
            at, saved = waiting.pop()
            if at in seen or at in threads:
                continue
            seen.add(at)
            kind, _test, to, other, check = self._program[at]
            if kind == "split":
                waiting += [(other, saved), (to, saved)]
            elif kind == "save":
                waiting.append((at + 1, (*saved[:to], position, *saved[to + 1 :])))
            elif check is not None:
                if check(text, position):
                    waiting.append((at + 1, saved))
            else:
                threads[at] = saved

    def _emit(self, node: Node) -> None:
        program = self._program
        if len(program) > _MOST_INSTRUCTIONS:
            raise PatternFault("the pattern is too large")
        match node.kind:
            case "test" | "at":
                program.append(_Instruction(node.kind, node.test, check=node.check))
            case "sequence":
                for below in node.below:
                    self._emit(below)
            case "group":
                program.append(_Instruction("save", to=2 * node.least))
                self._emit(node.below[0])
                program.append(_Instruction("save", to=2 * node.least + 1))
            case "either":
                self._emit_either(node.below)
            case _:
                self._emit_repeat(node)

    def _emit_either(self, choices: tuple[Node, ...]) -> None:
        program = self._program
        jumps = []
        for choice in choices[:-1]:
            split = len(program)
            program.append(_Instruction("split"))
            self._emit(choice)
            jumps.append(len(program))
            program.append(_Instruction("split"))
            program[split] = _Instruction("split", None, split + 1, len(program))
        self._emit(choices[-1])
        for jump in jumps:
            program[jump] = _Instruction("split", None, len(program), len(program))

    def _emit_repeat(self, node: Node) -> None:
        program = self._program
        below = node.below[0]
        for _ in range(node.least):
            self._emit(below)
        if node.most is None:
            split = len(program)
            program.append(_Instruction("split"))
            self._emit(below)
            program.append(_Instruction("split", None, split, split))
            program[split] = _Instruction("split", None, split + 1, len(program))
            return
        splits = []
        for _ in range(node.most - node.least):
            splits.append(len(program))
            program.append(_Instruction("split"))
            self._emit(below)
        for split in splits:
            program[split] = _Instruction("split", None, split + 1, len(program))
