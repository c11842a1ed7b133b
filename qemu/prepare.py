"""Everything that the tests boot, made ahead: images and disks, with progress on the way."""

from initramfs.build import build
from initramfs.kernel import KernelOf
from initramfs.progress import say, step
from initramfs.userlands import NAMES
from qemu.accelerator import working
from qemu.disks.debian import debian
from qemu.disks.recipes import RECIPES

IMAGES = (("cloud", "debian"), ("generic", "debian"), ("cloud", "slim"))
"""Profile and userland of each."""


def prepare(kernel: KernelOf = KernelOf.DEBIAN) -> None:
    """Make what is not there yet; a fraction of a second where all is.

    The loader's own kernel takes long to compile: it is made where it is asked for.
    """
    for profile, userland in IMAGES:
        build(profile=profile, userland=userland)
    if kernel is KernelOf.OWN:
        for userland in NAMES:
            build(userland=userland, kernel=kernel)
    debian()
    for recipe in RECIPES.values():
        recipe()
    with step("Looking for a working KVM"):
        accelerator = working()
    say(f"  Machines run under {accelerator}.")
