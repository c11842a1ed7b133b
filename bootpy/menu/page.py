"""What the full-screen menu is made of: pages, of which one is shown at a time."""

from typing import Protocol, TypeAlias

from bootpy.menu.choice import Choice
from bootpy.menu.screen import Row


class Page(Protocol):
    """Something that fills the screen and takes the keys."""

    def rows(self, height: int, columns: int) -> tuple[list[Row], tuple[int, int]]:
        """Return at most `height` rows and the cursor's row and column, from 0."""

    def press(self, key: str) -> "Step":
        """Take a key (see `bootpy.menu.keys.Keys`); return the page to show, or the choice."""


Step: TypeAlias = Page | Choice
