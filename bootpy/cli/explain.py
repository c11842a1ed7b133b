"""`bootpy explain`: line by line, where each value of an entry came from."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bootpy.cli.explanation import Explanation

NAME = "explain"
SUMMARY = "where each value of an entry came from, line by line"
ABOUT = """\
Tell of one entry what boots, which line of which file gave each value, whether it boots by
itself and why, and which other entries boot the same."""
EXAMPLES = """\
ENTRY is an id, a number in the list (from 1), a title, a path "submenu>title", or the word
"default". VOLUME is as of `bootpy list`.

examples:
  bootpy explain default
  bootpy explain 2 /mnt/boot
  bootpy explain --json bls:sda1:debian-6.1.0-9-amd64 path=/tmp/esp,name=sda1

exit status: 0, 1 where no entry is called so, 2 when the command line cannot be used"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options and arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON (docs/explain.md)")
    parser.add_argument(
        "--platform",
        choices=("efi", "pc"),
        help="what $grub_platform of grub.cfg is (default: this machine's)",
    )
    parser.add_argument("entry", metavar="ENTRY", help='id, number, title, or "default"')
    parser.add_argument(
        "volumes", nargs="*", metavar="VOLUME", help="a directory (default: this machine's disks)"
    )


def run(given: argparse.Namespace) -> int:
    """Explain and return the exit status."""
    from bootpy.cli.explanation import explanation_of
    from bootpy.cli.list import given_volumes, host_of, this_machine
    from bootpy.policy.listing import merge
    from bootpy.readers.reading import read_all

    with given_volumes(given.volumes) as (volumes, remarks):
        host = host_of(given.platform) if given.volumes else this_machine(given.platform)
        configurations = read_all(volumes, host)
        listing = merge(configurations)
        found = explanation_of(given.entry, listing, configurations, volumes)
        if found is None:
            return _say_missing(given.entry, listing, remarks)
    if given.json:
        import json

        print(json.dumps(_object(found), indent=2))
    else:
        for line in found.lines():
            print(line)
    return 0


def _say_missing(words: str, listing: Any, remarks: list[Any]) -> int:
    from bootpy.cli.list_text import remark_lines
    from bootpy.policy.decision import names_near

    if words == "default" and listing.entries:
        message, hint = "no entry boots by itself", "name an entry: `bootpy list` shows them"
    else:
        message, hint = f"{words} names no entry that is here", names_near(listing, words)
    for line in (f"bootpy: {message}", f"  hint: {hint}", *remark_lines(remarks)):
        print(line, file=sys.stderr)
    return 1


def _object(found: "Explanation") -> dict[str, Any]:
    from bootpy.listing_json import diagnostic_object, entry_object, source_object

    return {
        "schema": 1,
        "entry": entry_object(found.entry),
        "origins": [
            {
                "field": one.field,
                "value": one.value,
                "source": source_object(one.source),
                "how": one.how,
            }
            for one in found.entry.origins
        ],
        "boots_by_itself": found.boots_by_itself,
        "reasons": [
            {
                "configuration": source_object(reason.configuration.source),
                "format": reason.configuration.format,
                "default": reason.default.id if reason.default else None,
                "decides": reason.decides,
                "why": reason.why,
            }
            for reason in found.reasons
        ],
        "same_boot": [entry_object(one) for one in found.folded],
        "diagnostics": [diagnostic_object(said) for said in found.diagnostics],
    }
