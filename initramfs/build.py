"""Builds the image of a profile: kernel, initramfs and manifest, if anything changed."""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from initramfs import cpio, kernel, userland
from initramfs.compress import Compressor
from initramfs.debian import Archive, default_cache
from initramfs.manifest import manifest
from initramfs.profile import Profile
from initramfs.progress import step
from initramfs.sysroot import Sysroot
from initramfs.tree import BOOTPY, Tree
from initramfs.userland import REPOSITORY

_FINGERPRINT = "fingerprint"


@dataclass(frozen=True)
class Image:
    """What a build leaves: three files in one folder."""

    kernel: Path
    initramfs: Path
    manifest: Path


def build(
    profile: str = "cloud",
    output: Path | None = None,
    cache: Path | None = None,
    source: Path = REPOSITORY,
) -> Image:
    """Build the image of `profile` in `output` (build/image/PROFILE), and return it.

    Does nothing where it was built from the same inputs already: bootpy's sources below
    `source`, the profile, this builder and the package index. BootError says what a
    person can do about what went wrong.
    """
    plan = Profile.named(profile)
    folder = output or _folder(plan)
    image = _image(folder)
    archive = Archive(cache or default_cache(), plan.architecture)
    fingerprint = _fingerprint(profile, archive, source)
    mark = folder / _FINGERPRINT
    if _is_current(folder, fingerprint):
        return image
    with step(f"Building the image of profile {plan.name}"):
        folder.mkdir(parents=True, exist_ok=True)
        mark.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=archive.cache, prefix="build-") as work:
            _build(plan, archive, source, image, Path(work))
        mark.write_text(fingerprint)
    return image


def current(profile: str = "cloud", source: Path = REPOSITORY) -> Image | None:
    """Return the image that `build` would return at once; None where it would have to build.

    Writes nothing, so that it may be called where another user has built.
    """
    plan = Profile.named(profile)
    archive = Archive(default_cache(), plan.architecture)
    if not archive.ready():
        return None
    folder = _folder(plan)
    return _image(folder) if _is_current(folder, _fingerprint(profile, archive, source)) else None


def _folder(plan: Profile) -> Path:
    return REPOSITORY / "build" / "image" / plan.name


def _image(folder: Path) -> Image:
    return Image(folder / "vmlinuz", folder / "initramfs.img", folder / "manifest.json")


def _is_current(folder: Path, fingerprint: str) -> bool:
    mark = folder / _FINGERPRINT
    whole = all(path.exists() for path in (*_paths(_image(folder)), mark))
    return whole and mark.read_text() == fingerprint


def _build(plan: Profile, archive: Archive, source: Path, image: Image, work: Path) -> None:
    tree = Tree()
    stage = work / "stage"
    stage.mkdir()
    with step("Choosing kernel modules"):
        chosen = kernel.install(tree, archive, plan.kernel)
    with step("Collecting Python and libraries"):
        sysroot = Sysroot(archive, work / "root")
        userland.system(tree, sysroot, plan.python, stage, source)
    kept = archive.cache / "compressed"
    compressor = Compressor(plan.compression, archive.cache, work / "compressor", kept)
    # Two archives, one after the other, as the kernel allows: what changes with every edit
    # of bootpy is small, and the large rest is compressed once.
    with step(f"Packing ({plan.compression.method})"):
        ours = [node for node in tree if node.origin == BOOTPY]
        rest = [node for node in tree if node.origin != BOOTPY]
        raw = [cpio.archive(rest), cpio.archive(ours)]
        packed = [compressor.compress(part) for part in raw]
    _put(image.initramfs, b"".join(packed))
    _put(image.kernel, chosen.vmlinuz.read_bytes())
    sizes = {"raw": sum(map(len, raw)), "compressed": sum(map(len, packed))}
    text = json.dumps(manifest(plan, chosen, tree, sizes), indent=1) + "\n"
    _put(image.manifest, text.encode())


def _put(path: Path, content: bytes) -> None:
    """Put a new file in the place of the old, which a running QEMU still reads from."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _paths(image: Image) -> tuple[Path, Path, Path]:
    return image.kernel, image.initramfs, image.manifest


def _fingerprint(profile: str, archive: Archive, source: Path) -> str:
    here = Path(__file__).resolve().parent
    files = [
        *sorted((source / "bootpy").rglob("*.py")),
        *sorted(here.rglob("*.py")),
        *sorted(here.rglob("*.toml")),
    ]
    if profile.endswith(".toml"):
        files.append(Path(profile))
    digest = hashlib.sha256(f"{profile} {archive.index_digest()}".encode())
    for file in files:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.name} {file.parent.name} {content}\n".encode())
    return digest.hexdigest()
