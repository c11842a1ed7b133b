"""Disks whose file system was in use when the power went: their journals hold changes.

A guest mounts the file system, writes, and is killed. Whoever mounts such a disk next
without `noload` or `norecovery`, read-only or not, writes to it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from qemu.disks.cache import made
from qemu.disks.image import copy_sparse
from qemu.disks.target import READY, cloud_kernel, target_initrd
from qemu.machine import Machine
from qemu.places import call

# sync brings the changes into the journal; writing them to their places takes the kernel
# seconds more, which it is not given.
_JOB = """\
mount -t {filesystem} /dev/vda1 /mnt || exit
for number in 1 2 3 4 5 6 7 8; do
    echo "written before the power went" > /mnt/left-$number; mkdir /mnt/folder-$number
done
sync
"""
_PATIENCE = 120


def with_dirty_journal(disk: Path, filesystem: str) -> Path:
    """Return a copy of `disk` whose first partition, ext4 or xfs, has a journal to replay.

    BootError or ConsoleError: the guest could not do it, or its journal turned out clean.
    """
    modules = ("virtio_pci", "virtio_blk", "crc32c_generic", filesystem)

    def make(image: Path) -> None:
        image.touch()
        copy_sparse(disk, image)
        machine = Machine(
            kernel=cloud_kernel().image,
            initrd=target_initrd(*modules, job=_JOB.format(filesystem=filesystem)),
            append="console=ttyS0 quiet",
        ).with_disk(image, snapshot=False)
        with machine.start() as guest:
            guest.expect(READY, timeout=_PATIENCE)
            guest.shell.run(f"grep '/mnt {filesystem}' /proc/mounts && ls /mnt/left-8")
            guest.kill()
        if not is_dirty(image, filesystem):
            raise RuntimeError(f"{image}: the guest's {filesystem} was left with a clean journal")

    return made(f"dirty-{filesystem}", [disk.name, modules, _JOB], make)


def is_dirty(disk: Path, filesystem: str) -> bool:
    """Say whether the journal of the first partition has something to replay."""
    table = json.loads(call(["sfdisk", "--json", disk]))["partitiontable"]
    first = table["partitions"][0]
    with tempfile.TemporaryDirectory(prefix="bootpy-part-") as folder:
        part = Path(folder) / "part"
        # dd keeps holes as holes: the part may be large, and is mostly empty.
        place = [f"skip={first['start'] // 2048}", f"count={first['size'] // 2048}"]
        call(["dd", f"if={disk}", f"of={part}", "bs=1M", "conv=sparse", "status=none", *place])
        if filesystem == "ext4":
            return "needs_recovery" in call(["dumpe2fs", "-h", part])
        return "state: <DIRTY>" in call(["xfs_logprint", "-t", part])
