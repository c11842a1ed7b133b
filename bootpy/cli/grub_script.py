"""`bootpy grub-script`: run a GRUB script as GRUB would, and print what it prints."""

import argparse
import sys
from typing import TYPE_CHECKING

from bootpy.errors import BootError

if TYPE_CHECKING:
    from bootpy.diagnostics import Diagnostic
    from bootpy.readers.grub.desk import Run

NAME = "grub-script"
SUMMARY = "run a GRUB script as GRUB would, and print what it prints"
ABOUT = """\
Run a GRUB script as GRUB would. What its commands print goes to standard output, byte for
byte; what GRUB would complain about goes to standard error, with file and line. Menu entries
are not entered, nothing is written or booted."""
EXAMPLES = """\
$root is the first VOLUME, $prefix ($root)/boot/grub; `bootpy list --help` says what a VOLUME is.

examples:
  bootpy grub-script grub.cfg
  echo 'for k in /vmlinuz-*; do echo $k; done' | bootpy grub-script - /boot
  bootpy grub-script grub.cfg path=/mnt,name=sda2,uuid=6bdb0a5a-1f5c-4c3c-9d35-000000000000

exit status: that of the script's last command; 125 when the command line cannot be used or a
line of the script cannot be parsed (the other lines run, as in GRUB)"""

USAGE_ERROR = 125
"""Exit status of a command line that cannot be used, or a script that does not parse."""

LARGEST = 8 << 20
"""Bytes of a script."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options and arguments."""
    parser.add_argument(
        "--platform",
        choices=("efi", "pc"),
        help="what $grub_platform is (default: this machine's)",
    )
    parser.add_argument("file", metavar="FILE", help="the script; - for standard input")
    parser.add_argument("volumes", nargs="*", metavar="VOLUME", help="a directory")


def run(given: argparse.Namespace) -> int:
    """Run the script and return the exit status."""
    from bootpy.cli.list import host_of
    from bootpy.cli.volume_argument import volumes_of
    from bootpy.readers.grub import desk

    done = desk.run(
        _content(given.file), given.file, volumes_of(given.volumes), host_of(given.platform)
    )
    sys.stdout.flush()
    sys.stdout.buffer.write(done.printed)
    sys.stdout.buffer.flush()
    for said in done.diagnostics:
        line = _text(said).encode("utf-8", "surrogateescape")
        sys.stderr.buffer.write(line + b"\n")
    sys.stderr.flush()
    return USAGE_ERROR if done.problems else _exit_status(done)


def _content(name: str) -> bytes:
    """The script's bytes. BootError: it cannot be read."""
    try:
        if name == "-":
            content = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with open(name, "rb") as file:
                content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BootError(f"{name}: {reason.lower()}", "FILE is a GRUB script, or -") from None
    if len(content) > LARGEST:
        raise BootError(f"{name} is larger than {LARGEST} bytes", "no GRUB script is so large")
    return content


def _exit_status(done: "Run") -> int:
    """A status of GRUB as a process can have it: never 0 for a failure, nor 125."""
    status = done.status & 0xFF
    if status == USAGE_ERROR or (not status and done.status):
        return 1
    return status


def _text(said: "Diagnostic") -> str:
    source = said.source
    place = "" if source is None else f"{source}: "
    if source is not None and not source.volume:
        place = source.path + ("" if source.line is None else f":{source.line}") + ": "
    hint = f" ({said.hint})" if said.hint else ""
    return f"{place}{said.level}: {said.message}{hint}"
