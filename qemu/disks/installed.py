"""bootpy and the Python that it runs on, for a Debian in a machine: archives that it unpacks.

A raw disk that holds a tar archive needs no file system driver, no network and no mount:
`tar -x -f /dev/vdb -C /` in the machine installs it.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from qemu.disks.cache import made
from qemu.disks.target import debian_packages
from qemu.machine import Disk, Machine
from qemu.places import REPOSITORY

PACKAGES = (
    "libexpat1",
    "libffi8",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "python3-minimal",
    "python3-pyudev",
    "python3.11-minimal",
)
INSTALL = "for disk in vdb vdc; do tar -x -f /dev/$disk -C / --keep-directory-symlink || exit; done"
"""Installs what `with_bootpy` put beside the system's one disk."""

_LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/binfmts")
_COMMAND = """\
#!/bin/sh
PYTHONPATH=/usr/lib/bootpy exec python3.11 -m bootpy.cli.main "$@"
"""


def python_archive() -> Path:
    """Return a tar archive of Debian's Python and pyudev, made at first use."""
    return packages_archive("python", PACKAGES, _LEFT_OUT)


def packages_archive(name: str, wanted: Sequence[str], left_out: Sequence[str]) -> Path:
    """Return a tar archive of what is in Debian packages, made at first use, less some folders."""
    archive = debian_packages()
    packages = archive.fetch(wanted)

    def make(path: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="bootpy-packages-") as folder:
            tree = Path(folder)
            for package in packages:
                archive.unpack(package, tree)
            for each in left_out:
                shutil.rmtree(tree / each, ignore_errors=True)
            pack(path, {tree: "."})

    key = [[str(package) for package in packages], left_out, "for everybody"]
    return made(name, key, make, suffix=".tar", only_newest=True)


def bootpy_archive(path: Path) -> Path:
    """Write a tar archive with bootpy as it is in this tree, and its command; return `path`."""
    with tempfile.TemporaryDirectory(prefix="bootpy-archive-") as folder:
        command = Path(folder) / "usr/bin/bootpy"
        command.parent.mkdir(parents=True)
        command.write_text(_COMMAND)
        command.chmod(0o755)
        pack(path, {Path(folder): ".", REPOSITORY / "bootpy": "usr/lib/bootpy/bootpy"})
    return path


def with_bootpy(machine: Machine, work: Path) -> Machine:
    """Return a machine of one disk with two more, from which `INSTALL` installs bootpy."""
    disks = (python_archive(), bootpy_archive(work / "bootpy.tar"))
    for path in disks:
        machine = replace(machine, disks=(*machine.disks, Disk(path, format="raw")))
    return machine


def pack(path: Path, trees: Mapping[Path, str]) -> None:
    """Write a tar archive of folders, each under the name given: root's, and for all to read."""

    def owned(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mode |= 0o555 if member.isdir() or member.mode & 0o100 else 0o444
        return None if member.name.endswith("__pycache__") else member

    with tarfile.open(path, "w") as archive:
        for tree, name in trees.items():
            archive.add(tree, name, filter=owned)
