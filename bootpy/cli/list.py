"""`bootpy list`: what would boot, from where, and why."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bootpy.diagnostics import Diagnostic
    from bootpy.entry import Host, Listing
    from bootpy.volume import Volumes

NAME = "list"
SUMMARY = "what would boot, from where, and why"
ABOUT = """\
List every boot entry on this machine's disks, in the given directories or in disk images,
the one that would boot by itself marked with *. What is wrong with a configuration is told
with file, line and remedy, and never costs the good entries beside it."""
EXAMPLES = """\
VOLUME is a directory that holds the content of one file system, or comma-separated
key=value pairs with what configurations call that file system (a comma inside a value
is written \\,):

  path=DIRECTORY (required)  name=sda2  uuid=...  label=...  partuuid=...  partlabel=...
  grub=hd0,gpt2 is written grub=hd0\\,gpt2

IMAGE is a disk image (raw, qcow2, vmdk, vdi, vhdx), that of a file system, or an ISO
image; several are the disks of one machine. A virtual machine reads them, for which no
root is needed, and never writes to them. They do not go together with VOLUMEs.

examples:
  bootpy list
  bootpy list /mnt/boot
  bootpy list disk.img
  bootpy list --format bls --json /boot/efi | jq -r .default
  bootpy list path=/tmp/esp,name=sda1,uuid=1234-ABCD,label=EFI path=/tmp/root,name=sda2

exit status: 0 with at least one entry, 1 with none, 2 when the command line cannot be used"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options and arguments."""
    from bootpy.readers.table import FALLBACK, ROWS

    names = sorted({row.format for row in (*ROWS, FALLBACK)})
    parser.add_argument("--json", action="store_true", help="print JSON (docs/list.md)")
    parser.add_argument(
        "--all",
        action="store_true",
        dest="folded",
        help="also show entries that were left out because another boots the same",
    )
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
        "volumes",
        nargs="*",
        metavar="VOLUME|IMAGE",
        help="a directory or a disk image (default: this machine's disks)",
    )


def run(given: argparse.Namespace) -> int:
    """List and return the exit status."""
    from bootpy.cli.image_argument import images_of

    images = images_of(given.volumes)
    if images:
        from bootpy.cli.disk_image import listing_of_images

        listing = listing_of_images(images, given.formats, host_of(given.platform).platform)
    else:
        listing = _listing(given)
    _print(listing, given.json, folded=given.folded)
    return 0 if listing.entries else 1


def _listing(given: argparse.Namespace) -> "Listing":
    from bootpy.policy.listing import merge
    from bootpy.readers.looked_at import looked_at
    from bootpy.readers.reading import read_all

    with given_volumes(given.volumes) as (volumes, remarks):
        host = host_of(given.platform) if given.volumes else this_machine(given.platform)
        configurations = read_all(volumes, host, given.formats)
        listing = merge(configurations)
        said = [*remarks, *listing.diagnostics]
        if not listing.entries:
            said += looked_at(volumes, configurations, given.formats)
    return listing._replace(diagnostics=tuple(said))


def _print(listing: "Listing", as_json: bool, *, folded: bool) -> None:
    if as_json:
        import json

        from bootpy.listing_json import listing_object

        # ASCII only: valid in every locale, and with file names that are no UTF-8.
        print(json.dumps(listing_object(listing, folded=folded), indent=2))
        return
    from bootpy.cli.list_text import folded_lines, listing_lines, remark_lines

    for stream, lines in (
        (sys.stdout, listing_lines(listing)),
        (sys.stdout, folded_lines(listing) if folded else ()),
        (sys.stderr, remark_lines(listing.diagnostics)),
    ):
        text = "".join(f"{line}\n" for line in lines)
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()


@contextmanager
def given_volumes(named: list[str]) -> "Iterator[tuple[Volumes, list[Diagnostic]]]":
    """Give the volumes of the command line, else the machine's, and what was not looked at."""
    if named:
        from bootpy.cli.volume_argument import volumes_of

        yield volumes_of(named), []
        return
    from bootpy.cli.devices import needs_of_devices

    with needs_of_devices():
        from bootpy.cli.running_system import mounted_volumes

    with mounted_volumes() as found:
        yield found


def host_of(platform: str | None) -> "Host":
    """Describe this machine to the readers, with another `platform` where one is given."""
    import os

    from bootpy.entry import Host

    here = "efi" if os.path.isdir("/sys/firmware/efi") else "pc"
    return Host(platform or here, os.uname().machine)


def this_machine(platform: str | None) -> "Host":
    """Describe this machine with what its system asked systemd-boot for: `host_of` knows less.

    Only for this machine's own disks: what was asked for says nothing of another's.
    """
    from bootpy.init.loader_interface import asked

    return host_of(platform)._replace(efi_variables=asked())
