"""A small system to boot into: Debian's cloud kernel and a shell, a megabyte of initrd.

It shows that the jump arrived, and reads back what the loader handed over: its init prints
`TARGET-READY` and gives a shell on the console.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from initramfs.debian import Archive, default_cache
from qemu.disks.cache import made
from qemu.places import call

READY = "TARGET-READY"

INIT = f"""#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
export PATH=/bin:/sbin:/usr/bin:/usr/sbin PS1='target# '
for module in /modules/*.ko; do [ -e "$module" ] && insmod "$module"; done
[ -e /job ] && . /job
echo {READY}
exec setsid cttyhack sh
"""


@dataclass(frozen=True)
class Kernel:
    """A kernel out of a Debian package, unpacked into `folder`; `version` is `uname -r`'s."""

    folder: Path
    version: str

    @property
    def image(self) -> Path:
        """The bootable image."""
        return self.folder / "boot" / f"vmlinuz-{self.version}"

    def modules(self, *names: str) -> list[Path]:
        """Return the files of kernel modules and of all they need, in an order to load them.

        A name that is built in gives nothing. KeyError: there is no such module.
        """
        tree = self.folder / "lib/modules" / self.version
        known = {_module_name(path): path for path in (tree / "kernel").rglob("*.ko")}
        builtin = {_module_name(Path(line)) for line in (tree / "modules.builtin").open()}
        ordered: dict[str, Path] = {}

        def add(name: str) -> None:
            if name in ordered or name in builtin:
                return
            path = known[name]
            for needed in filter(None, call(["modinfo", "-F", "depends", path]).strip().split(",")):
                add(needed.replace("-", "_"))
            ordered[name] = path

        for name in names:
            add(name)
        return list(ordered.values())


@cache
def cloud_kernel() -> Kernel:
    """Return Debian's kernel for virtual machines, fetched and unpacked at first use."""
    archive = Archive(default_cache())
    name = archive.kernel_image("linux-image-cloud-amd64")
    version = archive.describe(name)["Version"]

    def make(folder: Path) -> None:
        archive.unpack(archive.fetch([name])[0], folder)

    folder = made("kernel", [name, version], make, suffix="")
    return Kernel(folder, name.removeprefix("linux-image-"))


def target_initrd(*modules: str, job: str = "") -> Path:
    """Return the target's initrd: busybox and its init, about a megabyte.

    `modules` are kernel modules that it loads first; `job` is shell text that it runs
    before the shell.
    """
    archive = Archive(default_cache())
    version = archive.describe("busybox-static")["Version"]
    kernel = cloud_kernel() if modules else None
    key = [INIT, version, job, modules, kernel.version if kernel else ""]

    def make(image: Path) -> None:
        tree = image.with_suffix(".tree")
        archive.unpack(archive.fetch(["busybox-static"])[0], tree)
        root = tree.with_suffix(".root")
        for folder in ("bin", "sbin", "usr/bin", "usr/sbin", "proc", "sys", "dev", "mnt"):
            (root / folder).mkdir(parents=True)
        (root / "bin/busybox").write_bytes((tree / "bin/busybox").read_bytes())
        (root / "init").write_text(INIT)
        for path in (root / "bin/busybox", root / "init"):
            path.chmod(0o755)
        if job:
            (root / "job").write_text(job)
        for number, module in enumerate(kernel.modules(*modules) if kernel else ()):
            (root / "modules").mkdir(exist_ok=True)
            # insmod goes through them in the order of their names.
            (root / "modules" / f"{number:02}-{module.name}").write_bytes(module.read_bytes())
        pack(root, image)

    name = "initrd" if not (modules or job) else f"initrd-{'-'.join(modules) or 'job'}"
    return made(name, key, make)


def pack(root: Path, image: Path) -> None:
    """Write a folder as a gzipped newc archive whose owner is root."""
    names = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
    cpio = ["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"]
    archive = subprocess.run(
        cpio, input="\n".join(names).encode(), cwd=root, stdout=subprocess.PIPE, check=True
    )
    with image.open("wb") as file:
        subprocess.run(["gzip", "-n"], input=archive.stdout, stdout=file, check=True)


def _module_name(path: Path) -> str:
    return path.name.strip().removesuffix(".ko").replace("-", "_")
