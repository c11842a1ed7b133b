"""`python -m manual man|bash|zsh|fish`: print the page, or a shell's completion."""

import argparse
import os
import sys
from datetime import UTC, datetime

from bootpy.cli.main import parser
from manual import bash, fish, zsh
from manual.grammar import grammar
from manual.page import page


def main() -> int:
    """Print what is asked for; the date of the page is $SOURCE_DATE_EPOCH where that is set."""
    arguments = argparse.ArgumentParser(prog="python -m manual", description=__doc__)
    arguments.add_argument("what", choices=("man", "bash", "zsh", "fish"))
    what = arguments.parse_args().what
    root = grammar(parser())
    if what == "man":
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        text = page(root, datetime.fromtimestamp(int(epoch), UTC) if epoch else None)
    else:
        text = {"bash": bash, "zsh": zsh, "fish": fish}[what].completion(root)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
