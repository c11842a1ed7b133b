"""`bootpy load`: load a kernel, for a reboot that skips the firmware."""

import argparse
import sys
from typing import TYPE_CHECKING

from bootpy.cli import load_arguments
from bootpy.cli.exec import add_unbind_argument
from bootpy.errors import BootError

if TYPE_CHECKING:
    from bootpy.cli.what_to_load import Chosen
    from bootpy.kexec.state import State

NAME = "load"
SUMMARY = "load a kernel for a reboot without firmware"
ABOUT = """\
Load the kernel that this machine would boot, or another one, into memory, so that `bootpy
reboot`, `systemctl kexec` or `bootpy exec` starts it without a way through the firmware. All
that can be checked is checked first; what the kernel refuses is said in words."""
EXAMPLES = f"""\
{load_arguments.ENTRY_HELP}

examples:
  bootpy load                      what the boot loader would boot
  bootpy load 2 --append single    the second entry of `bootpy list`
  bootpy load --dry-run            say all that would be done, and do nothing
  bootpy load --kernel /boot/vmlinuz-6.1 --initrd /boot/initrd.img-6.1 --reuse-cmdline
  bootpy load --kernel /boot/xen.gz --module '/boot/vmlinuz root=/dev/sda1' --module /boot/initrd

exit status: 0 when it was loaded (with --dry-run: would be), 1 when it was not, 2 when the
command line cannot be used"""

FAILED = 1
"""Exit status where nothing was loaded; what was loaded before then still is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options and arguments."""
    load_arguments.add_arguments(parser)
    add_unbind_argument(parser)
    parser.add_argument("--explain", action="store_true", help="say also where each part came from")


def run(given: argparse.Namespace) -> int:
    """Load and return the exit status."""
    from bootpy.cli.what_to_load import chosen

    with chosen(given) as found:
        if given.explain:
            for line in found.origins():
                print(line)
            print(flush=True)
        if given.dry_run:
            return _dry_run(found, given)
        load_chosen(found, given)
    return 0


def load_chosen(found: "Chosen", given: argparse.Namespace) -> None:
    """Load what was found, and say so. BootError: why it was not loaded."""
    from bootpy.cli.load_text import name_of
    from bootpy.kexec.load import load, loaded
    from bootpy.kexec.plan import prepare
    from bootpy.kexec.writers import refuse_open_for_writing
    from bootpy.system import unbind_table

    refuse_open_for_writing(found.entry, found.volumes)
    replaced = loaded()
    plan = prepare(found.entry, found.volumes, found.append, call=given.call)
    try:
        if given.dtb is not None:
            load_arguments.refuse_without_tree(plan, given.dtb)
        remarks = load(plan)
        remarks += unbind_table.write_or_say(given.unbind)
        _warn(found, plan.warnings)
        for remark in remarks:
            _say(f"bootpy: {remark}")
        more = ", in place of the one that was loaded before" if replaced else ""
        print(f"loaded {name_of(found.entry)}{more}: {plan.way}", flush=True)
    finally:
        plan.close()


def _dry_run(found: "Chosen", given: argparse.Namespace) -> int:
    from bootpy.cli.load_text import name_of, plan_lines
    from bootpy.kexec.plan import prepare
    from bootpy.kexec.state import look
    from bootpy.kexec.writers import refuse_open_for_writing

    refuse_open_for_writing(found.entry, found.volumes)
    plan = prepare(found.entry, found.volumes, found.append, call=given.call)
    try:
        if given.dtb is not None:
            load_arguments.refuse_without_tree(plan, given.dtb)
        _warn(found, plan.warnings)
        state = look()
        refused = _refused_beforehand(plan.name, state)
        would = "would be refused" if refused else "would be loaded"
        print(f"{name_of(found.entry)} {would}:")
        for line in plan_lines(found, plan, state):
            print(line)
    finally:
        plan.close()
    if refused is None:
        return 0
    sys.stdout.flush()
    print(f"bootpy: {refused}", file=sys.stderr)
    return FAILED


def _refused_beforehand(name: str, state: "State") -> BootError | None:
    """Say what the kernel is going to refuse whatever it is given, as it would answer."""
    import errno

    from bootpy.kexec.refusal import explain, look
    from bootpy.kexec.state import refuse_without_kexec

    try:
        refuse_without_kexec(state)
    except BootError as error:
        return error
    seen = look()
    if seen.privileged and not seen.disabled and seen.limit != 0:
        return None
    refused = explain(errno.EPERM, name, seen)
    return BootError(refused.message.replace("was not loaded", "cannot be loaded"), refused.hint)


def _warn(found: "Chosen", warnings: tuple[str, ...]) -> None:
    from bootpy.cli.list_text import remark_lines

    for line in remark_lines(found.remarks()):
        _say(line)
    for warning in warnings:
        _say(f"warning: {warning}")
    for write in found.listing.writes:
        names = ", ".join(name for name, _ in write.variables)
        place = f"({write.volume}){write.path}"
        _say(f"warning: the boot loader would have written {names} to {place}; bootpy does not")
    if found.entry.tries is not None:
        _say("warning: the entry's boots are counted in its name; this one is not")


def _say(text: str) -> None:
    from bootpy.cli.list_text import clean

    print(clean(text), file=sys.stderr)
