"""What Debian 12's kernel-install writes, recorded: `python -m qemu corpus kernel-install`.

systemd 252 knows the layouts "bls" and "other"; unified kernel images came with a later one, so
there are none here. Kernels and initrds are one word long.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from initramfs.progress import step
from qemu.disks.content import Content
from qemu.disks.target import debian_packages
from qemu.disks.workshop import write_configuration
from qemu.places import REPOSITORY

RECORDED = REPOSITORY / "tests/corpus/kernel-install"
MACHINE = "6a9857a393724b7a981ebb5b8495b9ea"
ROOT = "70070000-2222-4222-8222-000000000002"
NEW, OLD, OLDER = "6.1.0-28-amd64", "6.1.0-27-amd64", "6.1.0-9-amd64"


@dataclass(frozen=True)
class Variant:
    """A machine on which kernel-install is run: what is set up, and what is run.

    `volumes` are the mount points that are file systems of their own, with the names that
    the tests call them by.
    """

    script: str
    given: dict[str, Content]
    volumes: dict[str, str] = field(default_factory=lambda: {"/efi": "sda1"})


def _add(version: str, *more: str) -> str:
    images = " ".join(f"/source/{name}" for name in (*more, f"initrd.img-{version}"))
    return f"kernel-install add {version} /source/vmlinuz-{version} {images}"


_CMDLINE: dict[str, Content] = {
    "/etc/machine-id": f"{MACHINE}\n",
    "/etc/kernel/cmdline": f"root=UUID={ROOT} ro quiet\n",
}

VARIANTS = {
    # As `bootctl install` and kernel-install set it up: entries named after the machine.
    "machine-id": Variant(
        "\n".join(_add(version) for version in (OLDER, OLD, NEW)),
        {
            **_CMDLINE,
            f"/efi/{MACHINE}": None,
            "/efi/loader/loader.conf": f"timeout 3\n#console-mode keep\ndefault {MACHINE}-*\n",
            "/efi/loader/entries.srel": "type1\n",
        },
    ),
    # Named after the system; microcode before the initrd; the new kernel has three attempts.
    "entry-token": Variant(
        f"{_add(OLD, 'microcode.img')}\necho 3 > /etc/kernel/tries\n{_add(NEW, 'microcode.img')}",
        {
            **_CMDLINE,
            "/etc/kernel/entry-token": "debian\n",
            "/efi/debian": None,
            "/source/microcode.img": "microcode",
            "/efi/loader/loader.conf": "timeout 10\n",
        },
    ),
    # Kernels on an extended boot partition at /boot, loader.conf on the ESP at /efi.
    "extended-boot": Variant(
        f"{_add(OLD)}\n{_add(NEW)}",
        {
            **_CMDLINE,
            "/etc/kernel/install.conf": "layout=bls\nBOOT_ROOT=/boot\n",
            f"/boot/{MACHINE}": None,
            "/efi/loader/loader.conf": "timeout 0\n",
        },
        {"/efi": "sda1", "/boot": "sda2"},
    ),
    # A kernel that was added, and removed again; there is no loader.conf.
    "removed": Variant(
        f"{_add(OLD)}\n{_add(NEW)}\nkernel-install remove {NEW}",
        {**_CMDLINE, f"/efi/{MACHINE}": None},
    ),
}


def record() -> Path:
    """Record all variants; returns the folder of results."""
    source: dict[str, Content] = {}
    for version in (NEW, OLD, OLDER):
        source |= {f"/source/{name}-{version}": "image" for name in ("vmlinuz", "initrd.img")}
    for name, variant in VARIANTS.items():
        into = RECORDED / name
        shutil.rmtree(into, ignore_errors=True)
        with step(f"Recording kernel-install {name}"):
            copies = [f"cp -r {point} /out/{to}" for point, to in variant.volumes.items()]
            write_configuration(
                "\n".join([variant.script, "mkdir /out", *copies]),
                source | variant.given,
                wanted="/out",
                into=into,
                apart=" ".join(variant.volumes),
            )
        (into / "volumes.toml").write_text(_described(variant))
        # What only stands there need not be committed, and empty folders cannot be.
        for volume in variant.volumes.values():
            for path in sorted(p for p in (into / volume).rglob("*") if p.is_file()):
                if path.name.startswith(("linux", "initrd.img-", "microcode")):
                    _mention(into / "volumes.toml", volume, path.relative_to(into / volume))
                    path.unlink()
    version = debian_packages().describe("systemd")["Version"]
    (RECORDED / "packages.txt").write_text(f"systemd {version}\n")
    return RECORDED


def _described(variant: Variant) -> str:
    lines = ['platform = "efi"']
    for number, name in enumerate(variant.volumes.values(), start=1):
        lines += ["", "[[volume]]", f'name = "{name}"', f'grub = "hd0,gpt{number}"']
        lines += [f'uuid = "E5B0-07A{number}"', "files = [", "]"]
    return "\n".join(lines) + "\n"


def _mention(described: Path, volume: str, file: Path) -> None:
    """Add a file to the list of those that are laid out empty."""
    before, name, rest = described.read_text().partition(f'name = "{volume}"')
    rest = rest.replace("\n]", f'\n    "/{file}",\n]', 1)
    described.write_text(before + name + rest)
