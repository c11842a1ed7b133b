"""`bootpy analyze`: where the time of a boot went, as a sum, a list, or a chart."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from bootpy.errors import BootError

if TYPE_CHECKING:
    from bootpy.cli.recorded import Booted, Found

NAME = "analyze"
SUMMARY = "where the time of a boot went: kernel, drivers, devices, readers, load"
ABOUT = """\
Tell where the time of a boot went, from the timeline that the loader handed over to this system,
or from a file: `time` the sum by stages, `blame` each driver, device, mount and reader by what it
took, the longest first, `plot` a chart of all as one SVG file."""
EXAMPLES = """\
FILE is a record (one line of JSON) or the log of the loader's serial console; with
bootpy.timeline=console or bootpy.log=debug on the loader's command line the log has all of it.

examples:
  bootpy analyze
  bootpy analyze blame
  bootpy analyze plot --output boot.svg
  bootpy analyze plot --from console.log --output boot.svg
  bootpy analyze --json --from console.log

exit status: 0, 2 where no timeline is found or the command line cannot be used"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options and arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON (docs/analyze.md)")
    parser.add_argument(
        "--output", metavar="FILE", help="where plot writes its chart (default: standard output)"
    )
    parser.add_argument(
        "--from",
        dest="file",
        metavar="FILE",
        help="a record or a console's log, - for standard input (default: this system's boot)",
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=("time", "blame", "plot"),
        default="time",
        help="the sum (the default), the list, or the chart",
    )


def run(given: argparse.Namespace) -> int:
    """Analyze and return the exit status."""
    from bootpy.cli import recorded

    if given.output and given.what != "plot":
        raise BootError("--output is for plot alone", "bootpy analyze plot --output FILE")
    if given.json and given.what == "plot":
        raise BootError("plot makes no JSON", "leave plot out: `bootpy analyze --json`")
    system = None
    if given.file:
        found = recorded.from_file(given.file)
    else:
        found = recorded.from_system()
        system = recorded.booted()
    if given.json:
        import json

        print(json.dumps(_object(found, system), indent=2))
        return 0
    doubt = recorded.doubt(found.record, system)
    if doubt:
        print(f"{found.place}: {doubt}", file=sys.stderr)
    if given.what == "plot":
        _plot(found, given.output)
        return 0
    from bootpy.analysis import blame_lines, time_lines
    from bootpy.cli.list_text import clean

    lines = time_lines(found.record) if given.what == "time" else blame_lines(found.record)
    if system and given.what == "time":
        lines.append(f"This system's kernel began {system.uptime:.1f}s ago.")
    for line in lines:
        print(clean(line))
    return 0


def _plot(found: "Found", output: str | None) -> None:
    from bootpy.cli.chart import svg

    chart = svg(found.record)
    if not output:
        print(chart, end="")
        return
    try:
        with open(output, "w", encoding="utf-8") as file:
            file.write(chart)
    except OSError as error:
        raise BootError(
            f"{output}: {(error.strerror or str(error)).lower()}", "name another place for it"
        ) from None


def _object(found: "Found", system: "Booted | None") -> dict[str, Any]:
    from bootpy.analysis import object_of
    from bootpy.cli.recorded import doubt

    return {
        **object_of(found.record),
        "source": {"kind": found.kind, "place": found.place},
        "booted": system and system._asdict(),
        "doubt": doubt(found.record, system) or None,
    }
