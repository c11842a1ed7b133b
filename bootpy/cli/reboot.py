"""`bootpy reboot`: load a kernel, shut the system down cleanly, and jump."""

import argparse
import os
import sys

from bootpy.cli import load_arguments
from bootpy.cli.exec import add_device_arguments
from bootpy.errors import BootError

NAME = "reboot"
SUMMARY = "load a kernel, shut down cleanly, and jump: a reboot without firmware"
ABOUT = """\
Load the kernel that this machine would boot, or another one, shut the system down as an
ordinary reboot does, and jump into it: no firmware, no boot loader. Where the kernel cannot be
loaded nothing is shut down."""
EXAMPLES = f"""\
{load_arguments.ENTRY_HELP}

systemd shuts down by itself, as for `systemctl kexec`. With sysvinit its scripts of runlevel 6
are run; without either, processes are stopped. Then file systems are unmounted or made
read-only, and the machine jumps.

examples:
  bootpy reboot                    into what the boot loader would boot
  bootpy reboot --dry-run          say all that would be done, and do nothing
  bootpy reboot 2 --append single  into the second entry of `bootpy list`
  bootpy reboot --firmware         once the long way

exit status: 0 when the shutdown has begun (with --dry-run: would), 1 when nothing was shut
down, 2 when the command line cannot be used"""

FAILED = 1
"""Exit status where the system runs on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options and arguments."""
    load_arguments.add_arguments(parser)
    parser.add_argument(
        "--firmware",
        action="store_true",
        help="restart the machine through its firmware; a loaded kernel is taken out",
    )
    add_device_arguments(
        parser.add_argument_group("devices", "where systemd does not see to them by itself")
    )


def run(given: argparse.Namespace) -> int:
    """Begin the shutdown and return the exit status."""
    from bootpy.system.departure import Wishes
    from bootpy.system.init_system import running
    from bootpy.system.shutdown import go_down, way_of

    wishes = Wishes(False, given.network_down, given.watchdog, tuple(given.unbind))
    way = way_of(running(), firmware=given.firmware)
    if given.firmware:
        _refuse_choice(given)
    if given.dry_run:
        status = 0 if given.firmware else _apart(given)
        if not status:
            print(f"then: {way}")
        return status
    if os.geteuid() != 0:
        raise BootError("only root can reboot the machine", "run it as root")
    if given.firmware:
        from bootpy.system.autoload import want_firmware

        # Before the other, so that `bootpy autoload` loads nothing in between.
        want_firmware()
        _unload()
    elif _apart(given):
        raise BootError("no kernel was loaded, so nothing is shut down", "see above")
    print(way, flush=True)
    go_down(wishes, firmware=given.firmware)
    return 0


def _refuse_choice(given: argparse.Namespace) -> None:
    if given.entry is not None or given.kernel is not None:
        raise BootError(
            "with --firmware the boot loader chooses what boots", "leave ENTRY and --kernel out"
        )


def _unload() -> None:
    from bootpy.kexec.load import loaded, unload

    if loaded():
        unload()


def _apart(given: argparse.Namespace) -> int:
    """Load, or say what would be, in a process of its own; returns its exit status.

    What it mounts to read other disks is gone with it, and keeps no file system from being
    unmounted; nor does memory that runs short while it reads end the one that shuts down.
    """
    from bootpy.cli import load

    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = FAILED
    try:
        given.explain = False
        status = load.run(given)
        sys.stdout.flush()
    except BootError as error:
        if getattr(given, "debug", False):
            sys.excepthook(*sys.exc_info())
        else:
            print(f"bootpy: {error}", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(status)
