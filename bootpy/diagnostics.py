"""What a reader has to say about its input: never an exception, always a place."""

from typing import Literal, NamedTuple

_QUOTED = 300

Level = Literal["error", "warning", "info"]


class Source(NamedTuple):
    """A place in a configuration: volume name, path from the volume's root, line from 1.

    `line` is None where the whole file is meant.
    """

    volume: str
    path: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"({self.volume}){self.path}"
        return place if self.line is None else f"{place}:{self.line}"


class Diagnostic(NamedTuple):
    """One remark on a configuration: where, what is the matter, and the remedy.

    `source` is None where no file is concerned (a disk that cannot be read, say; then
    the message names it). "error" means that something named in the configuration is
    lost or cannot boot, "warning" that it was read but looks wrong, "info" that it was
    passed over knowingly.
    """

    level: Level
    source: Source | None
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.source}: " if self.source else ""
        return f"{self.level}: {place}{self.message}" + (f" ({self.hint})" if self.hint else "")


def quoted(text: str, most: int = _QUOTED) -> str:
    """Shorten a word of a configuration for a message: a damaged file has words without end."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"
