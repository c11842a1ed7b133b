"""`python -m bench [FAMILY ...]`: measure, keep the results, print the tables."""

import sys

from bench import families
from bootpy.errors import BootError
from initramfs.progress import say


def main(arguments: list[str]) -> int:
    """Measure the families named, or all; return the exit status."""
    known = [family.NAME for family in families.FAMILIES]
    unknown = set(arguments) - set(known)
    try:
        if unknown:
            raise BootError(f"no such family: {' '.join(sorted(unknown))}", f"{' '.join(known)}")
        found = families.measure(arguments or known)
    except BootError as error:
        say(f"error: {error}")
        return 1
    families.write(found)
    for family in families.FAMILIES:
        print(f"\n{family.ABOUT}\n\n{family.table(found.get(family.NAME, []))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
