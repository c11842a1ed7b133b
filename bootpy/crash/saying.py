"""Words of the capture: errors, sizes and progress, as the console and the log have them."""

from collections.abc import Callable

from bootpy.errors import BootError
from bootpy.timeline import Timeline

_EACH = 10  # per cent


def tell(timeline: Timeline, what: str, error: BootError | OSError) -> None:
    """Say what failed, why, and what can be done about it."""
    if isinstance(error, BootError):
        timeline.error(f"{what}: {error.message}")
        if error.hint:
            timeline.info(f"  hint: {error.hint}")
    else:
        where = f"{error.filename}: " if error.filename else ""
        timeline.error(f"{what}: {where}{error.strerror}")


def megabytes(size: int) -> str:
    """Return bytes as people write them."""
    return f"{size / 1e6:.1f} MB"


class Progress:
    """A line for each ten per cent of a step."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._last = ("", -1)

    def part_of(self, size: int, what: str = "copied") -> Callable[[int], None]:
        """Return what is told of bytes that are done, of `size` in all."""
        return lambda done: self.at(what, done * 100 // max(size, 1))

    def at(self, what: str, percent: int) -> None:
        """Take how far the step `what` is."""
        if (what, percent // _EACH) != self._last:
            self._last = (what, percent // _EACH)
            self._timeline.info(f"  {what}: {percent} %")
