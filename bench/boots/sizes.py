"""What an initramfs weighs: as it is, and packed the two ways that leave the least."""

from __future__ import annotations

import tempfile
from pathlib import Path

from initramfs.compress import Compressor
from initramfs.debian import default_cache
from initramfs.profile import CompressionPart
from qemu.places import disk_cache

METHODS = {"zstd": CompressionPart("zstd", 19), "xz": CompressionPart("xz", 9)}
"""zstd -19 and xz -9 -e, of Debian's packages, as `initramfs.compress` calls them."""


def sizes(archive: bytes) -> dict[str, int]:
    """Return bytes by way of packing; `raw` is the archive itself."""
    found = {"raw": len(archive)}
    cache, kept = default_cache(), disk_cache().parent / "bench"
    with tempfile.TemporaryDirectory(prefix="bootpy-bench-") as folder:
        for method, part in METHODS.items():
            compressor = Compressor(part, cache, Path(folder) / method, kept / method)
            found[method] = len(compressor.compress(archive))
    return found
