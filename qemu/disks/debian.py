"""A real Debian 12: installed by its own tools, its boot loader set up by itself.

mmdebstrap installs the packages; the system is then started once, straight from its
kernel, and runs grub-install and update-grub on its own disk, as an administrator would.
What is on the disk afterwards is Debian's own work: grub.cfg, initrd, EFI folder.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from initramfs.progress import step
from initramfs.sources import debian_sources
from qemu.disks.cache import made
from qemu.disks.filesystems import make_fat
from qemu.disks.image import ESP, LINUX, MIB, Partition, write_gpt
from qemu.disks.userns import call_as_root
from qemu.machine import Firmware, Machine
from qemu.places import call

SUITE = "bookworm"
PASSWORD = "root"  # noqa: S105
PACKAGES = (
    "dosfstools",
    "e2fsprogs",
    "grub-efi-amd64",
    "initramfs-tools",
    "kmod",
    "linux-image-cloud-amd64",
    "login",
    "systemd-sysv",
    "udev",
    "zstd",
)
# Nobody reads documentation on a test disk, and each megabyte is copied several times.
_LEFT_OUT = ("doc", "man", "info", "locale", "lintian", "common-licenses")
_WAY = re.compile(r"Acquire::(https?::|Retries|Check-|ForceIPv)")
_ROOT_SIZE = 768 * MIB
_ESP_SIZE = 64 * MIB
# Under UEFI, since grub-mkconfig asks what it runs on.
_FIRMWARE = Firmware.OVMF
# Seconds: a busy host emulates slowly.
_PATIENCE = 900.0
_INSTALLED = "BOOT-LOADER-INSTALLED"
_FINISHED_BY_SYSTEMD = "systemd.run=/usr/local/sbin/finish systemd.run_success_action=poweroff"

_DEFAULT_GRUB = """\
GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX="console=ttyS0"
GRUB_TERMINAL=serial
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
"""

# Runs inside, once, and removes itself. --force-extra-removable as the installer's question
# "to the removable media path?" does: the firmware then finds it without a boot variable.
_FINISH = f"""\
#!/bin/sh
set -e
grub-install --target=x86_64-efi --efi-directory=/boot/efi --force-extra-removable --no-nvram
update-grub
rm -f "$0"
sync
echo {_INSTALLED}
"""


@dataclass(frozen=True)
class Installation:
    """What is installed: packages, the size of the root file system (bytes), further hooks.

    `hooks` are mmdebstrap's, as of `bootstrap`. `first_start` is what the kernel is told at the
    first start, so that /usr/local/sbin/finish is run and the machine turned off then.
    """

    name: str = "debian"
    packages: tuple[str, ...] = PACKAGES
    root_size: int = _ROOT_SIZE
    hooks: tuple[str, ...] = ()
    first_start: str = _FINISHED_BY_SYSTEMD


@dataclass(frozen=True)
class DebianSystem:
    """An installed system: its disk, and for a start without a boot loader its kernel."""

    folder: Path
    root_uuid: str

    @property
    def disk(self) -> Path:
        """The disk: GPT, ESP, ext4 root."""
        return self.folder / "disk.img"

    @property
    def kernel(self) -> Path:
        """Its kernel, as it lies in its /boot."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """Its initrd, made by its own initramfs-tools."""
        return self.folder / "initrd.img"

    @property
    def cmdline(self) -> str:
        """The command line that its own grub.cfg gives to its default entry."""
        return f"root=UUID={self.root_uuid} ro console=ttyS0 quiet"


def debian(what: Installation | None = None) -> DebianSystem:
    """Return the installed Debian 12, made at first use (a few minutes)."""
    what = what or Installation()
    root_uuid = str(uuid.uuid5(uuid.NAMESPACE_DNS, "root.debian.bootpy"))
    esp_serial = 0xB007E5B0
    texts = [_DEFAULT_GRUB, _FINISH, PASSWORD, _FIRMWARE]
    sizes = (what.root_size, _ESP_SIZE)
    key = [SUITE, what.packages, _LEFT_OUT, texts, *sizes, root_uuid, esp_serial, *what.hooks]

    def make(folder: Path) -> None:
        folder.mkdir()
        system = DebianSystem(folder, root_uuid)
        archive, root, esp = (folder / name for name in ("tree.tar", "root.img", "esp.img"))
        with step(f"Installing Debian {SUITE} (mmdebstrap: downloads about 100 MB)"):
            password = f'echo root:{PASSWORD} | chroot "$1" chpasswd'
            bootstrap(archive, what.packages, password, *what.hooks)
        with step("Making its file systems"):
            _make_root(archive, root, what.root_size, root_uuid, esp_serial)
            archive.unlink()
            empty = folder / "empty"
            empty.mkdir()
            make_fat(esp, empty, _ESP_SIZE, label="EFI", serial=esp_serial)
            empty.rmdir()
            write_gpt(system.disk, Partition(esp, ESP), Partition(root, LINUX))
            esp.unlink()
            _extract_kernel(root, system)
            root.unlink()
        with step("Starting it once: it installs GRUB and writes grub.cfg"):
            _install_boot_loader(system, folder.parent / f"{what.name}.log", what.first_start)

    return DebianSystem(made(what.name, key, make, suffix="", only_newest=True), root_uuid)


def bootstrap(archive: Path, packages: Sequence[str], *hooks: str) -> None:
    """Write a tar archive of a small Debian with `packages`, configured by their own scripts.

    `hooks` are mmdebstrap's customize hooks: shell text that gets the system's folder as $1.
    """
    given = os.environ.get("BOOTPY_APT_SOURCES")
    sources = Path(given).read_text() if given else debian_sources(codename=SUITE)
    # mmdebstrap asks apt without the host's settings: proxies and kin have to be handed on.
    settings = [line for line in call(["apt-config", "dump"]).splitlines() if _WAY.match(line)]
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEFT_OUT]
    call(
        [
            "mmdebstrap",
            "--variant=minbase",
            "--format=tar",
            f"--include={','.join(packages)}",
            '--aptopt=APT::Install-Recommends "false"',
            *excluded,
            *(f"--aptopt={line}" for line in settings),
            *(f"--customize-hook={hook}" for hook in hooks),
            SUITE,
            archive,
            "-",
        ],
        stdin=sources,
    )


def _make_root(archive: Path, image: Path, size: int, root_uuid: str, esp_serial: int) -> None:
    """Make the root file system, with the files that an installer would have written."""
    tree = image.with_suffix(".tree")
    tree.mkdir()
    esp_uuid = f"{esp_serial >> 16:04X}-{esp_serial & 0xFFFF:04X}"
    written = {
        "etc/fstab": (
            f"UUID={root_uuid} / ext4 errors=remount-ro 0 1\n"
            f"UUID={esp_uuid} /boot/efi vfat umask=0077 0 1\n"
        ),
        "etc/hostname": "debian\n",
        "etc/hosts": "127.0.0.1 localhost\n127.0.1.1 debian\n",
        "etc/default/grub": _DEFAULT_GRUB,
        "usr/local/sbin/finish": _FINISH,
    }
    script = [
        "set -eu",
        # Whatever happens: its owners are not ours, and nobody but this script can remove it.
        "trap 'rm -rf \"$2\"' EXIT",
        'tar -x -f "$1" -C "$2" --exclude="./dev/*" --numeric-owner',
        'mkdir -p "$2/boot/efi"',
    ]
    arguments: list[str | Path] = []
    for number, (path, text) in enumerate(written.items(), start=4):
        script.append(f'printf %s "${{{number}}}" > "$2/{path}"')
        arguments.append(text)
    script += [
        'chmod 755 "$2/usr/local/sbin/finish"',
        'rm -f "$3"',
        f'truncate -s {size} "$3"',
        f'mke2fs -q -F -t ext4 -U {root_uuid} -d "$2" "$3"',
    ]
    call_as_root(["sh", "-c", "\n".join(script), "sh", archive, tree, image, *arguments])


def _extract_kernel(root: Path, system: DebianSystem) -> None:
    names = call(["debugfs", "-R", "ls -p /boot", root])
    for start, target in (("vmlinuz-", system.kernel), ("initrd.img-", system.initrd)):
        name = next(word for word in names.split("/") if word.startswith(start))
        call(["debugfs", "-R", f"dump /boot/{name} {target}", root])


def _install_boot_loader(system: DebianSystem, log: Path, words: str) -> None:
    machine = Machine(
        firmware=_FIRMWARE,
        kernel=system.kernel,
        initrd=system.initrd,
        append=f"root=UUID={system.root_uuid} rw console=ttyS0 quiet {words}".strip(),
    ).with_disk(system.disk, snapshot=False)
    with machine.start(log=log) as guest:
        guest.expect(_INSTALLED, timeout=_PATIENCE)
        guest.wait_off(timeout=_PATIENCE)
    shutil.move(log, system.folder / "install.log")
