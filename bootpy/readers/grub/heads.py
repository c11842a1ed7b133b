"""What the entries of a menu begin with, run once for all that begin alike.

A generator's entries load modules and look for a volume with the same lines each, and
differ only in what they load then. All of a menu start from the same variables, so that
the same lines leave the same behind, as long as they look at nothing that is the entry's
own (its title and arguments, `$chosen`), load nothing and say nothing.
"""

from collections.abc import Iterator
from typing import NamedTuple

from bootpy.readers.grub.evaluator import Evaluator
from bootpy.readers.grub.menu import MenuItem
from bootpy.readers.grub.plain import PlainBlock
from bootpy.readers.grub.syntax import Statements
from bootpy.readers.grub.variables import Variables

Key = tuple[str, str, str]
"""The file that an entry stands in (volume and path), and the text that it begins with."""


class Head(NamedTuple):
    """What a head leaves behind: a state for others to start from.

    `own_lines` are the variables that its own lines set: name, line from the block's, and
    how. `steps` and `work` are what it took from the budget.
    """

    after: Evaluator
    own_lines: tuple[tuple[str, int, str], ...]
    steps: int
    work: int


class Heads:
    """The heads of one menu's entries."""

    def __init__(self) -> None:
        self._known: dict[Key, Head | None] = {}

    def of(self, item: MenuItem, shell: Evaluator) -> Head | None:
        """What is known of an entry's head, where there is budget for it."""
        if item.is_submenu or not isinstance(item.block, PlainBlock):
            return None
        head = self._known.get(_key(item, item.block))
        budget = shell.session.budget
        if head is None or head.steps > budget.left or head.work > budget.work:
            return None
        return head

    def passes(self, item: MenuItem, shell: Evaluator) -> bool:
        """Whether an entry needs no look to know that it is one entry."""
        return (
            self.of(item, shell) is not None
            and not item.hidden
            and item.entry is None
            and isinstance(item.block, PlainBlock)
            and item.block.only_loads
        )

    def run(self, runner: Evaluator, item: MenuItem, head: Head | None) -> None:
        """Run an entry's body in `runner`, which starts from `head` where there is one.

        LimitReached: a bound was run into.
        """
        block = item.block
        if block is None:
            return
        arguments = list(item.arguments)
        if not isinstance(block, PlainBlock):
            bodies: Iterator[Statements] = iter((block.statements,))
        elif head is not None:
            runner.status = head.after.status
            runner.session.budget.spend(head.steps)
            runner.session.budget.charge(head.work)
            for name, line, how in head.own_lines:
                runner.set_at[name] = (runner.source, block.line + line, how)
            bodies = iter((block.after_head,))
        elif item.is_submenu or not block.head or _key(item, block) in self._known:
            bodies = iter((block.statements,))
        else:
            bodies = self._watched(runner, item, block, arguments)
        runner.run_entry(bodies, arguments)

    def _watched(
        self, runner: Evaluator, item: MenuItem, block: PlainBlock, arguments: list[str]
    ) -> Iterator[Statements]:
        """Hand out a head, look at what it has done once it was run, and hand out the rest."""
        key = _key(item, block)
        self._known[key] = None
        session, variables = runner.session, runner.variables
        chosen = variables.get("chosen")
        steps, work = session.budget.left, session.budget.work
        said = len(session.diagnostics)
        runner.own_seen = False
        yield block.of_head
        if (
            runner.scope is arguments
            and not runner.own_seen
            and variables.get("chosen") == chosen
            and variables.is_exported("chosen")
            and len(session.diagnostics) == said
            and _is_quiet(runner)
        ):
            self._known[key] = Head(
                _copy(runner, variables.copy()),
                tuple(
                    (name, line - block.line, how)
                    for name, (source, line, how) in runner.set_at.items()
                    if source == runner.source and block.is_in_head(line)
                ),
                steps - session.budget.left,
                work - session.budget.work,
            )
        yield block.after_head


def _key(item: MenuItem, block: PlainBlock) -> Key:
    return item.source.volume, item.source.path, block.head


def _copy(runner: Evaluator, variables: Variables) -> Evaluator:
    after = runner.fork(variables, runner.menu)
    after.status = runner.status
    return after


def _is_quiet(runner: Evaluator) -> bool:
    """Whether nothing was loaded, shown, printed or to be written, and no jump is on its way."""
    return not (
        runner.menu.items
        or runner.shown
        or runner.output
        or runner.writes
        or runner.loading.is_begun()
        or runner.returning
        or runner.continuing
        or runner.breaks
        or runner.loops
    )
