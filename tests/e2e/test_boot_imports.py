"""What a default boot imports, held against a list: it does not grow without being seen."""

import re
from pathlib import Path

from console_talk import Start

from qemu.disks import recipes
from qemu.loader import loader_machine
from qemu.scenarios import State

LIST = Path(__file__).parent / "boot-imports.txt"


def test_a_default_boot_imports_what_the_list_says(start: Start) -> None:
    words = "bootpy.timeout=0 bootpy.log=debug"
    guest = start(loader_machine(recipes.grub(), append=words)).to(State.JUMPED)
    said = re.search(r"modules imported: ([^\r\n]*)", guest.console.text)
    assert said
    imported = said[1].split()
    listed = LIST.read_text().split()
    assert imported == listed, (
        f"new: {sorted(set(imported) - set(listed))}, gone: {sorted(set(listed) - set(imported))}; "
        f"where that is meant, change {LIST.name} in the same commit"
    )
