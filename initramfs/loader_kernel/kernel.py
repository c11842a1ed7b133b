"""Builds the loader's kernel once, and links an initramfs into it as often as one changes."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bootpy.errors import BootError
from initramfs.debian import Archive, Package
from initramfs.kernel import Kernel, KernelOf
from initramfs.loader_kernel import toolchain
from initramfs.loader_kernel.fragment import Fragment, quoted, text_of
from initramfs.loader_kernel.kbuild import SETTINGS, Kbuild
from initramfs.locking import locked
from initramfs.profile import LoaderKernelPart
from initramfs.progress import say, step

FOLDER = Path(__file__).resolve().parent

# Debian's name of the architecture: kbuild's.
_ARCHITECTURES = {"amd64": "x86_64"}
_MOST_KEPT = 12


@dataclass(frozen=True)
class LoaderKernel:
    """The kernel that `part` of a profile describes, built from `archive`'s source package.

    Everything lies in the archive's cache: the source's tree, one folder of objects for each
    source and compiler, finished kernels by the hash of all that went into them, logs.
    """

    archive: Archive
    part: LoaderKernelPart

    def options(self) -> dict[str, str]:
        """Return the options wanted, those of the profile's settings included."""
        architecture = _ARCHITECTURES.get(self.archive.architecture)
        if architecture is None:
            raise BootError(
                f"There is no kernel of the loader's own for {self.archive.architecture}",
                f"There is one for {', '.join(_ARCHITECTURES)}; KERNEL=debian has them all.",
            )
        fragment = Fragment.read(FOLDER / f"{architecture}.config").without(self.part.without)
        return fragment.options | {
            f"CONFIG_KERNEL_{self.part.compression.upper()}": "y",
            "CONFIG_CMDLINE_BOOL": "y",
            "CONFIG_CMDLINE": '""',
            "CONFIG_INITRAMFS_SOURCE": '""',
        }

    def plain(self) -> Kernel:
        """Return the kernel without an initramfs; built where it was not yet.

        BootError: no compiler, an option without effect, a failed build.
        """
        kept = self._kept()
        image, release = kept / "bzImage", kept / "release"
        if not self.is_built():
            toolchain.require()
            with self._objects() as build, step("Building the loader's kernel"):
                say(f"    the first time about 20 minutes of one processor; log: {build.log}")
                build.configure(self.options())
                kept.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(build.image(), image)
                (kept / "config").write_text(build.configuration())
                release.write_text(build.release())
            self._forget_old()
        return Kernel(self._package(), release.read_text(), image, (), KernelOf.OWN)

    def is_built(self) -> bool:
        """Say whether `plain` would return at once."""
        return (self._kept() / "release").exists()

    def embed(self, initramfs: bytes, target: Path) -> Kernel:
        """Link `initramfs` (archives as the kernel unpacks them) in; write the kernel to `target`.

        What is built already is not compiled again.
        """
        self.plain()
        toolchain.require()
        with self._objects() as build, step("Linking the initramfs into the loader's kernel"):
            # A name with two parts after the dot is taken as it is: compressed or not, and
            # several archives after one another (usr/Makefile).
            source = build.objects / "initramfs.cpio.bootpy"
            source.write_bytes(initramfs)
            given = {
                "CONFIG_INITRAMFS_SOURCE": quoted(str(source)),
                "CONFIG_CMDLINE": quoted(self.part.command_line),
            }
            build.configure(self.options() | given)
            shutil.copyfile(build.image(), target)
            return Kernel(self._package(), build.release(), target, (), KernelOf.OWN)

    def fingerprint(self) -> str:
        """Return a hash of all that goes into the kernel: source, compiler, options, settings."""
        return _hash(self._key(), self.part.command_line)

    @property
    def _folder(self) -> Path:
        return self.archive.cache / "loader-kernel"

    def _package(self) -> Package:
        (package,) = self.archive.fetch([self.part.source])
        return package

    def _kept(self) -> Path:
        return self._folder / "kernels" / self._key()

    def _key(self) -> str:
        return _hash(self._origin(), text_of(self.options()))

    def _origin(self) -> str:
        source = self.archive.describe(self.part.source)["SHA256"]
        return "\n".join([source, *toolchain.versions(), *SETTINGS])

    @contextmanager
    def _objects(self) -> Iterator[Kbuild]:
        """Hold the folder of objects, made at first use, against other builds."""
        folder = self._folder / f"objects-{_hash(self._origin())}"
        with locked(folder):
            yield Kbuild(
                self.source(),
                folder,
                _ARCHITECTURES[self.archive.architecture],
                folder / "build.log",
            )

    def source(self) -> Path:
        """Return the kernel's source tree, unpacked once."""
        package = self._package()
        folder = self._folder / f"source-{package.deb.stem}"
        if not folder.exists():
            (archive,) = self.archive.unpacked(package).glob("usr/src/linux-source-*.tar.xz")
            fresh = folder.with_name(f"{folder.name}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            with step(f"Unpacking {archive.name}"):
                command = ["tar", "-x", "--no-same-owner", "--strip-components=1"]
                done = subprocess.run(
                    [*command, "-C", str(fresh), "-f", str(archive)],
                    capture_output=True,
                    text=True,
                    check=False,
                )
            if done.returncode:
                raise BootError(
                    f"{archive} could not be unpacked: {done.stderr.strip()}",
                    "It takes 1.5 GB below the cache: is the disk full?",
                )
            fresh.rename(folder)
        return folder

    def _forget_old(self) -> None:
        kernels = sorted(
            (self._folder / "kernels").iterdir(), key=lambda each: each.stat().st_mtime
        )
        for old in kernels[:-_MOST_KEPT]:
            shutil.rmtree(old, ignore_errors=True)


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
