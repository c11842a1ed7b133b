"""`bootpy list`: what would boot, from where, and why."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bootpy.diagnostics import Diagnostic
    from bootpy.entry import Configuration, Host, Listing
    from bootpy.volume import Volumes

NAME = "list"
SUMMARY = "what would boot, from where, and why"
ABOUT = """\
List every boot entry on this machine's disks or in the given directories, the one that
would boot by itself marked with *. What is wrong with a configuration is told with file,
line and remedy, and never costs the good entries beside it."""
EXAMPLES = """\
VOLUME is a directory that holds the content of one file system, or comma-separated
key=value pairs with what configurations call that file system (a comma inside a value
is written \\,):

  path=DIRECTORY (required)  name=sda2  uuid=...  label=...  partuuid=...  partlabel=...
  grub=hd0,gpt2 is written grub=hd0\\,gpt2

examples:
  bootpy list
  bootpy list /mnt/boot
  bootpy list --format bls --json /boot/efi | jq -r .default
  bootpy list path=/tmp/esp,name=sda1,uuid=1234-ABCD,label=EFI path=/tmp/root,name=sda2

exit status: 0 with at least one entry, 1 with none, 2 when the command line cannot be used"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options and arguments."""
    from bootpy.readers.table import FALLBACK, ROWS

    names = sorted({row.format for row in (*ROWS, FALLBACK)})
    parser.add_argument("--json", action="store_true", help="print JSON (docs/list.md)")
    parser.add_argument(
        "--format",
        action="append",
        default=[],
        choices=names,
        metavar="NAME",
        dest="formats",
        help=f"read this format only; may be repeated: {', '.join(names)}",
    )
    parser.add_argument(
        "--platform",
        choices=("efi", "pc"),
        help="what $grub_platform of grub.cfg is (default: this machine's)",
    )
    parser.add_argument(
        "volumes", nargs="*", metavar="VOLUME", help="a directory (default: this machine's disks)"
    )


def run(given: argparse.Namespace) -> int:
    """List and return the exit status."""
    from bootpy.policy.listing import merge
    from bootpy.readers.reading import read_all

    with _volumes(given.volumes) as (volumes, remarks):
        configurations = read_all(volumes, this_host(given.platform), given.formats)
        listing = merge(configurations)
        said = [*remarks, *listing.diagnostics]
        if not listing.entries:
            said += _looked_at(volumes, configurations, given.formats)
        _print(listing._replace(diagnostics=tuple(said)), given.json)
    return 0 if listing.entries else 1


def _print(listing: "Listing", as_json: bool) -> None:
    if as_json:
        import json

        from bootpy.cli.list_json import listing_object

        # ASCII only: valid in every locale, and with file names that are no UTF-8.
        print(json.dumps(listing_object(listing), indent=2))
        return
    from bootpy.cli.list_text import listing_lines, remark_lines

    for stream, lines in (
        (sys.stdout, listing_lines(listing)),
        (sys.stderr, remark_lines(listing.diagnostics)),
    ):
        text = "".join(f"{line}\n" for line in lines)
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()


@contextmanager
def _volumes(named: list[str]) -> "Iterator[tuple[Volumes, list[Diagnostic]]]":
    if named:
        from bootpy.cli.volume_argument import volumes_of

        yield volumes_of(named), []
        return
    from bootpy.cli.devices import needs_of_devices

    with needs_of_devices():
        from bootpy.cli.running_system import mounted_volumes

    with mounted_volumes() as found:
        yield found


def this_host(platform: str | None) -> "Host":
    """What readers may know of this machine, as on `platform` where one is given."""
    import os

    from bootpy.entry import Host

    here = "efi" if os.path.isdir("/sys/firmware/efi") else "pc"
    return Host(platform or here, os.uname().machine)


def _looked_at(
    volumes: "Volumes", configurations: "list[Configuration]", formats: list[str]
) -> "list[Diagnostic]":
    """Say per volume what was looked for, where nothing at all was found."""
    from bootpy.diagnostics import Diagnostic, Source
    from bootpy.readers.table import ROWS

    rows = [row for row in ROWS if not formats or row.format in formats]
    places = "; ".join(f"{row.format} in {', '.join(row.places)}" for row in rows)
    read = {one.source.volume for one in configurations}
    said = []
    for volume in volumes:
        if volume.name in read:
            message = "no boot entry in the configurations that are there"
            hint = "what each says is told above; nothing told means that it is empty"
        elif not volume.names("/"):
            message, hint = "nothing to boot: the volume is empty", "is it mounted?"
        else:
            message = f"no boot configuration found; looked for {places}"
            hint = "a VOLUME is the content of one file system, from its root"
        said.append(Diagnostic("info", Source(volume.name, "/"), message, hint))
    return said
