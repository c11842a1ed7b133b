"""Multiboot kernels by `bootpy kexec` and by Debian's kexec-tools, called alike.

A Debian loads the witness and Xen, and is gone. What each program hands over is compared field by
field; where kexec-tools differs, the difference is named here.
"""

import gzip
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kexec_calls import Running
from multiboot_reading import read_1, read_2
from multiboot_witness import Witness

from qemu.disks import multiboot
from qemu.disks.kexec_tools import OURS, THEIRS, debian_machine, installed
from qemu.guest import Guest
from qemu.machine import Disk
from qemu.scenarios import TARGET

pytestmark = pytest.mark.long

BOOTPY = "PYTHONPATH=/usr/lib/bootpy python3.11 -m bootpy.cli.main"
WITNESS = (
    "-l --type={type} /mnt/witness --command-line='a=1 b' --module='/mnt/module of=it' "
    "--module=/mnt/module.gz"
)
XEN = (
    "-l --type={type} {kernel} --append='no-real-mode " + multiboot.XEN_WORDS + "' "
    "--module='/mnt" + multiboot.KERNEL + " " + multiboot.DOM0_WORDS + " way={type}' "
    "--module=/mnt" + multiboot.INITRD
)


@pytest.fixture
def debian(running: Running, tmp_path: Path) -> Guest:
    """A Debian with both programs, the disk of the witness and that of Xen."""
    machine = debian_machine(tmp_path)
    disks = (multiboot.witness_disk(), multiboot.xen())
    machine = replace(machine, disks=(*machine.disks, *map(Disk, disks)))
    return running(machine)


def jumped(guest: Guest, program: str, words: str, device: str) -> None:
    shell = installed(guest)
    shell.run(f"mount -o ro {device} /mnt")
    shell.run(f"{program} {words}")
    assert shell.run("cat /sys/kernel/kexec_loaded") == "1"
    guest.console.line(f"{program} -e -x")


def told(guest: Guest, program: str, kind: str) -> dict[str, Any]:
    """Return what the witness says it was handed, in the same words for both versions."""
    jumped(guest, program, WITNESS.format(type=kind), "/dev/vde1")
    memory = Witness(guest, patience=300)
    if kind == "multiboot-x86":
        assert memory.registers.eax == 0x2BADB002
        said = read_1(memory)
        modules = said["modules"]
    else:
        assert memory.registers.eax == 0x36D76289
        tags = read_2(memory.whole(), padded=program == OURS)
        modules = [(*struct.unpack_from("<II", one), one[8:-1]) for one in tags[3]]
        rows = [struct.unpack_from("<QQI", tags[6][0], at) for at in range(8, len(tags[6][0]), 24)]
        lower, upper = struct.unpack("<II", tags[4][0])
        said = {
            "cmdline": tags[1][0][:-1],
            "boot_loader_name": tags[2][0][:-1],
            "map": [(start, start + size, kind) for start, size, kind in rows],
            "mem_lower": lower,
            "mem_upper": upper,
        }
    said["modules"] = [
        (text, memory.read(start, end - start), start % 4096) for start, end, text in modules
    ]
    return said


@pytest.mark.parametrize("kind", ["multiboot-x86", "multiboot2-x86"])
def test_the_same_is_handed_over(debian: Guest, kind: str) -> None:
    theirs = told(debian, THEIRS, kind)
    debian.reset()
    ours = told(debian, OURS, kind)
    assert theirs.pop("boot_loader_name").startswith(b"kexec 2.0.25")
    assert ours.pop("boot_loader_name") == b"bootpy"
    # kexec-tools leaves out the first KiB, and takes the last address for the end.
    assert theirs["map"][0][0] == 1024
    theirs["map"][0] = (0, *theirs["map"][0][1:])
    for name in ("mem_lower", "mem_upper"):
        assert ours.pop(name) - theirs.pop(name) in {0, 1}
    # With zlib, which Debian's kexec-tools is built without, it unpacks modules as well.
    text, packed, offset = theirs["modules"][1]
    theirs["modules"][1] = (text, gzip.decompress(packed), offset)
    assert ours == theirs


def comes_to_its_dom0(guest: Guest, way: str) -> None:
    guest.expect(r"\(XEN\) Command line: .*no-real-mode ", timeout=300)
    found = guest.expect(multiboot.DOM0, timeout=400)
    assert found[1] == "xen"
    assert found[2].endswith(f"{multiboot.DOM0_WORDS} way={way}")
    guest.expect(TARGET.prompt)


# By version 1 the machine starts over where kexec-tools jumps into Xen.
@pytest.mark.parametrize(
    ("program", "kind"),
    [(THEIRS, "multiboot2-x86"), (OURS, "multiboot-x86"), (OURS, "multiboot2-x86")],
)
def test_xen_and_its_dom0(debian: Guest, program: str, kind: str) -> None:
    shell = installed(debian)
    shell.run("mount -o ro /dev/vdf1 /mnt")
    kernel = f"/mnt{multiboot.XEN}"
    if program == THEIRS:  # Debian's is built without zlib
        shell.run(f"gzip -dc {kernel} > /run/xen")
        kernel = "/run/xen"
    shell.run(f"{program} {XEN.format(type=kind, kernel=kernel)}")
    debian.console.line(f"{program} -e -x")
    comes_to_its_dom0(debian, kind)


def test_xen_by_load(debian: Guest) -> None:
    """`bootpy load` finds out by itself what Xen is, and unpacks it."""
    shell = installed(debian)
    shell.run("mount -o ro /dev/vdf1 /mnt")
    shell.run(
        f"{BOOTPY} load --kernel /mnt{multiboot.XEN} --command-line '{multiboot.XEN_WORDS}' "
        f"--module '/mnt{multiboot.KERNEL} {multiboot.DOM0_WORDS} way=load' "
        f"--module /mnt{multiboot.INITRD}"
    )
    debian.console.line(f"{BOOTPY} exec --force")
    comes_to_its_dom0(debian, "load")
