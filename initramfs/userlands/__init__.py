"""Userlands: what makes Python and bootpy run in an image, one module each behind one interface.

A further one (another distribution's packages, say) is a module here with a function `fill`,
and its name in NAMES.
"""

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from bootpy.errors import BootError
from initramfs.profile import PythonPart
from initramfs.sysroot import Sysroot
from initramfs.tree import Tree

DEFAULT = "debian"
NAMES = (DEFAULT, "slim")


class Userland(Protocol):
    """What a module here has to have."""

    def fill(
        self, tree: Tree, sysroot: Sysroot, part: PythonPart, work: Path, source: Path
    ) -> None:
        """Put /init and all that it loads into `tree`.

        `sysroot` takes packages of the target, `work` is an empty folder for intermediate
        files, and below `source` lies the package bootpy. BootError: what cannot be built.
        """


def named(name: str) -> Userland:
    """Return the userland `name`; BootError where there is none of that name."""
    if name not in NAMES:
        raise BootError(
            f"There is no userland {name}",
            f"Userlands are: {', '.join(NAMES)} (make image USERLAND=...).",
        )
    # Each imports what it builds with, and only one is wanted.
    return cast(Userland, import_module(f"{__name__}.{name}"))
