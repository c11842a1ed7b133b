"""Bounds on what a script may take: a boot must go on whatever a file contains."""

MOST_STEPS = 30_000
"""Commands run inside loops and functions before a configuration is stopped ..."""

STEPS_AT_THE_DESK = 300_000
"""The same for `bootpy grub-script`, where no boot waits."""

STEPS_PER_ENTRY = 100
"""... and what each entry adds to that, so that long menus are read to the end."""

MOST_STOPPED = 20
"""Lines and entries that are stopped before what follows may run no more loops and functions."""

STEPS_PER_REPEATED_ENTRY = 50
"""The same for entries that were made inside a loop or function."""

STEPS_OF_A_MENUENTRY = 25
"""What an entry made inside a loop or function costs: it has to be looked into later."""

MOST_IN_ENTRIES = 30_000
"""Commands of entries' bodies before no more of them are looked into ..."""

COMMANDS_PER_ENTRY = 50
"""... and what each entry adds to that."""

MOST_WORK = 8_000_000
"""What expansion (characters and arguments) and regexp may do in one configuration, all told."""

LARGEST_FILE = 10 << 20
"""Bytes of a script: a menu of ten thousand entries has 8 or 9 million."""

LONGEST_WORD = 64 << 10
"""Characters in a word, as it is written and as it is expanded."""

MOST_VARIABLES = 2000
"""Variables, and functions."""

MOST_ENTRIES = 12_000
"""Entries of one configuration."""

MOST_ARGUMENTS = 20_000
"""Arguments of one command."""

MOST_DIAGNOSTICS = 1000
"""Remarks on one configuration."""

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
    """Steps and work left, shared by a whole configuration."""

    __slots__ = ("_in_entries", "left", "stopped", "work")

    def __init__(self) -> None:
        self.left = MOST_STEPS
        self.work = MOST_WORK
        self.stopped = 0
        self._in_entries = MOST_IN_ENTRIES

    def run_in_entry(self, commands: int) -> None:
        """Count commands of an entry's body. LimitReached where there were too many.

        Bodies may stand within each other, and each is run with all that stands in it.
        """
        self._in_entries -= commands
        if self._in_entries < 0:
            raise LimitReached(
                "entries with more commands than a boot has time for",
                "look for entries that stand within each other",
            )

    def spend(self, steps: int = 1) -> None:
        """Take steps. LimitReached where none is left."""
        self.left -= steps
        if self.left < 0:
            raise LimitReached(
                f"stopped after {MOST_STEPS} commands inside loops and functions",
                "look for a loop whose condition never changes",
            )

    def charge(self, work: int) -> None:
        """Take work. LimitReached where none is left."""
        self.work -= work
        if self.work < 0:
            raise LimitReached(
                "stopped: variables, wildcards and patterns come to more than a menu needs",
                "look for a variable that becomes longer and longer",
            )

    def allow(self, steps: int) -> None:
        """Give steps for the next entry, unless too much has been stopped already."""
        self._in_entries += COMMANDS_PER_ENTRY
        if self.stopped < MOST_STOPPED:
            self.left += steps

    def stop(self) -> None:
        """Count something that was stopped, and leave enough for what comes after it."""
        self.stopped += 1
        if self.stopped < MOST_STOPPED:
            self.left = max(self.left, STEPS_PER_ENTRY)
            self.work = max(self.work, MOST_WORK // 100)
