"""A small system to boot into: Debian's cloud kernel and a shell, a megabyte of initrd.

It shows that the jump arrived, and reads back what the loader handed over: its init prints
`TARGET-READY` and gives a shell on the console.
"""

from __future__ import annotations

import lzma
import shutil
import subprocess
import tempfile
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


NEWER = "trixie"
"""The release of Debian that a kernel newer than Debian 12's comes from."""


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
        # Since Debian 13 they lie below /usr.
        usr = self.folder / "usr/lib/modules" / self.version
        tree = usr if usr.exists() else self.folder / "lib/modules" / self.version
        known = {_module_name(path): path for path in (tree / "kernel").rglob("*.ko*")}
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
def debian_packages(architecture: str = "amd64", suite: str = "") -> Archive:
    """Return the archive that all the small disks' packages come from, asked once each."""
    return Archive(default_cache(), architecture, suite)


@cache
def cloud_kernel(architecture: str = "amd64", suite: str = "") -> Kernel:
    """Return Debian's kernel for virtual machines, fetched and unpacked at first use.

    `suite` is the release that it comes from, where that is another one (`NEWER`).
    """
    kind = f"kernel-{suite}" if suite else "kernel"
    return _kernel(f"linux-image-cloud-{architecture}", kind, architecture, suite)


@cache
def generic_kernel() -> Kernel:
    """Return Debian's kernel for every PC, which has drivers of graphics cards."""
    return _kernel("linux-image-amd64", "kernel-generic", "amd64", "")


def _kernel(package: str, kind: str, architecture: str, suite: str) -> Kernel:
    archive = debian_packages(architecture, suite)
    name = archive.kernel_image(package)
    version = archive.describe(name)["Version"]

    def make(folder: Path) -> None:
        archive.unpack(archive.fetch([name])[0], folder)

    kept = _named(kind, architecture)
    folder = made(kept, [name, version], make, suffix="", only_newest=True)
    return Kernel(folder, name.removeprefix("linux-image-"))


@cache
def target_initrd(
    *modules: str,
    job: str = "",
    architecture: str = "amd64",
    suite: str = "",
    generic: bool = False,
) -> Path:
    """Return the target's initrd: busybox and its init, about a megabyte.

    `modules` are kernel modules that it loads first, of the cloud kernel of `suite` or of the
    `generic` one; `job` is shell text that it runs before the shell.
    """
    archive = debian_packages(architecture)
    version = archive.describe("busybox-static")["Version"]
    kernel = None
    if modules:
        kernel = generic_kernel() if generic else cloud_kernel(architecture, suite)
    key = [INIT, version, job, modules, kernel.version if kernel else ""]

    def make(image: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="bootpy-target-") as folder:
            tree, root = Path(folder) / "package", Path(folder) / "root"
            archive.unpack(archive.fetch(["busybox-static"])[0], tree)
            for name in ("bin", "sbin", "usr/bin", "usr/sbin", "proc", "sys", "dev", "mnt"):
                (root / name).mkdir(parents=True)
            shutil.copy(tree / "bin/busybox", root / "bin")
            (root / "init").write_text(INIT)
            (root / "init").chmod(0o755)
            if job:
                (root / "job").write_text(job)
            for number, module in enumerate(kernel.modules(*modules) if kernel else ()):
                (root / "modules").mkdir(exist_ok=True)
                # insmod goes through them in the order of their names.
                name = f"{number:02}-{module.name.removesuffix('.xz')}"
                content = module.read_bytes()
                plain = lzma.decompress(content) if module.suffix == ".xz" else content
                (root / "modules" / name).write_bytes(plain)
            pack(root, image)

    name = "initrd" if not (modules or job) else f"initrd-{'-'.join(modules) or 'job'}"
    return made(_named(name, architecture), key, make)


def pack(root: Path, image: Path) -> None:
    """Write a folder as a gzipped newc archive whose owner is root."""
    names = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
    cpio = ["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"]
    archive = subprocess.run(
        cpio, input="\n".join(names).encode(), cwd=root, stdout=subprocess.PIPE, check=True
    )
    with image.open("wb") as file:
        subprocess.run(["gzip", "-n"], input=archive.stdout, stdout=file, check=True)


def _named(name: str, architecture: str) -> str:
    return name if architecture == "amd64" else f"{name}-{architecture}"


def _module_name(path: Path) -> str:
    return path.name.strip().partition(".ko")[0].replace("-", "_")
