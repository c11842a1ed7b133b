"""`bootpy`: parse the command line, run one verb, and tell errors as people need them."""

import argparse
import sys
from collections.abc import Sequence

from bootpy import __version__
from bootpy.cli import (
    analyze,
    autoload,
    crash,
    devices,
    explain,
    grub_script,
    kexec,
    load,
    reboot,
    status,
    unload,
)
from bootpy.cli import exec as exec_verb
from bootpy.cli import list as list_verb
from bootpy.errors import BootError

USAGE_ERROR = 2
"""Exit status of a command line, or a VOLUME in it, that cannot be used."""

INTERRUPTED = 130
"""Exit status after Ctrl-C: what a shell has for a program that SIGINT ended."""

_VERBS = (
    list_verb,
    explain,
    reboot,
    load,
    exec_verb,
    unload,
    status,
    kexec,
    autoload,
    crash,
    devices,
    analyze,
    grub_script,
)

_ABOUT = """\
Find what this machine, a directory or a disk image would boot: every entry of GRUB, of the Boot
Loader Specification, of UKIs, SYSLINUX, U-Boot and a dozen more loaders, read as those loaders
read it. Nothing is written. Load it, and reboot into it past the firmware."""

_EXAMPLES = """\
examples:
  bootpy list                      what would boot from this machine's disks
  bootpy list --json /mnt/boot     the same of one directory, for scripts
  bootpy list path=esp,uuid=1234-ABCD path=root,name=sda2
                                   two directories, with the names that grub.cfg asks for
  bootpy explain default           where each value of the default entry comes from
  bootpy reboot                    kexec into what would boot, after a clean shutdown
  bootpy devices                   this machine's disks and partitions
  bootpy analyze                   where the time of the last boot went

`bootpy VERB --help` tells more about each. Exit status: 0 when something was found, 1 when
nothing was, 2 when the command line cannot be used."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="show the traceback of an error",
    )
    root = argparse.ArgumentParser(
        prog="bootpy",
        description=_ABOUT,
        epilog=_EXAMPLES,
        parents=[common],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"bootpy {__version__}")
    verbs = root.add_subparsers(title="verbs", metavar="VERB", dest="verb")
    for verb in _VERBS:
        one = verbs.add_parser(
            verb.NAME,
            help=verb.SUMMARY,
            description=verb.ABOUT,
            epilog=verb.EXAMPLES,
            parents=[common],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.add_arguments(one)
        one.set_defaults(run=verb.run)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (that of the process by default) and return the exit status."""
    root = parser()
    given = _parsed(root, arguments)
    if given.verb is None:
        root.print_help(sys.stderr)
        return USAGE_ERROR
    try:
        status: int = given.run(given)
        sys.stdout.flush()
    except BootError as error:
        if getattr(given, "debug", False):
            raise
        print(f"bootpy: {error}", file=sys.stderr)
        return _status(given.verb, "FAILED", _usage_error(given.verb))
    except BrokenPipeError:
        _forget_output()
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _parsed(root: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; SystemExit has the status that the verb promises for a bad one."""
    try:
        return root.parse_args(arguments)
    except SystemExit as left:
        words = sys.argv[1:] if arguments is None else arguments
        verb = next((word for word in words if not word.startswith("-")), "")
        if left.code == USAGE_ERROR:
            raise SystemExit(_usage_error(verb)) from None
        raise


def _usage_error(verb: str) -> int:
    return _status(verb, "USAGE_ERROR", USAGE_ERROR)


def _status(verb: str, name: str, default: int) -> int:
    """Return the exit status that the verb's module has under `name`."""
    verbs = {verb.NAME: verb for verb in _VERBS}
    status: int = getattr(verbs.get(verb), name, default)
    return status


def _forget_output() -> None:
    """Let the interpreter's last flush go nowhere: the reader (`head`, say) has gone."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
