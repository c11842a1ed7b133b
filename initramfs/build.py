"""Builds the image of a profile: kernel, initramfs and manifest, if anything changed."""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from initramfs import cpio, skeleton, userlands
from initramfs.compress import Compressor
from initramfs.contents import REPOSITORY
from initramfs.debian import Archive, default_cache
from initramfs.kernel import KernelOf, install
from initramfs.loader_kernel.kernel import LoaderKernel
from initramfs.manifest import manifest
from initramfs.profile import DEFAULT_ARCHITECTURE, Profile
from initramfs.programs import native_architecture
from initramfs.progress import step
from initramfs.sysroot import Sysroot
from initramfs.tree import BOOTPY, Tree

_FINGERPRINT = "fingerprint"


@dataclass(frozen=True)
class Image:
    """What a build leaves: three files in one folder.

    A kernel of the loader's own has the initramfs inside; that lies beside it all the same.
    """

    kernel: Path
    initramfs: Path
    manifest: Path


def build(
    profile: str = "cloud",
    output: Path | None = None,
    cache: Path | None = None,
    source: Path = REPOSITORY,
    *,
    userland: str = userlands.DEFAULT,
    kernel: KernelOf = KernelOf.DEBIAN,
    architecture: str = "",
    command_line: str | None = None,
) -> Image:
    """Build the image of `profile` for `architecture` in `output`, and return it.

    By default that is build/image/PROFILE, with "-ARCHITECTURE", "-USERLAND" and "-own" behind it
    where they are others than the default ones; without `architecture` it is the profile's own.
    `command_line` takes the place of the one that the profile has for a kernel of the loader's own.

    Does nothing where it was built from the same inputs already: bootpy's sources below
    `source`, the profile, this builder and the package index. BootError says what a
    person can do about what went wrong.
    """
    plan = Profile.named(profile, architecture)
    if command_line is not None:
        plan = replace(plan, loader_kernel=replace(plan.loader_kernel, command_line=command_line))
    fill = userlands.named(userland).fill
    folder = output or _folder(plan, userland, kernel)
    image = _image(folder)
    archive = Archive(cache or default_cache(), plan.architecture)
    own = LoaderKernel(archive, plan.loader_kernel) if kernel is KernelOf.OWN else None
    fingerprint = _fingerprint(profile, userland, archive, source)
    if own is not None:
        fingerprint += own.fingerprint()
    mark = folder / _FINGERPRINT
    if _is_current(folder, fingerprint):
        return image
    with step(f"Building the image of profile {plan.name}, userland {userland}, kernel {kernel}"):
        folder.mkdir(parents=True, exist_ok=True)
        mark.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=archive.cache, prefix="build-") as work:
            tree = Tree()
            if own is None:
                with step("Choosing kernel modules"):
                    chosen = install(tree, archive, plan.kernel)
            with step("Collecting Python and libraries"):
                skeleton.lay(tree)
                stage = Path(work) / "stage"
                stage.mkdir()
                fill(tree, Sysroot(archive, Path(work) / "root"), plan.python, stage, source)
            sizes = _pack(plan, archive, tree, image.initramfs, Path(work))
            if own is not None:
                chosen = own.embed(image.initramfs.read_bytes(), Path(work) / "vmlinuz")
            _put(image.kernel, chosen.vmlinuz.read_bytes())
            told = manifest(plan, userland, chosen, tree, sizes)
            _put(image.manifest, (json.dumps(told, indent=1) + "\n").encode())
        mark.write_text(fingerprint)
    return image


def current(
    profile: str = "cloud", source: Path = REPOSITORY, userland: str = userlands.DEFAULT
) -> Image | None:
    """Return the image that `build` would return at once; None where it would have to build.

    Writes nothing, so that it may be called where another user has built.
    """
    plan = Profile.named(profile)
    archive = Archive(default_cache(), plan.architecture)
    if not archive.ready():
        return None
    folder = _folder(plan, userland, KernelOf.DEBIAN)
    fingerprint = _fingerprint(profile, userland, archive, source)
    return _image(folder) if _is_current(folder, fingerprint) else None


def _folder(plan: Profile, userland: str, kernel: KernelOf) -> Path:
    words = [plan.name]
    if plan.architecture != DEFAULT_ARCHITECTURE:
        words.append(plan.architecture)
    if userland != userlands.DEFAULT:
        words.append(userland)
    if kernel is not KernelOf.DEBIAN:
        words.append(kernel)
    return REPOSITORY / "build" / "image" / "-".join(words)


def _image(folder: Path) -> Image:
    return Image(folder / "vmlinuz", folder / "initramfs.img", folder / "manifest.json")


def _is_current(folder: Path, fingerprint: str) -> bool:
    mark = folder / _FINGERPRINT
    whole = all(path.exists() for path in (*_paths(_image(folder)), mark))
    return whole and mark.read_text() == fingerprint


def _pack(
    plan: Profile, archive: Archive, tree: Tree, initramfs: Path, work: Path
) -> dict[str, int]:
    """Write the archive of `tree` to `initramfs`; return its sizes."""
    kept = archive.cache / "compressed"
    compressor = Compressor(plan.compression, archive.cache, work / "compressor", kept)
    # Two archives, one after the other, as the kernel allows: what changes with every edit
    # of bootpy is small, and the large rest is compressed once.
    with step(f"Packing ({plan.compression.method})"):
        ours = [node for node in tree if node.origin.name == BOOTPY.name]
        rest = [node for node in tree if node.origin.name != BOOTPY.name]
        raw = [cpio.archive(rest), cpio.archive(ours)]
        packed = [compressor.compress(part) for part in raw]
    _put(initramfs, b"".join(packed))
    return {"raw": sum(map(len, raw)), "compressed": sum(map(len, packed))}


def _put(path: Path, content: bytes) -> None:
    """Put a new file in the place of the old, which a running QEMU still reads from."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _paths(image: Image) -> tuple[Path, Path, Path]:
    return image.kernel, image.initramfs, image.manifest


def _fingerprint(profile: str, userland: str, archive: Archive, source: Path) -> str:
    here = Path(__file__).resolve().parent
    files = [
        *sorted((source / "bootpy").rglob("*.py")),
        *sorted(here.rglob("*.py")),
        *sorted(here.rglob("*.toml")),
        *sorted(here.rglob("*.c")),
    ]
    if profile.endswith(".toml"):
        files.append(Path(profile))
    # Python comes from the index for this machine as well, where that is another one.
    here_too = Archive(archive.cache, native_architecture()).index_digest()
    indexes = " ".join(dict.fromkeys([archive.index_digest(), here_too]))
    digest = hashlib.sha256(f"{profile} {userland} {indexes}".encode())
    for file in files:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.name} {file.parent.name} {content}\n".encode())
    return digest.hexdigest()
