"""What a default boot imports, held against a list: it does not grow without being seen."""

import re

from console_talk import Start

from initramfs.contents import REPOSITORY
from qemu.disks import recipes
from qemu.loader import loader_machine
from qemu.scenarios import State

LIST = REPOSITORY / "initramfs/boot-imports.txt"


# What Debian's interpreter loads by itself when it starts; what takes up the slim one.
NOT_IN_SLIM = {"zipimport"}
ONLY_IN_SLIM = {"_resume"}


def test_a_default_boot_imports_what_the_list_says(start: Start, userland: str) -> None:
    words = "bootpy.timeout=0 bootpy.log=debug"
    machine = loader_machine(recipes.grub(), append=words, userland=userland)
    guest = start(machine).to(State.JUMPED)
    said = re.search(r"modules imported: ([^\r\n]*)", guest.console.text)
    assert said
    imported = said[1].split()
    listed = LIST.read_text().split()
    if userland == "slim":
        listed = sorted({*listed, *ONLY_IN_SLIM} - NOT_IN_SLIM)
    assert imported == listed, (
        f"new: {sorted(set(imported) - set(listed))}, gone: {sorted(set(listed) - set(imported))}; "
        f"where that is meant, change {LIST.name} in the same commit"
    )
