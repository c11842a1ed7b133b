"""`python -m initramfs.loader_kernel.cost BLOCK...`: what blocks of the fragment cost.

Builds the kernel whole, and once without each of the blocks named (several with commas
between them are left out together), and prints the sizes of the files as a table.
"""

import argparse
import sys
from dataclasses import replace

from bootpy.errors import BootError
from initramfs.debian import Archive, default_cache
from initramfs.loader_kernel.kernel import LoaderKernel
from initramfs.profile import LoaderKernelPart, Profile
from initramfs.progress import say


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m initramfs.loader_kernel.cost")
    parser.add_argument("blocks", nargs="*", help='as "btrfs" or "network,network adapters"')
    parser.add_argument("--profile", default="cloud")
    parser.add_argument("--compressions", nargs="*", default=[], help="compare these as well")
    given = parser.parse_args(arguments)
    try:
        print("\n".join(_rows(given.profile, given.blocks, given.compressions)))
    except BootError as error:
        say(f"error: {error}")
        return 1
    return 0


def _rows(profile: str, blocks: list[str], compressions: list[str]) -> list[str]:
    plan = Profile.named(profile)
    archive = Archive(default_cache(), plan.architecture)

    def size(part: LoaderKernelPart) -> int:
        return LoaderKernel(archive, part).plain().vmlinuz.stat().st_size

    part = plan.loader_kernel
    whole = size(part)
    rows = ["| kernel | bytes | difference |", "|---|---|---|", f"| whole | {whole:,} | |"]
    for names in blocks:
        left = size(replace(part, without=(*part.without, *names.split(","))))
        rows.append(f"| without {names} | {left:,} | {left - whole:+,} |")
    for name in compressions:
        other = size(replace(part, compression=name))
        rows.append(f"| {name} | {other:,} | {other - whole:+,} |")
    return rows


if __name__ == "__main__":
    sys.exit(main())
