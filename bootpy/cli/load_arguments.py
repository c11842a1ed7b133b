"""The arguments that say which kernel is to be loaded: those of `load` and `reboot`."""

import argparse
from typing import TYPE_CHECKING

from bootpy.errors import BootError

if TYPE_CHECKING:
    from bootpy.kexec.planned import Plan

ENTRY_HELP = """\
ENTRY is an id, a number in `bootpy list` (from 1), a title or a path "submenu>title"; without
one the entry boots that the machine's boot loader would boot by itself. With --kernel, files of
this system boot instead, whatever the configuration says."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say what is to be loaded."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "entry", nargs="?", metavar="ENTRY", help="id, number or title (default: what would boot)"
    )
    what.add_argument(
        "--kernel", metavar="FILE", help="a kernel of this system: Linux, a UKI, Multiboot"
    )
    parser.add_argument(
        "--initrd",
        action="append",
        default=[],
        metavar="FILE",
        dest="initrds",
        help="an initrd of this system, in place of the entry's; several are put together",
    )
    parser.add_argument(
        "--module",
        action="append",
        default=[],
        metavar="'FILE WORDS'",
        dest="modules",
        help="a module for a Multiboot kernel (Xen), and its arguments, in place of the entry's; "
        "may be repeated",
    )
    parser.add_argument(
        "--dtb",
        metavar="FILE",
        help="a device tree of this system, in place of the entry's (kexec_load on arm64 only)",
    )
    line = parser.add_mutually_exclusive_group()
    line.add_argument(
        "--command-line",
        metavar="LINE",
        help="the kernel's command line, in place of the entry's",
    )
    line.add_argument(
        "--reuse-cmdline",
        action="store_true",
        help="the running kernel's (/proc/cmdline, less BOOT_IMAGE=), in place of the entry's",
    )
    parser.add_argument(
        "--append",
        action="append",
        default=[],
        metavar="WORDS",
        help="words at the end of the command line; may be repeated",
    )
    parser.add_argument(
        "--call",
        choices=("auto", "load", "file"),
        default="auto",
        help="the system call: kexec_load, kexec_file_load, or what fits (docs/kexec.md)",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print all that would be done: call, files, command line, memory, checks; do nothing",
    )


def refuse_without_tree(plan: "Plan", path: str) -> None:
    """Raise BootError where the device tree that --dtb names is not handed over."""
    from bootpy.kexec.trees import NO_TREE

    if plan.devicetree >= 0:
        return
    reasons = [one.partition(": ")[2] for one in plan.warnings if one.startswith(NO_TREE)]
    raise BootError(
        f"the device tree {path} cannot be handed over: {'; '.join(reasons)}",
        "leave --dtb out: the kernel goes on with the device tree that this machine has",
    )
