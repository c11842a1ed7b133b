"""Everything that the tests boot, made ahead: images and disks, with progress on the way."""

from initramfs.build import build
from initramfs.progress import say, step
from qemu.accelerator import working
from qemu.disks.debian import debian
from qemu.disks.recipes import RECIPES

IMAGES = (("cloud", "debian"), ("generic", "debian"), ("cloud", "slim"))
"""Profile and userland of each."""


def prepare() -> None:
    """Make what is not there yet; a fraction of a second where all is."""
    for profile, userland in IMAGES:
        build(profile=profile, userland=userland)
    debian()
    for recipe in RECIPES.values():
        recipe()
    with step("Looking for a working KVM"):
        accelerator = working()
    say(f"  Machines run under {accelerator}.")
