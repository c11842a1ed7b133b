"""`python -m qemu corpus`: run the real grub-mkconfig on real disks, and keep what it writes.

One guest records all layouts of layouts.sh, one after the other, on two scratch disks: the
host's kernel may lack device-mapper and RAID, and a generator that probes devices should
find nothing but its own. Results go to tests/corpus/grub-mkconfig, one folder per layout:
`volumes.toml` (names of the file systems and what lies on them), a folder per file system with
the files that a boot loader reads, and `default-grub`, the settings that the run had.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path

from bootpy.errors import BootError
from initramfs.progress import say, step
from qemu.corpus.tools import read_tar, recorded_with, script, tools_disk
from qemu.disks.image import MIB
from qemu.disks.target import READY, cloud_kernel, target_initrd
from qemu.guest import Guest
from qemu.machine import Firmware, Machine
from qemu.places import BUILD, REPOSITORY, call
from qemu.shell import CommandError

RECORDED = REPOSITORY / "tests/corpus/grub-mkconfig"
_SCRATCH = 1024 * MIB
_EXCHANGE = 64 * MIB
_PATIENCE = 900.0
_MODULES = ("virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod", "crc32c_generic", "ext4")

# udevadm does nothing in what looks like a chroot, unless told otherwise.
_INSIDE = "SYSTEMD_IGNORE_CHROOT=1 PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot /mnt"

# The small target mounts the tools' disk; modules that the kernel asks for come from there.
_ENTER = r"""
export SYSTEMD_IGNORE_CHROOT=1
mkdir -p /mnt; mount -t ext4 -o rw /dev/vda /mnt
for folder in proc sys dev; do mount --rbind /$folder /mnt/$folder; done
mount -t tmpfs run /mnt/run; mount -t tmpfs tmp /mnt/tmp
printf '#!/bin/sh\nexec chroot /mnt /sbin/modprobe "$@"\n' > /modprobe; chmod 755 /modprobe
echo /modprobe > /proc/sys/kernel/modprobe
mount -t efivarfs efivarfs /mnt/sys/firmware/efi/efivars || chroot /mnt modprobe efivarfs
mountpoint -q /mnt/sys/firmware/efi/efivars ||
    mount -t efivarfs efivarfs /mnt/sys/firmware/efi/efivars
