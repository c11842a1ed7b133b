"""`python -m bench [FAMILY ...]`: measure, keep the results, print the tables."""

import argparse
import sys

from bench import families
from bench.boots import tables
from bootpy.errors import BootError
from initramfs.progress import say


def main(arguments: list[str]) -> int:
    """Measure the families named, or all; return the exit status."""
    known = [family.NAME for family in families.FAMILIES]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("families", metavar="FAMILY", nargs="*", help=f"of {' '.join(known)}")
    parser.add_argument(
        "--rows", default="", help="boots to measure, by name or beginning; the others are kept"
    )
    given = parser.parse_args(arguments)
    rows = given.rows.split()
    wanted = given.families or ([tables.NAME] if rows else known)
    unknown = set(wanted) - set(known)
    try:
        if unknown:
            raise BootError(f"no such family: {' '.join(sorted(unknown))}", f"{' '.join(known)}")
        found = families.measure(wanted, rows)
    except BootError as error:
        say(f"error: {error}")
        return 1
    families.write(found)
    for family in (family for family in families.FAMILIES if family.NAME in wanted):
        print(f"\n{family.ABOUT}\n\n{family.table(found.get(family.NAME, []))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
