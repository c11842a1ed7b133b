"""Everything that the tests boot, made ahead: images and disks, with progress on the way."""

from initramfs.build import build
from initramfs.kernel import KernelOf
from initramfs.progress import say, step
from initramfs.userlands import NAMES
from qemu.accelerator import working
from qemu.architecture import Architecture
from qemu.disks.debian import debian
from qemu.disks.recipes import RECIPES

IMAGES = (
    ("cloud", "debian", Architecture.AMD64),
    ("generic", "debian", Architecture.AMD64),
    ("cloud", "slim", Architecture.AMD64),
    ("cloud", "debian", Architecture.ARM64),
)
"""Profile, userland and architecture of each."""


def prepare(kernel: KernelOf = KernelOf.DEBIAN) -> None:
    """Make what is not there yet; a fraction of a second where all is.

    The loader's own kernel takes long to compile: it is made where it is asked for.
    """
    for profile, userland, architecture in IMAGES:
        build(profile=profile, userland=userland, architecture=architecture)
    if kernel is KernelOf.OWN:
        for userland in NAMES:
            build(userland=userland, kernel=kernel)
    debian()
    for recipe in RECIPES.values():
        recipe()
    with step("Looking for a working KVM"):
        accelerator = working()
    say(f"  Machines run under {accelerator}.")
