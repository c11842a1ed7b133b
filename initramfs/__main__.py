"""`python -m initramfs build|size|update`: images of the loader from Debian's packages."""

import argparse
import sys
from pathlib import Path

from bootpy.errors import BootError
from initramfs.progress import say
from initramfs.userlands import DEFAULT, NAMES


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m initramfs", description=__doc__)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, meaning in (
        ("build", "build the image of a profile if anything changed"),
        ("size", "build it, and print what is big in it"),
        ("update", "fetch Debian's package index again"),
    ):
        verb = verbs.add_parser(name, help=meaning, description=meaning)
        verb.add_argument("--profile", default="cloud", help="name, or path of a TOML file")
        if name != "update":
            verb.add_argument(
                "--userland", default=DEFAULT, choices=NAMES, help=f"default: {DEFAULT}"
            )
            verb.add_argument("--output", type=Path, help="folder for the three files")
    given = parser.parse_args(arguments)
    try:
        _run(given)
    except BootError as error:
        if given.debug:
            raise
        say(f"error: {error}")
        return 1
    return 0


def _run(given: argparse.Namespace) -> None:
    # What builds takes a while to import, and --help needs none of it.
    if given.verb == "update":
        from initramfs.debian import Archive, default_cache
        from initramfs.debian_sources import SourceArchive
        from initramfs.profile import Profile

        archive = Archive(default_cache(), Profile.named(given.profile).architecture)
        archive.update()
        SourceArchive(archive).update()
        return
    from initramfs.build import build

    image = build(given.profile, given.output, userland=given.userland)
    if given.verb == "size":
        from initramfs.size import report

        print(report(image.manifest))
    else:
        print(image.initramfs)


if __name__ == "__main__":
    sys.exit(main())
