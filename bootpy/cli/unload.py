"""`bootpy unload`: take a loaded kernel out of memory again."""

import argparse

NAME = "unload"
SUMMARY = "take a loaded kernel out of memory again"
ABOUT = """\
Take the kernel that was loaded for a reboot out of memory: the next reboot then goes through the
firmware. A kernel loaded for a crash stays."""
EXAMPLES = """\
example:
  bootpy unload

exit status: 0 when nothing is loaded any more, 1 when the kernel refused"""

FAILED = 1
"""Exit status where the kernel refused."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the verb has no arguments."""


def run(_: argparse.Namespace) -> int:
    """Unload and return the exit status."""
    from bootpy.kexec.load import unload
    from bootpy.kexec.state import look, refuse_without_kexec
    from bootpy.system.unbind_table import forget

    state = look()
    refuse_without_kexec(state)
    # Not asked where it has nothing to do: a kernel that is locked down refuses that, too.
    if state.reboot:
        unload()
        forget()
    print("unloaded" if state.reboot else "nothing was loaded")
    return 0
