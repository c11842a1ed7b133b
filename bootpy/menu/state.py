"""What the menu knows while it stands: the list, the selected entry, the countdown."""

import time

from bootpy.entry import Entry, Listing
from bootpy.menu.choice import Choice, Watch
from bootpy.policy.decision import Decision


class State:
    """The list and the decision as they are now, and what the person has done so far.

    `selected` is an index into the listing's entries (0 where there is none). Until a
    person touches a key, the selection is what boots by itself.
    """

    __slots__ = ("_start", "_watch", "decision", "listing", "selected", "touched")

    def __init__(self, listing: Listing, decision: Decision, watch: Watch | None) -> None:
        self._watch = watch
        self._start = time.monotonic()
        self.listing = listing
        self.decision = decision
        self.touched = False
        self.selected = self._index(self.first_id, 0)

    @property
    def first_id(self) -> str | None:
        """The id of what boots by itself, or None."""
        return self.decision.order[0] if self.decision.order else None

    @property
    def first(self) -> Entry | None:
        """What boots by itself, or None."""
        return None if self.first_id is None else self.listing.find(self.first_id)

    @property
    def entry(self) -> Entry | None:
        """The selected entry; None in an empty list."""
        entries = self.listing.entries
        return entries[self.selected] if self.selected < len(entries) else None

    @property
    def watched(self) -> int:
        """The descriptor to wait for besides the terminal's, or -1."""
        return -1 if self._watch is None else self._watch.fileno()

    def move(self, index: int) -> None:
        """Select the entry at `index`, or the nearest there is."""
        self.selected = max(0, min(index, len(self.listing.entries) - 1))

    def left(self) -> float | None:
        """Return the seconds until the boot, 0 when it is time; None where no countdown runs."""
        if self.touched or self.decision.timeout is None or self.first is None:
            return None
        return max(0.0, self._start + self.decision.timeout - time.monotonic())

    def seconds(self) -> int | None:
        """Return the whole seconds left as a person reads them, from the time-out down to 1."""
        left = self.left()
        return None if left is None else int(-(-left // 1))

    def pause(self) -> float | None:
        """Return how long until `seconds` changes; None where no countdown runs."""
        left = self.left()
        return None if left is None else left % 1 or min(left, 1.0)

    def expired(self, gone: bool) -> Choice | None:
        """Return what happens with nobody there: the countdown ended, or the terminal is gone."""
        left = self.left()
        if left is None:
            return Choice("rescue", None, by_person=False) if gone else None
        return Choice("boot", self.first, by_person=False) if left == 0 else None

    def update(self) -> bool:
        """Take news from the watch, if any; the selection stays on its entry."""
        news = self._watch.update() if self._watch is not None else None
        if news is None:
            return False
        kept = self.entry.id if self.entry is not None else None
        if self.left() is None:
            # Nothing counted down so far: what has just come is to be seen for its whole time.
            self._start = time.monotonic()
        self.listing, self.decision = news
        self.move(self._index(kept if self.touched else self.first_id, self.selected))
        return True

    def _index(self, entry_id: str | None, otherwise: int) -> int:
        for index, entry in enumerate(self.listing.entries):
            if entry.id == entry_id:
                return index
        return otherwise
