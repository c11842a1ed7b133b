"""`bootpy devices`, and `bootpy list` without VOLUME, on the machine that runs the tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bootpy.cli.devices import size_text

ROOT = Path(__file__).parents[2]
DISKS = [name for name in os.listdir("/sys/class/block") if not name.startswith(("ram", "loop"))]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bootpy.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.skipif(not DISKS, reason="this machine shows no disks")
def test_devices() -> None:
    done = run("devices", "--json")
    assert done.stderr == ""
    output = json.loads(done.stdout)
    assert output["schema"] == 1
    assert done.returncode == (0 if output["devices"] else 1)
    for device in output["devices"]:
        assert device["node"].startswith("/dev/")
        assert device["size"] == 512 * int(
            Path(f"/sys/class/block/{device['name'].replace('/', '!')}/size").read_text()
        )
    table = run("devices")
    assert table.returncode == done.returncode
    for device in output["devices"]:
        assert device["name"] in table.stdout


def test_listing_this_machine() -> None:
    done = run("list", "--json")
    assert done.returncode in {0, 1}
    output = json.loads(done.stdout)
    assert done.returncode == (0 if output["entries"] else 1)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (274877906944, "275 GB"),
        (32_000_000_000, "32.0 GB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text
