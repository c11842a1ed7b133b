"""`python -m initramfs build|kernel|size|update`: images of the loader from Debian's packages."""

import argparse
import sys
from pathlib import Path

from bootpy.errors import BootError
from initramfs.kernel import KernelOf
from initramfs.progress import say
from initramfs.userlands import DEFAULT, NAMES


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m initramfs", description=__doc__)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, meaning in (
        ("build", "build the image of a profile if anything changed"),
        ("kernel", "build the loader's own kernel without an initramfs"),
        ("size", "build it, and print what is big in it"),
        ("update", "fetch Debian's package index again"),
    ):
        verb = verbs.add_parser(name, help=meaning, description=meaning)
        verb.add_argument("--profile", default="cloud", help="name, or path of a TOML file")
        verb.add_argument(
            "--architecture", default="", metavar="NAME", help="Debian's name of it: arm64"
        )
        if name in {"build", "size"}:
            verb.add_argument(
                "--userland", default=DEFAULT, choices=NAMES, help=f"default: {DEFAULT}"
            )
            verb.add_argument(
                "--kernel", type=KernelOf, choices=list(KernelOf), default=KernelOf.DEBIAN
            )
            verb.add_argument("--command-line", metavar="WORDS", help="built into our own kernel")
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
    if given.verb in {"update", "kernel"}:
        from initramfs.debian import Archive, default_cache
        from initramfs.profile import Profile

        plan = Profile.named(given.profile, given.architecture)
        archive = Archive(default_cache(), plan.architecture)
        if given.verb == "update":
            from initramfs.debian_sources import SourceArchive

            archive.update()
            SourceArchive(archive).update()
        else:
            from initramfs.loader_kernel.kernel import LoaderKernel

            print(LoaderKernel(archive, plan.loader_kernel).plain().vmlinuz)
        return
    from initramfs.build import build

    image = build(
        given.profile,
        given.output,
        userland=given.userland,
        kernel=given.kernel,
        architecture=given.architecture,
        command_line=given.command_line,
    )
    if given.verb == "size":
        from initramfs.size import report

        print(report(image.manifest))
    else:
        print(image.initramfs if given.kernel is KernelOf.DEBIAN else image.kernel)


if __name__ == "__main__":
    sys.exit(main())
