"""Compresses archives in the formats that the kernel unpacks, the same bytes on any host.

The compressor is the one of Debian's package, run from a sysroot: another version's
output may differ. Results are kept by content, since the best levels take their time.
"""

import hashlib
import os
from pathlib import Path

from bootpy.errors import BootError
from initramfs.debian import Archive
from initramfs.profile import CompressionPart
from initramfs.programs import Program, native_architecture
from initramfs.sysroot import Sysroot

# Package, program, arguments. The kernel's xz decoder knows CRC32 alone (lib/xz).
_METHODS = {
    "zstd": (
        "zstd",
        "usr/bin/zstd",
        ("-{level}", "--ultra", "--single-thread", "--no-check", "-q", "-c"),
    ),
    "xz": ("xz-utils", "usr/bin/xz", ("-{level}", "-e", "--check=crc32", "-T1", "-q", "-c")),
}


class Compressor:
    """One method at one level.

    `cache` is where packages are (Archive); `folder` takes the program and is made;
    results are kept in `kept`.
    """

    def __init__(self, part: CompressionPart, cache: Path, folder: Path, kept: Path) -> None:
        self._part = part
        self._cache = cache
        self._folder = folder
        self._kept = kept

    def compress(self, data: bytes) -> bytes:
        """Return `data` compressed; BootError where the program fails."""
        if self._part.method == "none":
            return data
        package, path, words = _METHODS[self._part.method]
        arguments = [word.format(level=self._part.level) for word in words]
        archive = Archive(self._cache, native_architecture())
        version = archive.describe(package)["Version"]
        key = hashlib.sha256(data + repr((package, version, arguments)).encode()).hexdigest()
        kept = self._kept / key
        if kept.exists():
            os.utime(kept)
            return kept.read_bytes()
        sysroot = Sysroot(archive, self._folder)
        sysroot.add([package])
        done = Program(sysroot, path).run(*arguments, given=data)
        if done.returncode or not done.stdout:
            raise BootError(f"{package} failed: {done.stderr.decode(errors='replace').strip()}")
        self._keep(kept, done.stdout)
        return done.stdout

    def _keep(self, path: Path, data: bytes) -> None:
        """Write a result atomically, and drop all but the newest few."""
        self._kept.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_bytes(data)
        temporary.replace(path)
        results = sorted(self._kept.iterdir(), key=lambda each: each.stat().st_mtime)
        for old in results[:-24]:
            old.unlink(missing_ok=True)
