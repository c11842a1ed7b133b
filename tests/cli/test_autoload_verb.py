"""`bootpy autoload` where its service is not installed, or nobody may ask for it.

What it does where it is: tests/e2e/test_autoload.py.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bootpy.errors import BootError
from bootpy.system import autoload

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bootpy.cli.main", "autoload", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.skipif(
    Path("/etc/init.d/bootpy-autoload").exists(), reason="the package is installed here"
)
def test_status_is_off() -> None:
    done = run("status")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("off: reboots go through the firmware")


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which takes root")
@pytest.mark.parametrize("action", ["enable", "disable"])
def test_only_root_changes_it(action: str) -> None:
    code = (
        "import os, sys; from bootpy.cli.main import main;"
        " os.setuid(65534); sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "autoload", action],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "bootpy: only root decides how this system reboots\n  hint: run it as root\n"
    )


def test_nothing_is_loaded_where_no_reboot_is_under_way() -> None:
    # As root this would load a kernel, if it took this for a reboot.
    environment = {key: value for key, value in os.environ.items() if key != "RUNLEVEL"}
    done = subprocess.run(
        [sys.executable, "-m", "bootpy.cli.main", "autoload", "load"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_missing_service_is_told_with_the_package(tmp_path: Path) -> None:
    for folder, name in (
        ("run/systemd/system", "bootpy-autoload.service"),
        ("", "bootpy-autoload"),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        root = tmp_path if folder else tmp_path / "without"
        with pytest.raises(BootError, match=rf"there is no {name} in .*/(lib/systemd|etc/init)"):
            autoload.enable(str(root))


def test_masked_service_is_told(tmp_path: Path) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    unit = tmp_path / "etc/systemd/system/bootpy-autoload.service"
    unit.parent.mkdir(parents=True)
    unit.symlink_to("/dev/null")
    with pytest.raises(BootError, match="is masked"):
        autoload.enable(str(tmp_path))


def test_scripts_of_runlevels_tell_whether_it_is_enabled(tmp_path: Path) -> None:
    links = tmp_path / "etc/rc2.d"
    links.mkdir(parents=True)
    (links / "K01bootpy-autoload").touch()
    assert not autoload.enabled(str(tmp_path))
    (links / "S01bootpy-autoload").touch()
    assert autoload.enabled(str(tmp_path))
    assert not autoload.active(str(tmp_path))
    (tmp_path / "run/bootpy").mkdir(parents=True)
    (tmp_path / "run/bootpy/autoload").touch()
    assert autoload.active(str(tmp_path))


@pytest.mark.parametrize(("level", "expected"), [("6", True), ("0", False), (None, False)])
def test_runlevel_6_is_a_reboot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str | None, expected: bool
) -> None:
    if level is None:
        monkeypatch.delenv("RUNLEVEL", raising=False)
    else:
        monkeypatch.setenv("RUNLEVEL", level)
    assert autoload.reboot_under_way(str(tmp_path)) is expected


def test_word_that_firmware_is_wanted(tmp_path: Path) -> None:
    assert not autoload.firmware_wanted(str(tmp_path))
    for _ in range(2):
        autoload.want_firmware(str(tmp_path))
        assert autoload.firmware_wanted(str(tmp_path))


def test_word_that_cannot_be_left_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(BootError, match="cannot be written"):
        autoload.want_firmware(str(tmp_path))
