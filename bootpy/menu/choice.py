"""What the menu gives back, and its one entrance."""

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from bootpy.entry import Entry, Listing
from bootpy.policy.decision import Decision

if TYPE_CHECKING:
    from bootpy.menu.terminal import Terminal


class Choice(NamedTuple):
    """What to do now.

    `entry` is what to boot, its command line as edited; None where `action` is another, and
    for "boot" never. `by_person` is False where the countdown ended or nobody could choose.
    """

    action: Literal["boot", "rescue", "reboot", "poweroff"]
    entry: Entry | None
    by_person: bool


class Watch(Protocol):
    """Something that learns of new disks while the menu stands."""

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when there may be news."""

    def update(self) -> tuple[Listing, Decision] | None:
        """Take the news; return what there is to boot now, or None where nothing changed."""


def choose(
    terminal: "Terminal", listing: Listing, decision: Decision, watch: Watch | None = None
) -> Choice:
    """Let a person choose until the countdown of `decision` ends.

    The first key stops the countdown. With a time-out of 0 nothing is drawn. What `watch`
    tells joins the list while the countdown runs on. Where nobody can choose any more (the
    terminal was hung up) and no countdown runs, the answer is "rescue".
    """
    if decision.timeout == 0:
        first = listing.find(decision.order[0]) if decision.order else None
        return Choice("boot" if first else "rescue", first, by_person=False)
    from bootpy.menu.state import State

    state = State(listing, decision, watch)
    with terminal:
        if terminal.plain:
            from bootpy.menu.plain import PlainMenu

            return PlainMenu(terminal, state).run()
        from bootpy.menu.full import FullMenu

        return FullMenu(terminal, state).run()