mkdir -p /mnt/corpus; tar -x -f /dev/vdb -C /mnt/corpus
chroot /mnt /lib/systemd/systemd-udevd --daemon
chroot /mnt udevadm trigger; chroot /mnt udevadm settle
"""


def layouts() -> list[str]:
    """Return the names of all layouts, in the order in which they are recorded."""
    found = re.search(r'LAYOUTS="([^"]*)"', script())
    assert found
    return found[1].replace("\\\n", "").split()


def record(names: list[str] | None = None) -> Path:
    """Record the layouts with these names (default: all); returns the folder of results."""
    known = layouts()
    for name in names or []:
        if name not in known:
            raise BootError(f"there is no layout {name}", f"Layouts: {', '.join(known)}")
    with tempfile.TemporaryDirectory(prefix="bootpy-corpus-") as folder:
        work = Path(folder)
        machine, exchange = _machine(work)
        with machine.start(log=BUILD / "logs/corpus.log") as guest:
            failed = _run(guest, names or known, exchange)
    lines = [f"{name} {version}" for name, version in sorted(recorded_with().items())]
    (RECORDED / "packages.txt").write_text("\n".join(lines) + "\n")
    if failed:
        raise BootError("".join(f"\n{name}: {said}" for name, said in failed.items()))
    return RECORDED


def _machine(work: Path) -> tuple[Machine, Path]:
    scratch = [work / "a.img", work / "b.img"]
    for image in scratch:
        _blank(image, _SCRATCH)
    (work / "record").write_text(script() + 'set -eu\nrecord "$1"\n')
    exchange = work / "exchange.img"
    _blank(exchange, _EXCHANGE)
    call(["tar", "-c", "-f", work / "given.tar", "-C", work, "record"])
    with exchange.open("r+b") as file:
        file.write((work / "given.tar").read_bytes())
    # The scratch disks are SCSI: for /dev/sda grub-probe gives hints, for /dev/vda it has none.
    extra = ["-device", "virtio-scsi-pci,id=scratch"]
    for number, image in enumerate(scratch):
        node: dict[str, object] = {"node-name": f"scratch{number}", "driver": "raw"}
        node |= {"file": {"driver": "file", "filename": str(image)}}
        extra += ["-blockdev", json.dumps(node)]
        extra += ["-device", f"scsi-hd,bus=scratch.0,drive=scratch{number},scsi-id={number}"]
    machine = Machine(
        firmware=Firmware.OVMF,
        kernel=cloud_kernel().image,
        initrd=target_initrd(*_MODULES),
        append="console=ttyS0 quiet",
        extra=tuple(extra),
    )
    machine = machine.with_disk(tools_disk())
    return machine.with_disk(exchange, snapshot=False), exchange


def _run(guest: Guest, names: list[str], exchange: Path) -> dict[str, str]:
    """Record the layouts, each kept as soon as it is there; return what failing ones said."""
    failed = {}
    guest.expect(READY, timeout=240)
    guest.expect("target# ")
    guest.shell.run(_ENTER, timeout=240)
    for name in names:
        with step(f"Recording {name}"):
            try:
                guest.shell.run(f"{_INSIDE} /bin/sh /corpus/record {name}", timeout=_PATIENCE)
                guest.shell.run(f"tar -c -f /dev/vdb -C /mnt/corpus/out {name} && sync")
            except CommandError as error:
                failed[name] = str(error)
                continue
            with tempfile.TemporaryDirectory(prefix="bootpy-corpus-") as folder:
                read_tar(exchange, Path(folder))
                _keep(Path(folder) / name, RECORDED / name)
    return failed


def _keep(recorded: Path, into: Path) -> None:
    """Write down one layout as the tests read it."""
    if not recorded.is_dir():
        raise BootError(f"the guest recorded nothing for {recorded.name}")
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    lines = [f'platform = "{(recorded / "platform").read_text().strip()}"']
    for volume in sorted(path for path in recorded.iterdir() if path.is_dir()):
        names = dict(line.split("=", 1) for line in (volume / "names").read_text().splitlines())
        lines += ["", *_volume(volume, names)]
        if (volume / "texts").is_dir():
            # Without modes: a FAT shows every file as a program.
            shutil.copytree(volume / "texts", into / volume.name, copy_function=shutil.copyfile)
    (into / "volumes.toml").write_text("\n".join(lines) + "\n")
    shutil.copy(recorded / "default-grub", into / "default-grub")
    said = (recorded / "stderr").read_text()
    say("    " + said.strip().replace("\n", "\n    "))


def _volume(folder: Path, names: dict[str, str]) -> list[str]:
    """Describe a file system: its names as bootpy has them, and its files."""
    fields = {
        "name": folder.name,
        "uuid": names.get("UUID", ""),
        "label": names.get("LABEL", ""),
        "partuuid": names.get("ID_PART_ENTRY_UUID", ""),
        "partlabel": names.get("ID_PART_ENTRY_NAME", "").replace("\\x20", " "),
        "grub": _grub_name(folder.name, names.get("ID_PART_ENTRY_SCHEME", "")),
        "filesystem": names.get("TYPE", ""),
    }
    files = [line.removeprefix(".") for line in (folder / "files").read_text().splitlines()]
    lines = ["[[volume]]", *(f"{key} = {json.dumps(value)}" for key, value in fields.items())]
    return [*lines, "files = [", *(f"    {json.dumps(file)}," for file in files), "]"]


def _grub_name(name: str, table: str) -> str:
    found = re.fullmatch(r"sd([ab])(\d+)", name)
    if found is None:
        return ""
    return f"hd{'ab'.index(found[1])},{'gpt' if table == 'gpt' else 'msdos'}{found[2]}"


def _blank(image: Path, size: int) -> None:
    with image.open("wb") as file:
        file.truncate(size)
