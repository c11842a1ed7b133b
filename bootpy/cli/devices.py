"""`bootpy devices`: this machine's disks and partitions, and what is on them."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bootpy.errors import BootError

if TYPE_CHECKING:
    from bootpy.devices.device import Device

NAME = "devices"
SUMMARY = "this machine's disks and partitions, and what is on them"
ABOUT = """\
List the block devices of this machine as the kernel and libblkid describe them: what
`bootpy list` looks at where no VOLUME is given. Nothing is mounted or written; reading what
is on a device takes root."""
EXAMPLES = """\
examples:
  sudo bootpy devices
  sudo bootpy devices --json | jq -r '.devices[] | select(.filesystem == "vfat") | .node'

exit status: 0 with at least one device, 1 with none"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("--json", action="store_true", help="print JSON (docs/list.md)")


def run(given: argparse.Namespace) -> int:
    """List the devices and return the exit status."""
    with needs_of_devices():
        from bootpy.devices.enumeration import devices

        found = devices()
    if given.json:
        import json

        print(json.dumps({"schema": 1, "devices": [one._asdict() for one in found]}, indent=2))
    else:
        for line in _table(found):
            print(line)
    return 0 if found else 1


@contextmanager
def needs_of_devices() -> Iterator[None]:
    """Turn a missing library into a BootError that names the package."""
    try:
        yield
    except ImportError as error:
        raise BootError(
            f"cannot look at this machine's disks: {error}",
            "install pyudev, libudev1 and libblkid1 (apt install python3-pyudev libblkid1), "
            "or name directories: bootpy list /mnt/boot",
        ) from error


def size_text(size: int) -> str:
    """Return bytes as people write them: 3.2 GB, decimal as on the disk's label."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if value >= 100 or unit == "B" else f"{value:.1f} {unit}"


def _table(found: "list[Device]") -> Iterator[str]:
    if not found:
        yield "No block devices found: the drivers may not be loaded."
        return
    from bootpy.cli.list_text import clean

    heads = ("NAME", "SIZE", "BUS", "CONTENT", "LABEL", "UUID")
    rows = [
        (
            ("  " if one.parent else "") + one.name,
            size_text(one.size),
            one.bus,
            one.filesystem or (f"{one.table} partitions" if one.table else "-"),
            one.label or one.partlabel,
            one.uuid,
        )
        for one in found
    ]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for row, device in zip((heads, *rows), (None, *found), strict=True):
        text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield clean(text.rstrip())
        if device is not None and device.problem:
            yield clean(f"    {device.problem}")
