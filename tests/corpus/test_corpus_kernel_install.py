"""What Debian 12's real kernel-install wrote, against what its manual page says.

kernel-install(8) and 90-loaderentry.install: per kernel an entry TOKEN-VERSION.conf, its files
in /TOKEN/VERSION, and systemd.machine_id= where the token is the machine's. systemd-boot(7):
entries with one title are told apart by their versions, the newest is on top.
"""

from pathlib import Path
from typing import Any

import pytest
from corpus_cases import HERE, cases, listed

from qemu.corpus.kernel_install import MACHINE, NEW, OLD, OLDER, ROOT

RECORDED = HERE / "kernel-install"
DEBIAN = "Debian GNU/Linux 12 (bookworm)"


def entry(
    volume: str, version: str, token: str = MACHINE, *, alone: bool = False, **more: Any
) -> dict[str, Any]:
    folder = f"({volume})/{token}/{version}"
    machine = f" systemd.machine_id={MACHINE}" if token == MACHINE else ""
    early = [f"{folder}/microcode.img"] if token != MACHINE else []
    return {
        "path": [DEBIAN if alone else f"{DEBIAN} ({version})"],
        "format": "bls",
        "kernel": f"{folder}/linux",
        "initrds": [*early, f"{folder}/initrd.img-{version}"],
        "cmdline": f"root=UUID={ROOT} ro quiet{machine}",
        **more,
    }


TRIES = {"left": 3, "done": 0}
COUNTED = {
    "volume": "sda1",
    "path": f"/loader/entries/debian-{NEW}+3.conf",
    "variables": {"name": f"debian-{NEW}+2-1.conf"},
}
EXPECTED: dict[str, tuple[list[dict[str, Any]], int | None, list[dict[str, Any]]]] = {
    "machine-id": ([entry("sda1", version) for version in (NEW, OLD, OLDER)], 3, []),
    "entry-token": (
        [entry("sda1", NEW, "debian", tries=TRIES), entry("sda1", OLD, "debian")],
        10,
        [COUNTED],
    ),
    "extended-boot": ([entry("sda2", NEW), entry("sda2", OLD)], 0, []),
    "removed": ([entry("sda1", OLD, alone=True)], None, []),
}
"""Entries in order, timeout, and what booting the first would have written."""


def test_every_variant_is_expected() -> None:
    assert {path.name for path in cases(RECORDED)} == set(EXPECTED)


@pytest.mark.parametrize("variant", EXPECTED)
def test_as_documented(variant: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    listing = listed(RECORDED / variant, tmp_path, capfd)
    entries, timeout, writes = EXPECTED[variant]
    for found, expected in zip(listing.entries, entries, strict=True):
        assert found == expected
    assert listing.default == entries[0]["path"]
    assert listing.output["timeout"] == timeout
    assert listing.output["writes"] == writes
    assert listing.said == []
