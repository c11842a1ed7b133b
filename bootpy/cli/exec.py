"""`bootpy exec`: jump now into the kernel that is loaded."""

import argparse
import sys

from bootpy.errors import BootError

NAME = "exec"
SUMMARY = "jump now into the loaded kernel, past the system's shutdown"
ABOUT = """\
Jump at once into the kernel that `bootpy load` loaded. No program is asked to end and nothing
is unmounted: that is what `bootpy reboot` does. While file systems are mounted read-write, or
data waits to be written, the jump is refused."""
EXAMPLES = """\
example:
  bootpy load && bootpy exec --force

exit status: 1 when the machine did not jump, 2 when the command line cannot be used"""

FAILED = 1
"""Exit status where there was no jump."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument(
        "--force",
        action="store_true",
        help="jump though file systems are mounted read-write (buffers are written out)",
    )
    add_device_arguments(parser)


def add_device_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add the options on what becomes of devices before the jump."""
    parser.add_argument(
        "--no-ifdown",
        action="store_false",
        dest="network_down",
        help="leave network interfaces up",
    )
    parser.add_argument(
        "--watchdog",
        choices=("keep", "disarm"),
        default="keep",
        help="what becomes of a watchdog that runs: it goes on, and resets the machine should the "
        "next system not take it over (keep, the default), or is stopped (disarm)",
    )
    add_unbind_argument(parser)


def add_unbind_argument(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add the option that has drivers let go of devices."""
    parser.add_argument(
        "--unbind",
        action="append",
        default=[],
        metavar="DRIVER",
        help="have a driver let go of its PCI devices, beside those for which that is known to "
        "help the next kernel; none: not even those; may be repeated",
    )


def run(given: argparse.Namespace) -> int:
    """Jump; returns only by an error."""
    from bootpy.kexec.jump import jump
    from bootpy.kexec.refusal import look as circumstances
    from bootpy.kexec.state import look, refuse_without_kexec
    from bootpy.system.departure import Wishes, ready_devices, refuse_loss

    state = look()
    refuse_without_kexec(state)
    if not state.reboot:
        raise BootError("no kernel is loaded, so there is nothing to jump into", "bootpy load")
    if not circumstances().privileged:
        raise BootError("cannot jump: this process lacks CAP_SYS_BOOT", "run it as root")
    wishes = Wishes(given.force, given.network_down, given.watchdog, tuple(given.unbind))
    refuse_loss(wishes, _say)
    ready_devices(wishes, _say)
    _say("jumping into the loaded kernel")
    jump()


def _say(text: str) -> None:
    print(text, file=sys.stdout, flush=True)
