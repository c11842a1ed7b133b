"""`bootpy crash`: save what a kernel leaves in memory when it panics."""

import argparse
import os
import sys

from bootpy.errors import BootError

NAME = "crash"
SUMMARY = "save memory and log of a kernel that panics (kdump)"
ABOUT = """\
Have the memory and the log of this system saved when its kernel panics: a second kernel, which
waits in memory kept for it (crashkernel=), starts then, saves both to a disk or a server, and
reboots the machine. /etc/bootpy/crash.toml says where to, and how. It is off until it is
enabled."""
EXAMPLES = """\
`enable` has the capture kernel loaded at each start of the system, and writes
/etc/default/grub.d/bootpy-crash.cfg for memory to be kept for it from the next boot on. `disable`
takes both back. `load` loads it now, and is called again when memory or processors are added or
taken away.

examples:
  bootpy crash status
  bootpy crash enable && reboot
  bootpy crash test                have this system crash, to see that it is saved

exit status: 0 when it was done, of status: when a crash would be saved; 1 when it was not, or would
not be; 2 when the command line cannot be used"""

FAILED = 1
"""Exit status where nothing was changed, or a crash would not be saved."""

_ACTIONS = ("enable", "disable", "status", "load", "unload", "test")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "action",
        choices=_ACTIONS,
        help="switch it on or off for good; tell how it stands; load the capture kernel now, or "
        "take it out of memory; crash this system",
    )
    parser.add_argument("--json", action="store_true", help="print status as JSON (docs/crash.md)")
    parser.add_argument(
        "--force", action="store_true", help="load even if too little memory is kept for it"
    )
    parser.add_argument("--yes", action="store_true", help="have test ask nothing")


def run(given: argparse.Namespace) -> int:
    """Do what is asked and return the exit status."""
    if given.action == "status":
        return _status(given.json)
    if os.geteuid() != 0:
        raise BootError("only root has to do with capture kernels", "run it as root")
    from bootpy.cli import crash_switch

    match given.action:
        case "enable":
            crash_switch.enable()
        case "disable":
            crash_switch.disable()
        case "test":
            crash_switch.test(sure=given.yes)
        case "load":
            _load(given.force)
        case "unload":
            _unload()
    return 0


def _status(as_json: bool) -> int:
    from bootpy.cli.crash_text import status_lines, status_object
    from bootpy.crash.readiness import assess

    found = assess()
    if as_json:
        import json

        print(json.dumps(status_object(found), indent=2))
    else:
        for line in status_lines(found):
            print(line)
    return 0 if found.ready else FAILED


def _load(force: bool) -> None:
    from bootpy.cli.devices import size_text
    from bootpy.crash import settings
    from bootpy.crash.loading import load

    loaded = load(settings.read(), force=force)
    for warning in loaded.warnings:
        print(f"bootpy: warning: {warning}", file=sys.stderr)
    print(f"loaded {loaded.kernel} with an image of {size_text(loaded.image)}")
    print(f"a crash is saved to {loaded.place}")


def _unload() -> None:
    from bootpy.kexec.load import unload
    from bootpy.kexec.state import look, refuse_without_kexec

    state = look()
    refuse_without_kexec(state)
    # Not asked where it has nothing to do: a kernel that is locked down refuses that, too.
    if state.crash:
        unload(crash=True)
    print("unloaded" if state.crash else "nothing was loaded")
