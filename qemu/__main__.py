"""`python -m qemu VERB`: machines, their disks, what they measure, and how they run here."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from bootpy.errors import BootError
from initramfs.kernel import KernelOf
from initramfs.progress import say
from initramfs.userlands import DEFAULT, NAMES
from qemu.architecture import Architecture
from qemu.machine import Bus, Firmware


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; return the exit status."""
    given = _parser().parse_args(arguments)
    try:
        return _run(given)
    except BootError as error:
        if given.debug:
            raise
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m qemu", description=__doc__)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser(
        "run",
        help="boot a disk through the loader, in this terminal",
        description="Boot a disk through the loader, in this terminal. Image and disk are made "
        "where they are not there yet; nothing is written to the disk.",
    )
    run.add_argument("--disk", type=Path, help="raw or qcow2 image (default: a Debian 12)")
    run.add_argument("--menu", action="store_true", help="stop in the loader's menu")
    run.add_argument("--firmware", type=Firmware, choices=list(Firmware), default=Firmware.SEABIOS)
    run.add_argument("--bus", type=Bus, choices=list(Bus), default=Bus.VIRTIO)
    run.add_argument("--memory", type=int, default=1024, metavar="MB")
    run.add_argument("--append", default="", help="more for the loader's kernel command line")
    run.add_argument("--profile", default="cloud", help="profile of the loader's image")
    run.add_argument(
        "--userland", default=DEFAULT, choices=NAMES, help=f"the image's (default: {DEFAULT})"
    )
    run.add_argument(
        "--architecture", type=Architecture, choices=list(Architecture), default=Architecture.AMD64
    )
    _add_kernel(run, "whose kernel the loader has: Debian's, or its own with all in one file")
    run.add_argument("--until", default="", metavar="REGEX", help="end once the console shows it")
    run.add_argument(
        "--timeout", type=float, default=300, metavar="SECONDS", help="how long --until waits"
    )
    disk = verbs.add_parser("disk", help="make the disk of a scenario, and print where it is")
    disk.add_argument("name", nargs="?", help="without one, the names are listed")
    preparing = verbs.add_parser("prepare", help="make every image and disk that the tests boot")
    _add_kernel(preparing, "own: the loader's own kernel as well, whose tests are left out else")
    verbs.add_parser("figures", help="measure the figures of README.md; print them as a table")
    corpus = verbs.add_parser(
        "corpus",
        help="record again what Debian's generators write, for tests/corpus",
        description="Record again what Debian's kernel-install and grub-mkconfig write, for "
        "tests/corpus. The latter runs in a machine with disks of its own, and takes a while.",
    )
    corpus.add_argument(
        "names", nargs="*", metavar="NAME", help="kernel-install, or layouts of grub-mkconfig"
    )
    verbs.add_parser("accelerator", help="print what machines run under here: kvm or tcg")
    return parser


def _add_kernel(verb: argparse.ArgumentParser, meaning: str) -> None:
    kinds = list(KernelOf)
    verb.add_argument(
        "--kernel", type=KernelOf, choices=kinds, default=KernelOf.DEBIAN, help=meaning
    )


def _run(given: argparse.Namespace) -> int:
    # Each verb imports what it needs: the second `run` is to be in QEMU at once.
    if given.verb == "run":
        from qemu.run import Request, run

        return run(
            Request(
                disk=given.disk,
                menu=given.menu,
                firmware=given.firmware,
                bus=given.bus,
                memory=given.memory,
                append=given.append,
                profile=given.profile,
                userland=given.userland,
                kernel=given.kernel,
                architecture=given.architecture,
                until=given.until,
                patience=given.timeout,
            )
        )
    if given.verb == "disk":
        return _disk(given.name)
    if given.verb == "prepare":
        from qemu.prepare import prepare

        prepare(given.kernel)
        return 0
    if given.verb == "figures":
        from qemu import figures

        print(figures.markdown(figures.write()))
        return 0
    if given.verb == "corpus":
        from qemu.corpus import kernel_install, record

        names = [name for name in given.names if name != "kernel-install"]
        if names or not given.names:
            print(record.record(names))
        if "kernel-install" in given.names or not given.names:
            print(kernel_install.record())
        return 0
    from qemu.accelerator import working

    print(working())
    return 0


def _disk(name: str | None) -> int:
    from qemu.disks.recipes import RECIPES

    if name is None:
        print("\n".join(RECIPES))
        return 0
    if name not in RECIPES:
        raise BootError(f"there is no disk {name}", f"Disks: {', '.join(RECIPES)}")
    print(RECIPES[name]())
    return 0


if __name__ == "__main__":
    # As any other way out: QEMU is ended, and what lived with it removed.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main())
