"""Images and imports do not grow unseen: initramfs/budget.toml says how large they may be."""

import subprocess
import tomllib
from pathlib import Path

import pytest

from initramfs.build import build
from initramfs.compress import Compressor
from initramfs.contents import REPOSITORY
from initramfs.debian import Archive
from initramfs.profile import CompressionPart

BUDGET = tomllib.loads((REPOSITORY / "initramfs/budget.toml").read_text())
# A budget that is far above what is there notices nothing.
SLACK = 1.03


def held(what: str, size: int, budget: int) -> None:
    assert size <= budget, (
        f"{what}: {size:,} of {budget:,}. Where that is meant, change initramfs/budget.toml in "
        "the same commit"
    )
    assert budget <= size * SLACK, f"{what}: only {size:,} of {budget:,}: lower the budget"


@pytest.mark.parametrize("userland", BUDGET["bytes"])
def test_an_image_without_kernel_modules(userland: str, archive: Archive, tmp_path: Path) -> None:
    budget = BUDGET["bytes"][userland]
    image = build("bare", userland=userland)
    packed = image.initramfs.read_bytes()
    held(f"{userland}, zstd -19", len(packed), budget["zstd"])
    raw = subprocess.run(["zstd", "-dcq"], input=packed, capture_output=True, check=True).stdout
    xz = Compressor(CompressionPart("xz", 9), archive.cache, tmp_path, archive.cache / "compressed")
    held(f"{userland}, xz -9e", len(xz.compress(raw)), budget["xz"])


def test_imports_of_a_default_boot() -> None:
    # That a boot imports what this file lists is tested where machines boot.
    listed = (REPOSITORY / "initramfs/boot-imports.txt").read_text().split()
    held("modules that a default boot imports", len(listed), BUDGET["imports"]["boot"])
