"""The kernel's part of an image: vmlinuz, modules with their tables, firmware."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bootpy.errors import BootError
from initramfs.debian import Archive, Package
from initramfs.modinfo import KernelModules
from initramfs.modules import Selector
from initramfs.profile import KernelPart
from initramfs.tree import GENERATED, Origin, Tree


class KernelOf(StrEnum):
    """Whose kernel starts an image: the profile's package, or the loader's own, one file."""

    DEBIAN = "debian"
    OWN = "own"


@dataclass(frozen=True)
class Kernel:
    """A kernel's image, its release, and the package that it or its source came in.

    `missing_firmware` are files that chosen modules may ask for and no package given has.
    """

    package: Package
    release: str
    vmlinuz: Path
    missing_firmware: tuple[str, ...]
    of: KernelOf = KernelOf.DEBIAN


def install(tree: Tree, archive: Archive, part: KernelPart) -> Kernel:
    """Fetch the kernel, and put the modules that `part` chooses into `tree`."""
    (package,) = archive.fetch([archive.kernel_image(part.package)])
    folder = archive.unpacked(package)
    images = sorted(folder.glob("boot/vmlin*"))
    releases = sorted(folder.glob("lib/modules/*"))
    if len(images) != 1 or len(releases) != 1:
        raise BootError(
            f"{package} holds {len(images)} kernels and {len(releases)} sets of modules",
            "Name a package with one of each as [kernel] package in the profile.",
        )
    modules = KernelModules(releases[0], folder.parent / f"{folder.name}.modinfo.json")
    configuration = (folder / f"boot/config-{modules.release}").read_text()
    selection = Selector(modules, configuration).select(part)
    origin = Origin(package.name, package.version)
    base = f"usr/lib/modules/{modules.release}"
    for info in selection.loadable():
        tree.file(f"{base}/{info.path}", (modules.folder / info.path).read_bytes(), origin)
    tree.file(f"{base}/bootpy.modules", selection.index().encode(), GENERATED)
    tree.file(f"{base}/bootpy.aliases", selection.aliases().encode(), GENERATED)
    missing = _firmware(tree, archive, part.firmware, selection.firmware())
    return Kernel(package, modules.release, images[0], tuple(missing))


def _firmware(
    tree: Tree, archive: Archive, packages: tuple[str, ...], wanted: list[str]
) -> list[str]:
    """Put what is wanted and there into the tree; return what is not there."""
    folders = {package: archive.unpacked(package) for package in archive.fetch(packages)}
    missing = []
    for path in wanted:
        found = [
            (package, folder / where / path)
            for package, folder in folders.items()
            for where in ("lib/firmware", "usr/lib/firmware")
            if (folder / where / path).is_file()
        ]
        if not found:
            missing.append(path)
            continue
        package, file = found[0]
        origin = Origin(package.name, package.version)
        tree.file(f"usr/lib/firmware/{path}", file.read_bytes(), origin)
    return missing
