"""The manifest: every file of an image, its size and hash, and the package it came from."""

import hashlib
import stat
from typing import Any

from initramfs.kernel import Kernel
from initramfs.profile import Profile
from initramfs.tree import Node, Tree

SCHEMA = 1


def manifest(
    plan: Profile, userland: str, kernel: Kernel, tree: Tree, sizes: dict[str, int]
) -> dict[str, Any]:
    """Return the manifest as a JSON object; `sizes` in bytes are those of the archive.

    Each file has "path", "type", "mode" (octal), "size", "package" and "version" (or
    "bootpy" or "generated" as package), and "sha256", "target" or "device" by type.
    """
    return {
        "schema": SCHEMA,
        "profile": plan.name,
        "userland": userland,
        "architecture": plan.architecture,
        "compression": {"method": plan.compression.method, "level": plan.compression.level},
        "size": sizes,
        "kernel": {
            "of": kernel.of,
            "package": kernel.package.name,
            "version": kernel.package.version,
            "release": kernel.release,
            "sha256": hashlib.sha256(kernel.vmlinuz.read_bytes()).hexdigest(),
            "size": kernel.vmlinuz.stat().st_size,
        },
        "missing_firmware": list(kernel.missing_firmware),
        "files": [_row(node) for node in tree],
    }


def _row(node: Node) -> dict[str, Any]:
    row: dict[str, Any] = {
        "path": f"/{node.path}",
        "mode": f"{stat.S_IMODE(node.mode):04o}",
        "size": len(node.data),
        "package": node.origin.name,
        "version": node.origin.version,
    }
    if node.is_file:
        return row | {"type": "file", "sha256": hashlib.sha256(node.data).hexdigest()}
    if stat.S_ISLNK(node.mode):
        return row | {"type": "link", "target": node.data.decode()}
    if stat.S_ISDIR(node.mode):
        return row | {"type": "folder"}
    return row | {"type": "device", "device": list(node.device)}
