"""Bounds on what a script may take: a boot must go on whatever a file contains."""

MOST_STEPS = 30_000
"""Commands run inside loops and functions before a configuration is stopped ..."""

STEPS_AT_THE_DESK = 300_000
"""The same for `bootpy grub-script`, where no boot waits."""

STEPS_PER_ENTRY = 500
"""... and what each entry adds to that, so that long menus are read to the end."""

STEPS_PER_REPEATED_ENTRY = 50
"""The same for entries that were made inside a loop or function."""

STEPS_OF_A_MENUENTRY = 25
"""What an entry made inside a loop or function costs: it has to be looked into later."""

WORK_PER_STEP = 100
"""What regexp may do in the time of one step (see extended_regexp.MOST_WORK)."""

MOST_CALLS = 40
"""Functions, sourced files, evals and configfiles within each other."""

LONGEST_VALUE = 16 << 10
"""Characters in a variable: no kernel takes a longer command line."""

MOST_OUTPUT = 1 << 20
"""Characters that a script may print."""


class LimitReached(Exception):  # noqa: N818 -- it never leaves the interpreter
    """A script ran into a bound; `message` says which, `hint` what to look for."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Budget:
    """Steps left, shared by a whole configuration."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def spend(self, steps: int = 1) -> None:
        """Take steps. LimitReached where none is left."""
        self.left -= steps
        if self.left < 0:
            raise LimitReached(
                f"stopped after {MOST_STEPS} commands inside loops and functions",
                "look for a loop whose condition never changes",
            )
