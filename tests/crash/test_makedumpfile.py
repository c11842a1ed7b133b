"""makedumpfile where it fails; where it works: tests/e2e/test_crash.py."""

from pathlib import Path

import pytest
from recorded_core import core_bytes

from bootpy.crash import makedumpfile
from bootpy.crash.makedumpfile import Order
from bootpy.errors import BootError
from qemu.disks.target import debian_packages


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Debian's program, with its libraries beside it."""
    folder = tmp_path_factory.mktemp("makedumpfile")
    archive = debian_packages()
    for package in archive.fetch(["makedumpfile", "libdw1", "libelf1", "liblzo2-2"]):
        archive.unpack(package, folder)
    script = folder / "run"
    libraries = folder / "usr/lib/x86_64-linux-gnu"
    script.write_text(
        f'#!/bin/sh\nLD_LIBRARY_PATH={libraries} exec {folder}/usr/bin/makedumpfile "$@"\n'
    )
    script.chmod(0o755)
    return str(script)


def refused(program: str, core: Path, target: Path, room: int = 1 << 30) -> str:
    with pytest.raises(BootError) as error:
        makedumpfile.save(Order(program, str(core), str(target), 31), room, lambda _a, _b: None)
    return error.value.message


def test_a_core_that_it_does_not_understand(program: str, tmp_path: Path) -> None:
    """The recorded one has the log's pages alone."""
    core = tmp_path / "core"
    core.write_bytes(core_bytes())
    said = refused(program, core, tmp_path / "dump")
    assert said.startswith("makedumpfile ended with status 1: ")
    assert "Can't" in said


def test_what_is_no_core(program: str, tmp_path: Path) -> None:
    core = tmp_path / "core"
    core.write_bytes(b"nothing" * 1000)
    assert "valid ehdr" in refused(program, core, tmp_path / "dump")


def test_what_does_not_run(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        makedumpfile.save(Order("/no/such", "a", "b", 31), 1 << 30, lambda _a, _b: None)


def test_where_it_is_looked_for(tmp_path: Path) -> None:
    assert makedumpfile.installed(str(tmp_path)) == ""
    (tmp_path / "makedumpfile").touch(mode=0o755)
    assert makedumpfile.installed(str(tmp_path)) == f"{tmp_path}/makedumpfile"
