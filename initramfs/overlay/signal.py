"""Takes the place of the standard library's signal in the boot image: numbers as they are.

The original makes an enumeration of every group of constants when it is imported, and so
imports enum, which is 14 kB of a compressed image. Here `Signals` gives a number its name, and the
other groups are left out.
"""

import _signal  # type: ignore[import-not-found]
from _signal import *  # noqa: F403


class Signals(int):
    """A signal's number, with its name; ValueError for one that has none."""

    name: str

    def __new__(cls, number: int) -> "Signals":
        """Give a number its name."""
        for name in sorted(vars(_signal)):  # of two names the first, as the enumeration has it
            if name.startswith("SIG") and "_" not in name and vars(_signal)[name] == number:
                made = super().__new__(cls, number)
                made.name = name
                return made
        raise ValueError(f"{number} is no signal")
